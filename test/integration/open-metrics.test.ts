import { expect, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { startLoggingApp } from './support/log-lines.js';
import { scrape } from './support/metrics.js';
import { readOpenMetrics, type OpenFamily, type OpenSample } from './support/open-metrics.js';
import { converse, readHeaders } from './support/raw-http.js';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

async function scrapeOpen(admin: string): Promise<OpenFamily[]> {
  const answer = await fetch(`${admin}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
  expect(answer.headers.get('content-type')).toBe(OPEN_METRICS);
  return readOpenMetrics(await answer.text());
}

/** The buckets of a family that have an exemplar, of the route that is named. */
function findMarked(families: readonly OpenFamily[], name: string, route: string): OpenSample[] {
  const { samples = [] } = families.find((family) => family.name === name) ?? {};
  return samples.filter(({ labels, exemplar }) => exemplar !== undefined && Object.values(labels).includes(route));
}

test('who asks for OpenMetrics by name gets it, everybody else Prometheus text', async () => {
  const { admin } = await findUrls(startApp('bare.js'));
  for (const [accept, type] of [
    [undefined, TEXT],
    ['', TEXT],
    ['*/*', TEXT],
    ['application/*', TEXT],
    ['text/plain;version=0.0.4', TEXT],
    ['image/png', TEXT],
    [';;;q=,,"\u00ff', TEXT],
    [`${'a/b;q=0.1,'.repeat(1_000)}*/*`, TEXT],
    ['application/openmetrics-text;q=0', TEXT],
    ['application/openmetrics-text;version=9.9.9', TEXT],
    ['application/openmetrics-text;q=0.3,text/plain;q=0.4', TEXT],
    ['application/openmetrics-text', OPEN_METRICS],
    ['application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.3', OPEN_METRICS],
    ['application/openmetrics-text;version=0.0.1', OPEN_METRICS.replace('1.0.0', '0.0.1')],
  ] as const) {
    const headers = accept === undefined ? [] : [`Accept: ${accept}`];
    for (const method of ['GET', 'HEAD']) {
      const answer = await converse(admin, writeRequest(method, '/metrics', headers));
      expect.soft(answer, accept).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect.soft(readHeaders(answer, 'Content-Type'), accept).toEqual([type]);
      expect.soft(answer.endsWith('# EOF\n'), `${method} ${accept}`).toBe(type !== TEXT && method === 'GET');
    }
  }
  // Two headers are one list.
  const twice = ['Accept: text/plain;q=0.1', 'Accept: application/openmetrics-text'];
  const answer = await converse(admin, writeRequest('GET', '/metrics', twice));
  expect(readHeaders(answer, 'Content-Type')).toEqual([OPEN_METRICS]);
});

test('both formats have the same series, and of the application the same values', async () => {
  const { url, admin } = await findUrls(startApp('metrics.mjs'));
  for (const order of ['observe', 'start/youtube', 'end/succeed', 'imports/3', 'strange', 'own']) {
    await (await fetch(`${url}/${order}`)).text();
  }
  const isStable = ({ name }: { name: string }): boolean => !/^(nodejs|v8js)_/.test(name);
  const print = ({ name, labels, value }: Omit<OpenSample, 'exemplar'>): string => {
    const { le, ...rest } = labels;
    const bound = le === undefined ? [] : [Number(le.replace('Inf', 'Infinity'))];
    const pairs = Object.entries(rest).map((label) => JSON.stringify(label));
    return JSON.stringify([name, pairs.toSorted(), bound, value]);
  };
  const compare = async () => {
    const text = (await scrape(admin)).filter(isStable).map(print);
    const open = (await scrapeOpen(admin)).flatMap(({ samples }) => samples.filter(isStable).map(print));
    const lacks = (some: readonly string[], all: readonly string[]) => all.filter((series) => !some.includes(series));
    return { onlyInText: lacks(open, text), onlyInOpen: lacks(text, open) };
  };
  // Not at once: a health check may run between the two scrapes.
  await expect.poll(compare, { timeout: 10_000 }).toEqual({ onlyInText: [], onlyInOpen: [] });
  const own = (await scrapeOpen(admin)).find(({ name }) => name === 'own_gauge');
  expect(own).toMatchObject({ type: 'gauge', samples: [{ value: 5 }] });
  // Series that are there in each scrape of Node's own.
  for (const name of ['nodejs_eventloop_time_total', 'v8js_memory_heap_used']) {
    expect((await scrapeOpen(admin)).flatMap(({ samples }) => samples).some((sample) => sample.name === name)).toBe(
      true,
    );
  }
});

test.each([
  ['sampled', '01'],
  ['not sampled', '00'],
])('the exemplar of a request whose trace is %s leads to its log records', async (_name, flags) => {
  const { url, admin, receiver } = await startLoggingApp('request-logs.mjs');
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` };
  expect((await fetch(`${url}/job/1`, { headers })).status).toBe(200);
  await receiver.waitFor((records) => records.some(({ body }) => body === '1 end'));
  const logged = receiver.records.find(({ body }) => body === '1 end');
  expect(logged?.traceId).toBe(traceId);
  for (const name of ['barbossa_request_latency_seconds', 'http_server_request_duration']) {
    const marked = findMarked(await scrapeOpen(admin), name, '/job/:n');
    expect(
      marked.map(({ exemplar }) => exemplar?.labels),
      name,
    ).toEqual([{ trace_id: traceId, span_id: logged?.spanId }]);
  }
});

test('requests that no trace was given to have one each; one that Node refused has none', async () => {
  const { url, admin } = await findUrls(startApp('express5.js'));
  await converse(url, 'BROKEN\r\n\r\n');
  const before = (await scrapeOpen(admin)).flatMap(({ samples }) => samples);
  expect(before.find(({ name }) => name === 'barbossa_requests_total')).toMatchObject({ value: 1 });
  expect(before.filter(({ exemplar }) => exemplar !== undefined)).toEqual([]);
  await converse(url, writeRequest('GET', '/nowhere'));
  const [first] = findMarked(await scrapeOpen(admin), 'barbossa_request_latency_seconds', '<unmatched>');
  expect(first?.exemplar?.labels['trace_id']).toMatch(/^(?!0{32})[\da-f]{32}$/);
  expect(first?.exemplar?.labels['span_id']).toMatch(/^(?!0{16})[\da-f]{16}$/);
});

test('where spans are exported but this one is not sampled, the exemplar has the ids of its records', async () => {
  const { url, admin, receiver } = await startLoggingApp('request-logs.mjs', {
    env: { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'always_off' },
  });
  await (await fetch(`${url}/job/2`)).text();
  await receiver.waitFor((records) => records.some(({ body }) => body === '2 end'));
  const logged = receiver.records.find(({ body }) => body === '2 end');
  const [marked] = findMarked(await scrapeOpen(admin), 'barbossa_request_latency_seconds', '/job/:n');
  expect(marked?.exemplar?.labels).toEqual({ trace_id: logged?.traceId, span_id: logged?.spanId });
});

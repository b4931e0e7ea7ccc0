import { expect, test } from 'vitest';
import { findRepeated, ofRequest, startLoggingApp } from './support/log-lines.js';
import { scrapeUntil, sum } from './support/metrics.js';
import type { ReceivedRecord } from './support/otlp-receiver.js';

const LINES = ['after the answer', 'begin', 'child', 'end', 'event', 'ours', 'promise', 'tick'];
const PRODUCTION = { NODE_ENV: 'production' };

interface Printed {
  readonly message: string;
  readonly request_id: string;
  readonly trace_id: string;
}

function readPrinted(stdout: string): Printed[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Printed);
}

/** What a request's lines say after its number. */
function tell(messages: readonly string[], n: number): string[] {
  const prefix = `${n} `;
  return messages.flatMap((text) => (text.startsWith(prefix) ? [text.slice(prefix.length)] : [])).toSorted();
}

function bodies(records: readonly ReceivedRecord[]): string[] {
  return records.map(({ body }) => String(body));
}

test('200 concurrent requests: each line carries the ids of its own request, printed and sent', async () => {
  const count = 200;
  const { app, url, receiver } = await startLoggingApp('request-logs.mjs', { env: PRODUCTION });
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const headers: Record<string, string> = n % 2 === 0 ? { 'x-request-id': `request-${n}` } : {};
      const response = await fetch(`${url}/job/${n}`, { headers });
      return response.headers.get('x-request-id') ?? '';
    }),
  );
  expect(ids[0]).toBe('request-0');
  expect(new Set(ids).size).toBe(count);
  await receiver.waitFor((records) => records.length >= count * (LINES.length + 1), 30_000);
  const printed = readPrinted(app.stdout());
  for (const [n, id] of ids.entries()) {
    const lines = printed.filter((line) => line.request_id === id);
    expect(
      tell(
        lines.map(({ message }) => message),
        n,
      ),
    ).toEqual(LINES);
    const records = ofRequest(receiver.records, id);
    expect(tell(bodies(records), n)).toEqual([...LINES, 'third'].toSorted());
    expect(records).toHaveLength(LINES.length + 1);
    const traces = new Set([...lines.map((line) => line.trace_id), ...records.map(({ traceId }) => traceId)]);
    expect(traces.size).toBe(1);
    expect([...traces][0]).toMatch(/^[0-9a-f]{32}$/);
  }
  expect(findRepeated(receiver.records)).toEqual([]);
  expect(receiver.records).toHaveLength(count * (LINES.length + 1));
});

test('records of a library that uses the logs API take the same road, with an id of their own', async () => {
  const { url, receiver } = await startLoggingApp('request-logs.mjs');
  await fetch(`${url}/job/1`, { headers: { 'x-request-id': 'third' } });
  await receiver.waitFor((records) => records.some(({ scope }) => scope === 'third-party'));
  const record = receiver.records.find(({ scope }) => scope === 'third-party');
  expect(record).toMatchObject({
    severityNumber: 13,
    body: '1 third',
    attributes: { shelf: 7, request_id: 'third' },
  });
  expect(record?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(record?.attributes['log.record.uid']).toMatch(/^[0-9a-f-]{36}$/);
});

test('what is logged by sending is printed and not sent: it would never end', async () => {
  const { app, url, receiver } = await startLoggingApp('request-logs.mjs');
  await fetch(`${url}/chatty`);
  await fetch(`${url}/job/1`);
  await receiver.waitFor((records) => records.some(({ body }) => body === '1 after the answer'));
  await app.waitFor(/a request goes out/);
  await fetch(`${url}/job/2`);
  await receiver.waitFor((records) => records.some(({ body }) => body === '2 after the answer'));
  expect(bodies(receiver.records)).not.toContain('a request goes out');
});

test('hostile values and texts of 10 MB: bounded, marked, and nothing throws', async () => {
  const { url, admin, receiver } = await startLoggingApp('request-logs.mjs');
  const response = await fetch(`${url}/hostile`, { headers: { 'x-request-id': 'hostile' } });
  expect(response.status).toBe(200);
  await receiver.waitFor((records) => ofRequest(records, 'hostile').length === 4);
  const records = ofRequest(receiver.records, 'hostile');
  expect(records.map(({ scope }) => scope).toSorted()).toEqual([
    'library.scan',
    'third-party',
    'third-party',
    'winston',
  ]);
  for (const record of records) {
    const text = JSON.stringify(record);
    expect(text.length).toBeLessThan(400_000);
    expect(text).toContain('…[cut: ');
  }
  expect(records.find(({ scope }) => scope === 'library.scan')?.attributes['extras']).toMatchObject({
    circle: { name: 'circle', self: '[Circular]' },
    big: '10',
    lone: '\ufffd',
    map: { a: 1 },
    nan: 'NaN',
  });
  expect(records.map(({ attributes }) => attributes['log.record.uid'])).toContain('its-own-id');
  await scrapeUntil(admin, (samples) => sum(samples, 'barbossa_logs_dropped_total') === 0);
});

import { expect, test } from 'vitest';
import { findUrls, startApp, type AppProcess } from './support/app-process.js';
import { startCallServers } from './support/client-call-server.js';
import { startEcho } from './support/echo-server.js';
import { scrapeUntil, select } from './support/metrics.js';
import { readAttribute, startSpanReceiver } from './support/span-receiver.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const INCOMING = {
  traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
  tracestate: 'vendor=1',
  baggage: 'user=anne',
};

async function callBy(app: AppProcess, way: string, headers: Record<string, string> = INCOMING): Promise<string> {
  const { url } = await findUrls(app);
  const answer = await fetch(`${url}/${way}?to=${encodeURIComponent(await startEcho())}`, { headers });
  expect(answer.status).toBe(200);
  return answer.text();
}

test('what came in and is passed on goes out once, as of this service', async () => {
  const app = startApp('forwards.mjs');
  for (const way of ['fetch', 'object', 'pairs', 'get', 'expect']) {
    const { traceparent, tracestate, baggage } = JSON.parse(await callBy(app, way)) as Record<string, string>;
    expect({ way, tracestate, baggage }).toEqual({ way, tracestate: INCOMING.tracestate, baggage: INCOMING.baggage });
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-[\\da-f]{16}-01$`));
    expect(traceparent).not.toBe(INCOMING.traceparent);
  }
});

test('a trace that the application names itself stays', async () => {
  const { traceparent } = JSON.parse(await callBy(startApp('forwards.mjs'), 'other')) as Record<string, string>;
  expect(traceparent).toBe('00-11111111111111111111111111111111-2222222222222222-01');
});

test('spans tell of answers, failures and what was called off', async () => {
  const receiver = await startSpanReceiver();
  const env = {
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
  };
  const app = startApp('forwards.mjs', { env });
  const spanOf = async (way: string) => {
    const before = receiver.spans().filter(({ kind }) => kind === 3).length;
    await callBy(app, way);
    await receiver.waitFor((spans) => spans.filter(({ kind }) => kind === 3).length > before);
    const span = receiver.spans().filter(({ kind }) => kind === 3)[before];
    if (span === undefined) throw new Error('no span');
    return span;
  };
  for (const way of ['pairs', 'fetch']) {
    const answered = await spanOf(way);
    expect(answered).toMatchObject({ name: 'GET', traceId: TRACE_ID });
    expect(readAttribute(answered, 'http.request.method')).toBe('GET');
    expect(readAttribute(answered, 'http.response.status_code')).toBe(200);
    expect(readAttribute(answered, 'server.address')).toMatch(/^127\.0\.0\.1$/);
    expect(readAttribute(answered, 'url.full')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(readAttribute(answered, 'network.peer.address')).toBe('127.0.0.1');
    expect(readAttribute(answered, 'network.protocol.version')).toBe('1.1');
    expect(readAttribute(answered, 'error.type')).toBeUndefined();
  }
  const refused = await spanOf('refused');
  expect(refused).toMatchObject({ status: { code: 2 } });
  expect(readAttribute(refused, 'error.type')).toBe('ECONNREFUSED');
  expect(readAttribute(refused, 'server.port')).toBe(1);
  expect(readAttribute(await spanOf('aborted'), 'error.type')).toBeUndefined();
});

test('outgoing requests are measured once, with the port and the failure', async () => {
  const app = startApp('forwards.mjs');
  const { admin } = await findUrls(app);
  for (const way of ['fetch', 'pairs', 'refused']) await callBy(app, way);
  const name = 'http_client_request_duration_count';
  const samples = await scrapeUntil(admin, (all) => select(all, name).length === 3);
  expect(select(samples, name).map(({ value }) => value)).toEqual([1, 1, 1]);
  expect(select(samples, name, { error_type: 'ECONNREFUSED', server_port: '1' })).toHaveLength(1);
});

test('an answer that breaks off is measured as a failure, whoever ended it', async () => {
  const { url, secureUrl } = await startCallServers();
  const app = startApp('client-calls.cjs', { args: [url, secureUrl] });
  const [, admin = ''] = await app.waitFor(/metrics at (http\S+)\/metrics/);
  await app.waitFor(/called all/);
  const name = 'http_client_request_duration_count';
  const answered = { server_port: new URL(url).port, http_response_status_code: '200', http_request_method: 'GET' };
  const samples = await scrapeUntil(admin, (all) => select(all, name, answered).length > 0);
  const failures = select(samples, name, answered).map(({ labels, value }) => [labels['error_type'], value]);
  // Cut off by the server, by \`destroy()\`, by \`abort()\`; and by \`destroy(error)\`.
  expect(failures).toContainEqual(['ECONNRESET', 3]);
  expect(failures).toContainEqual(['TypeError', 1]);
  expect(failures.filter(([type]) => type !== undefined)).toHaveLength(2);
});

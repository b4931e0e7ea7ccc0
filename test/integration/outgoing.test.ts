import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findUrls, startApp, type AppProcess } from './support/app-process.js';
import { startEcho } from './support/echo-server.js';
import { prepareExpress4 } from './support/aliased-package.js';
import { readOwnLines } from './support/own-lines.js';
import { readAttribute, startSpanReceiver } from './support/span-receiver.js';

const INCOMING = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const JSON_SPANS = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '50' };

interface LogLine {
  readonly message: string;
  readonly trace_id: string;
  readonly span_id: string;
}

interface Call {
  /** What the application sent on: `version-trace-parent-flags`. */
  readonly traceId: string;
  readonly parentId: string;
  readonly flags: string;
  readonly log: LogLine;
}

/** Lets the application call the echo server by `way`. */
async function call(
  app: AppProcess,
  way: 'http' | 'fetch',
  headers: Record<string, string> = {},
  query = '',
): Promise<Call> {
  const { url } = await findUrls(app);
  const to = encodeURIComponent((await startEcho()) + query);
  const answer = await fetch(`${url}/${way}/anne?to=${to}`, { headers });
  expect(answer.status).toBe(200);
  const { traceparent = '' } = (await answer.json()) as { traceparent?: string };
  const [, traceId = '', parentId = '', flags = ''] = traceparent.split('-');
  const [line] = await app.waitFor(new RegExp(`^.*called with ${way}.*$`, 'm'));
  return { traceId, parentId, flags, log: JSON.parse(line) as LogLine };
}

test.each(['http', 'fetch'] as const)('%s carries the trace of the request, and so do its log lines', async (way) => {
  const app = startApp('outgoing.mjs');
  const made = await call(app, way);
  expect(made).toMatchObject({ traceId: expect.stringMatching(/^[\da-f]{32}$/) as string, flags: '01' });
  expect(made.log.trace_id).toBe(made.traceId);
  expect(made.log.span_id).toMatch(/^[\da-f]{16}$/);

  const continued = await call(startApp('outgoing.mjs'), way, { traceparent: INCOMING });
  expect(continued).toMatchObject({ traceId: INCOMING.split('-')[1], flags: '01' });
  expect(continued.log.trace_id).toBe(continued.traceId);
  expect(continued.parentId).not.toBe(INCOMING.split('-')[2]);
});

test('spans are not sent where nobody asks for it, also where an endpoint for logs is set', async () => {
  const receiver = await startSpanReceiver();
  const app = startApp('outgoing.mjs', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  await call(app, 'http');
  await expect.poll(() => receiver.requests.map(({ path }) => path), { timeout: 10_000 }).toContain('/v1/logs');
  app.child.kill('SIGTERM');
  await app.exited;
  expect(new Set(receiver.requests.map(({ path }) => path))).toEqual(new Set(['/v1/logs']));
});

test.each([
  ['the exporter', (url: string) => ({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url })],
  ['an endpoint', (url: string) => ({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces` })],
] as const)('spans are sent where %s asks for it, with the ids of the log lines', async (_name, ask) => {
  const receiver = await startSpanReceiver();
  const app = startApp('outgoing.mjs', { env: { ...JSON_SPANS, ...ask(receiver.url) } });
  const made = await call(app, 'http', { traceparent: INCOMING });
  await receiver.waitFor((spans) => spans.length >= 2);
  const [server, client] = [2, 3].map((kind) => receiver.spans().find((span) => span.kind === kind));
  expect(server).toMatchObject({
    name: 'GET /http/:name',
    traceId: made.log.trace_id,
    parentSpanId: INCOMING.split('-')[2],
    spanId: made.log.span_id,
  });
  expect(client).toMatchObject({ traceId: made.traceId, spanId: made.parentId, parentSpanId: made.log.span_id });
  if (server === undefined) throw new Error('no span of the server');
  expect(readAttribute(server, 'http.route')).toBe('/http/:name');
  expect(readAttribute(server, 'http.response.status_code')).toBe(200);
  expect(readAttribute(server, 'url.path')).toBe('/http/anne');
  // Sending spans and logs makes no spans.
  expect(receiver.spans().filter(({ kind }) => kind === 3)).toHaveLength(1);
  expect(readOwnLines(app).filter((line) => line.startsWith('warn: OpenTelemetry'))).toEqual([]);
});

test.each(['http', 'fetch'] as const)('%s: a span tells no token of its URL', async (way) => {
  const receiver = await startSpanReceiver();
  const env = { ...JSON_SPANS, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` };
  await call(startApp('outgoing.mjs', { env }), way, {}, '/x?page=2&X-Plex-Token=hunter2&api_key=hunter2');
  await receiver.waitFor((spans) => spans.some(({ kind }) => kind === 3));
  expect(JSON.stringify(receiver.spans())).toContain('page=2');
  expect(JSON.stringify(receiver.spans())).not.toContain('hunter2');
});

test('a request that fails is a span that failed', async () => {
  const receiver = await startSpanReceiver();
  const env = { ...JSON_SPANS, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` };
  const app = startApp('outgoing.mjs', { env });
  const { url } = await findUrls(app);
  expect((await fetch(`${url}/throws`)).status).toBe(500);
  await receiver.waitFor((spans) => spans.length > 0);
  expect(receiver.spans()).toMatchObject([{ name: 'GET /throws', status: { code: 2 } }]);
});

test('protobuf, which is what exporters speak where nothing else is said', async () => {
  const receiver = await startSpanReceiver();
  const env = {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
  };
  const { traceId } = await call(startApp('outgoing.mjs', { env }), 'fetch');
  const carriesTrace = (): boolean =>
    receiver.requests.some(
      ({ path, contentType, body }) =>
        path === '/v1/traces' && contentType === 'application/x-protobuf' && body.includes(Buffer.from(traceId, 'hex')),
    );
  await expect.poll(carriesTrace, { timeout: 10_000 }).toBe(true);
});

test.each([
  ['always_off', {}, '00'],
  ['parentbased_always_on', { traceparent: INCOMING.replace(/01$/, '00') }, '00'],
] as const)('not sampled (%s): ids in the log lines, no spans', async (sampler, headers, flags) => {
  const receiver = await startSpanReceiver();
  const env = { ...JSON_SPANS, OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const app = startApp('outgoing.mjs', { env: { ...env, OTEL_TRACES_SAMPLER: sampler } });
  const made = await call(app, 'fetch', headers);
  expect(made.flags).toBe(flags);
  expect(made.log.trace_id).toBe(made.traceId);
  app.child.kill('SIGTERM');
  await app.exited;
  expect(receiver.spans()).toEqual([]);
});

test('what waits is sent when the process ends', async () => {
  const receiver = await startSpanReceiver();
  const env = { ...JSON_SPANS, OTEL_BSP_SCHEDULE_DELAY: '60000', OTEL_TRACES_EXPORTER: 'otlp' };
  const app = startApp('outgoing.mjs', { env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  await call(app, 'http');
  app.child.kill('SIGTERM');
  await app.exited;
  expect(receiver.spans()).toHaveLength(2);
});

test('the console exporter prints spans', async () => {
  const app = startApp('outgoing.mjs', { env: { OTEL_TRACES_EXPORTER: 'console' } });
  const { traceId } = await call(app, 'http');
  await app.waitFor(new RegExp(`traceId: '${traceId}'`));
});

const EXPRESS_4_APP = join(prepareExpress4(['express4.cjs', 'routes.cjs', 'serve.cjs']), 'express4.cjs');

test.each([
  ['Express 5', 'false', 'outgoing.mjs', '/throws', []],
  ['Express 5', 'true', 'outgoing.mjs', '/throws', ['middleware - jsonParser', 'request handler']],
  [
    'Express 4',
    'true',
    EXPRESS_4_APP,
    '/items/7',
    ['middleware - query', 'middleware - expressInit', 'request handler - /items/:id'],
  ],
] as const)('%s, BARBOSSA_EXPRESS_LAYER_SPANS=%s', async (_name, value, script, target, expected) => {
  const receiver = await startSpanReceiver();
  const env = { ...JSON_SPANS, OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const app = startApp(script, { env: { ...env, BARBOSSA_EXPRESS_LAYER_SPANS: value } });
  const { url } = await findUrls(app);
  await fetch(url + target, { headers: { traceparent: INCOMING } });
  await receiver.waitFor((spans) => spans.some(({ kind }) => kind === 2));
  const layers = receiver.spans().filter(({ kind }) => kind === 1);
  expect(layers.map(({ name }) => name)).toEqual(expected);
  for (const layer of layers) expect(layer.traceId).toBe(INCOMING.split('-')[1]);
});

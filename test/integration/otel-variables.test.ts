import { X509Certificate } from 'node:crypto';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createFolder } from '../unit/delivery/tls-files.js';
import { REGISTER, startApp, type AppProcess } from './support/app-process.js';
import { startCollector, type TestCollector } from './support/collectors.js';
import { startWriter } from './support/log-writer.js';
import { startReceiver } from './support/otlp-receiver.js';
import { createSelfSigned } from './support/self-signed.js';
import { makePipe, writeFiles } from './support/temporary-files.js';

// Variables that the OpenTelemetry inside reads: here is shown that each of them reaches it.

/** Ten spans with attributes, events and links. */
const SPANS = `
import { trace } from '@opentelemetry/api';
const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const links = [1, 2, 3].map((n) => ({ context, attributes: { n, text: 'abcdef' } }));
for (let n = 0; n < 10; n++) {
  const span = trace.getTracer('t').startSpan('s' + n, { attributes: { text: 'abcdef', n, more: true }, links });
  for (const name of ['a', 'b', 'c']) span.addEvent(name, { n, text: 'abcdef', more: true });
  span.end();
}
console.log('made');
`;

/** Every record has one, beside what the limits leave of its attributes. */
const ID = 'log.record.uid';

interface Part {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

interface Span extends Part {
  readonly events: readonly Part[];
  readonly links: readonly Part[];
}

function startSpans(env: Readonly<Record<string, string>>, more = ''): AppProcess {
  return startApp('unused', {
    nodeOptions: ['--import', REGISTER, '--input-type=module', '--eval', SPANS + more],
    env: { OTEL_LOGS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'otlp', ...env },
  });
}

function readSpans({ taken }: TestCollector): Span[] {
  return taken
    .map(({ body }) => JSON.parse(body.toString()) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] })
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** The spans of a run with some variables, as JSON. */
async function sendSpans(env: Readonly<Record<string, string>>): Promise<{ spans: Span[]; collector: TestCollector }> {
  const collector = await startCollector();
  const endpoint = collector.url.replace('/v1/logs', '');
  const app = startSpans({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    ...env,
  });
  expect(await app.exited).toMatchObject({ code: 0 });
  return { spans: readSpans(collector), collector };
}

function textOf(part: Part | undefined): string | undefined {
  return part?.attributes.find(({ key }) => key === 'text')?.value.stringValue;
}

test('without any limit', async () => {
  const { spans, collector } = await sendSpans({});
  expect(spans).toHaveLength(10);
  expect(collector.taken).toHaveLength(1);
  expect(collector.taken[0]).toMatchObject({ path: '/v1/traces', headers: { 'content-type': 'application/json' } });
  const [span] = spans;
  expect([span?.attributes.length, span?.events.length, span?.links.length]).toEqual([3, 3, 3]);
  expect([textOf(span), span?.events[0]?.attributes.length, span?.links[0]?.attributes.length]).toEqual([
    'abcdef',
    3,
    2,
  ]);
});

test('OTEL_SPAN_*: limits of spans', async () => {
  const { spans } = await sendSpans({
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
    OTEL_SPAN_EVENT_COUNT_LIMIT: '2',
    OTEL_SPAN_LINK_COUNT_LIMIT: '1',
    OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: '1',
    OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: '1',
  });
  const [span] = spans;
  expect([span?.attributes.length, span?.events.length, span?.links.length]).toEqual([2, 2, 1]);
  expect([textOf(span), span?.events[0]?.attributes.length, span?.links[0]?.attributes.length]).toEqual(['abc', 1, 1]);
});

test('OTEL_ATTRIBUTE_*: limits of spans and of log records', async () => {
  const limits = { OTEL_ATTRIBUTE_COUNT_LIMIT: '2', OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '4' };
  const [span] = (await sendSpans(limits)).spans;
  expect([span?.attributes.length, textOf(span)]).toEqual([2, 'abcd']);
  expect(await sendRecord({ ...limits, OTEL_ATTRIBUTE_COUNT_LIMIT: '20' })).toMatchObject({ text: 'abcd' });
  expect(Object.keys(await sendRecord(limits))).toEqual(['text', 'n', ID]);
});

test('OTEL_LOGRECORD_ATTRIBUTE_*: limits of log records', async () => {
  expect(await sendRecord({})).toMatchObject({ text: 'abcdef', n: 1, more: true });
  expect(await sendRecord({ OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' })).toMatchObject({ text: 'abc', n: 1 });
  expect(Object.keys(await sendRecord({ OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '1' }))).toEqual(['text', ID]);
});

test('the id of a line of winston is whole whatever the limits are: records with one id are one document', async () => {
  const receiver = await startReceiver();
  const env = { OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3', OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '1' };
  startWriter(['burst', 'line', '20'], { collector: receiver.url, env });
  await receiver.waitFor((records) => records.length >= 20);
  const ids = new Set(receiver.records.map(({ attributes }) => attributes[ID]));
  expect(ids.size).toBe(20);
});

/** Attributes of the record of another library. */
async function sendRecord(env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  const receiver = await startReceiver();
  const code = `import { logs } from '@opentelemetry/api-logs';
    logs.getLogger('t').emit({ body: 'hello', attributes: { text: 'abcdef', n: 1, more: true } });`;
  const app = startApp('unused', {
    nodeOptions: ['--import', REGISTER, '--input-type=module', '--eval', code],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env },
  });
  await app.exited;
  return receiver.records.find(({ body }) => body === 'hello')?.attributes ?? {};
}

test('OTEL_BSP_*: batches and the queue of spans', async () => {
  const { collector, spans } = await sendSpans({ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4' });
  expect(spans).toHaveLength(10);
  expect(collector.taken).toHaveLength(3);
  const bounded = await sendSpans({ OTEL_BSP_MAX_QUEUE_SIZE: '4', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4' });
  expect(bounded.spans.length).toBeLessThan(10);
});

test('OTEL_BSP_SCHEDULE_DELAY: spans are sent while the application lives', async () => {
  const collector = await startCollector();
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/logs', '') };
  const app = startSpans({ ...endpoint, OTEL_BSP_SCHEDULE_DELAY: '86400000' }, 'setInterval(() => {}, 1000);');
  await app.waitFor(/made/);
  startSpans(
    { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'who=second', OTEL_BSP_SCHEDULE_DELAY: '50' },
    'setInterval(() => {}, 1000);',
  );
  await expect.poll(() => collector.taken.length, { timeout: 15_000 }).toBe(1);
  expect(collector.taken[0]?.headers).toMatchObject({ who: 'second' });
});

/** A server that takes connections and says nothing, and what it was sent first. */
async function startSilence(): Promise<{ url: string; first: () => string }> {
  let first = '';
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).on('data', (chunk) => (first += chunk.toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, first: () => first };
}

test.each([
  { OTEL_BSP_EXPORT_TIMEOUT: '300' },
  { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '300' },
  { OTEL_EXPORTER_OTLP_TIMEOUT: '300' },
])('%j: an export is given up', async (env) => {
  const silence = await startSilence();
  const app = startSpans(
    { OTEL_EXPORTER_OTLP_ENDPOINT: silence.url, OTEL_BSP_SCHEDULE_DELAY: '50', ...env },
    'setInterval(() => {}, 1000);',
  );
  await app.waitFor(/OpenTelemetry: .*time(d )?out/i, 9_000);
});

test('OTEL_EXPORTER_OTLP_TRACES_*: headers, compression and the protocol of spans', async () => {
  const taken = await startCollector();
  await startSpans({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: taken.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=2',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=3',
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  }).exited;
  expect(taken.taken[0]).toMatchObject({
    path: '/v1/logs',
    headers: { a: '1', b: '3', 'content-encoding': 'gzip', 'content-type': 'application/json' },
  });
  expect(gunzipSync(taken.taken[0]?.body ?? '').toString()).toContain('"s9"');
});

test('OTEL_EXPORTER_OTLP_PROTOCOL=grpc holds for spans', async () => {
  const silence = await startSilence();
  startSpans({ OTEL_EXPORTER_OTLP_ENDPOINT: silence.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  await expect.poll(() => silence.first(), { timeout: 15_000 }).toMatch(/^PRI \* HTTP\/2\.0/);
});

test('certificates of OTEL_EXPORTER_OTLP_TRACES_* and of OTEL_EXPORTER_OTLP_*', async () => {
  const [server, client] = [createSelfSigned({ subject: 'server' }), createSelfSigned({ subject: 'client' })];
  const collector = await startCollector({ ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true });
  const write = createFolder();
  const [ca, cert, key] = [write('ca', server.cert), write('cert', client.cert), write('key', client.key)];
  await startSpans({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: ca,
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: cert,
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: key,
  }).exited;
  await startSpans({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/logs', ''),
    OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
  }).exited;
  const shown = new X509Certificate(client.cert).fingerprint256;
  expect(collector.taken.map((one) => [one.path, one.client])).toEqual([
    ['/v1/logs', shown],
    ['/v1/traces', shown],
  ]);
});

test('a pipe as a certificate of spans by gRPC, which reads it with the first span: the application ends', async () => {
  const pipe = path.join(writeFiles({}), 'pipe');
  makePipe(pipe);
  const app = startSpans({
    // Nobody listens there.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_CERTIFICATE: pipe,
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
  });
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.stderr()).toContain(`OTEL_EXPORTER_OTLP_CERTIFICATE: ${pipe} is not a file`);
});

test('several exporters, whatever the case of their names', async () => {
  const collector = await startCollector();
  const app = startSpans({
    OTEL_TRACES_EXPORTER: 'OTLP, Zipkin,console',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: collector.url.replace('/v1/logs', '/zipkin'),
  });
  await app.exited;
  expect(collector.taken.map((one) => one.path).toSorted()).toEqual(['/v1/logs', '/zipkin']);
  expect(app.stdout()).toContain("name: 's9'");
});

test('OTEL_NODE_EXPERIMENTAL_SDK_METRICS: metrics of the SDK itself', async () => {
  const app = startSpans(
    { OTEL_NODE_EXPERIMENTAL_SDK_METRICS: 'true', OTEL_TRACES_EXPORTER: 'console' },
    'setInterval(() => {}, 1000);',
  );
  const [, admin = ''] = await app.waitFor(/metrics at (http\S+)\/metrics/);
  await app.waitFor(/made/);
  expect(await (await fetch(`${admin}/metrics`)).text()).toContain('otel_sdk_span_started');
});

test.each([
  ['none', [], ['host.name', 'process.pid', 'os.type', 'service.instance.id']],
  ['host,os,process', ['host.name', 'os.type', 'process.pid', 'process.executable.name'], ['service.instance.id']],
  ['all', ['host.name', 'os.type', 'process.pid', 'service.instance.id'], ['process.command', 'process.command_args']],
])('OTEL_NODE_RESOURCE_DETECTORS=%s', async (detectors, there, absent) => {
  const receiver = await startReceiver();
  const code = `import { logs } from '@opentelemetry/api-logs'; logs.getLogger('t').emit({ body: 'hello' });`;
  await startApp('unused', {
    nodeOptions: ['--import', REGISTER, '--input-type=module', '--eval', code],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_NODE_RESOURCE_DETECTORS: detectors,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=home',
    },
  }).exited;
  const resource = receiver.records[0]?.resource ?? {};
  expect(resource).toMatchObject({ 'service.name': 'barbossa', 'deployment.environment.name': 'home' });
  expect(Object.keys(resource)).toEqual(expect.arrayContaining(there));
  expect(Object.keys(resource).filter((key) => absent.includes(key))).toEqual([]);
});

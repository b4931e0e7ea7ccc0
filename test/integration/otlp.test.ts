import { existsSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createFolder } from '../unit/delivery/tls-files.js';
import { REGISTER, startApp, type AppProcess } from './support/app-process.js';
import { startCollector, startProxy, type TestCollector } from './support/collectors.js';
import { startWriter } from './support/log-writer.js';
import { readOwnLines } from './support/own-lines.js';
import { createSelfSigned } from './support/self-signed.js';
import { makePipe, writeFiles } from './support/temporary-files.js';

const LINES = 20;

/** Writes some lines, as `line 0` and so on, to a collector. */
function writeLines(collector: string, env: Readonly<Record<string, string>>): AppProcess {
  return startWriter(['burst', 'line', String(LINES)], { collector, env });
}

/** All that a collector has taken, as text: names and messages stand in it whichever encoding it is. */
function readTaken({ taken }: TestCollector): string {
  return taken
    .map(({ headers, body }) => (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString())
    .join('\n');
}

async function waitForLines(collector: TestCollector): Promise<void> {
  const isThere = (): boolean => {
    const text = readTaken(collector);
    return Array.from({ length: LINES }, (_, index) => `line ${index}`).every((line) => text.includes(line));
  };
  await expect.poll(isThere, { timeout: 15_000 }).toBe(true);
}

test.each([
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, 'application/x-protobuf'],
  [
    { OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    'application/x-protobuf',
  ],
  [{ OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, 'application/json'],
  [{}, 'application/json'],
])('%j', async (env, type) => {
  const collector = await startCollector();
  collector.answer = { headers: { 'content-type': type }, body: type.endsWith('json') ? '{}' : '' };
  const app = writeLines(collector.url.replace('/v1/logs', ''), {
    ...env,
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'gzip',
  });
  await waitForLines(collector);
  expect(collector.taken[0]).toMatchObject({
    path: '/v1/logs',
    headers: { 'content-type': type, 'content-encoding': 'gzip' },
  });
  expect(readOwnLines(app).filter((line) => line.startsWith('warn:'))).toEqual([]);
});

test('protobuf: what the server has rejected is told', async () => {
  const collector = await startCollector();
  // ExportLogsPartialSuccess: 3 records, "too odd".
  const body = Buffer.from('0a0b08031207746f6f206f6464', 'hex');
  collector.answer = { headers: { 'content-type': 'application/x-protobuf' }, body };
  const app = writeLines(collector.url.replace('/v1/logs', ''), { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' });
  await app.waitFor(/refused 3 log record\(s\) for good: too odd/);
});

test('grpc is refused in one line, and JSON goes by HTTP', async () => {
  const collector = await startCollector();
  const app = writeLines(collector.url.replace('/v1/logs', ''), { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  await waitForLines(collector);
  expect(collector.taken[0]?.headers['content-type']).toBe('application/json');
  expect(readOwnLines(app).filter((line) => line.startsWith('warn:'))).toEqual([
    expect.stringMatching(/^warn: OTEL_EXPORTER_OTLP_PROTOCOL is "grpc".* 4317.*; used instead: http\/json$/),
  ]);
});

test('a private CA, a client certificate and a proxy with a login, which is never shown', async () => {
  const [server, client] = [createSelfSigned({ subject: 'server' }), createSelfSigned({ subject: 'client' })];
  const collector = await startCollector({ ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true });
  const proxy = await startProxy();
  const write = createFolder();
  const app = writeLines(collector.url.replace('/v1/logs', ''), {
    OTEL_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_CERTIFICATE: write('ca.pem', server.cert),
    OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: write('cert.pem', client.cert),
    OTEL_EXPORTER_OTLP_CLIENT_KEY: write('key.pem', client.key),
    https_proxy: proxy.url.replace('://', '://anne:s3cret@'),
    // A newer Node reads the variables too, for its own agents.
    NODE_USE_ENV_PROXY: '1',
  });
  await waitForLines(collector);
  await app.waitFor(/started for/);
  expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${collector.port}`]);
  expect(proxy.logins).toEqual([`Basic ${Buffer.from('anne:s3cret').toString('base64')}`]);
  expect(collector.taken[0]?.client).toBe(new X509Certificate(client.cert).fingerprint256);
  expect(app.stderr()).toContain(`logs go to ${collector.url} through the proxy ${proxy.url}`);
  expect(app.stderr()).not.toMatch(/s3cret|YW5uZTpzM2NyZXQ/);
});

test('a proxy for http, and a host that goes without it', async () => {
  const [collector, proxy] = [await startCollector(), await startProxy()];
  const url = collector.url.replace('/v1/logs', '');
  writeLines(url, { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1:1,localhost' });
  await waitForLines(collector);
  expect(new Set(proxy.asked)).toEqual(new Set([`POST ${collector.url}`]));
  const asked = proxy.asked.length;
  collector.taken.length = 0;
  writeLines(url, { HTTP_PROXY: proxy.url, no_proxy: `127.0.0.1:${collector.port}` });
  await waitForLines(collector);
  expect(proxy.asked).toHaveLength(asked);
});

test('a CA that is not there yet: told once, and the lines arrive when it is there', async () => {
  const server = createSelfSigned();
  const collector = await startCollector(server);
  const file = createFolder()('ca.pem', '').replace('ca.pem', 'later.pem');
  const app = writeLines(collector.url.replace('/v1/logs', ''), { OTEL_EXPORTER_OTLP_CERTIFICATE: file });
  await app.waitFor(/cannot be sent to https:.*\(OTEL_EXPORTER_OTLP_CERTIFICATE: \S+later\.pem cannot be read: ENOENT/);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, server.cert);
  await waitForLines(collector);
  await app.waitFor(/are sent to \S+ again/);
});

test('a proxy that never answers does not hold a process that has ended', async () => {
  const proxy = await startCollector();
  proxy.server.removeAllListeners('request');
  proxy.server.on('connect', () => {});
  const app = startWriter(['burst', 'line', '5'], {
    collector: 'https://collector.invalid',
    env: { HTTPS_PROXY: proxy.url.replace('/v1/logs', '') },
  });
  await app.waitFor(/done/);
  app.child.kill('SIGTERM');
  expect(await app.exited).toMatchObject({ signal: 'SIGTERM' });
});

/** Writes lines in another folder than it was started in, reads a file of its own, and ends by itself. */
const WANDERER = `
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { getLogger } from '${path.join(path.dirname(REGISTER), 'index.js')}';
process.chdir('/');
for (let n = 0; n < ${LINES}; n++) {
  getLogger('w').info('line ' + n);
  await sleep(50);
}
await readFile(new URL(import.meta.url));
console.log('read');
`;

test('a token and a CA of relative paths, wherever the application goes', async () => {
  const server = createSelfSigned();
  const collector = await startCollector(server);
  const folder = writeFiles({ token: 'secret', 'ca.pem': server.cert, 'app.mjs': WANDERER });
  startApp(path.join(folder, 'app.mjs'), {
    cwd: folder,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/logs', ''),
      OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem',
      BARBOSSA_LOG_TOKEN_FILE: './token',
    },
  });
  await waitForLines(collector);
  expect(new Set(collector.taken.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer secret']));
});

test.each([
  ['BARBOSSA_LOG_TOKEN_FILE', {}],
  ['OTEL_EXPORTER_OTLP_CERTIFICATE', {}],
  ['OTEL_EXPORTER_OTLP_CERTIFICATE', { OTEL_TRACES_EXPORTER: 'otlp' }],
  ['OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
])('a pipe as %s with %j: the application starts, reads its files and ends', async (variable, env) => {
  const collector = await startCollector(createSelfSigned());
  const folder = writeFiles({ 'app.mjs': WANDERER });
  const pipe = path.join(folder, 'pipe');
  makePipe(pipe);
  const app = startApp(path.join(folder, 'app.mjs'), {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/logs', ''), [variable]: pipe, ...env },
  });
  await app.waitFor(/^read$/m);
  expect(await app.exited).toEqual({ code: 0, signal: null });
  const told = readOwnLines(app).filter((line) => line.includes(`${pipe} is not a file`));
  expect(told.length).toBeGreaterThan(0);
  if ('OTEL_TRACES_EXPORTER' in env) {
    expect(told[0]).toBe(
      `warn: ${variable}: ${pipe} is not a file; allowed: a file in PEM; used instead for spans: none`,
    );
  }
});

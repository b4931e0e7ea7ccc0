import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { readOwnLines } from './support/own-lines.js';
import { connectRaw, converse, readHeaders } from './support/raw-http.js';
import { expectCounts } from './support/request-counts.js';
import { writeFiles } from './support/temporary-files.js';

test('what the admin server answers, and to what', async () => {
  const { admin } = await findUrls(startApp('bare.js'));
  const get = await converse(admin, writeRequest('GET', '/metrics?any=thing'));
  expect(get).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n[^]*barbossa_app_info/);
  const head = await converse(admin, writeRequest('HEAD', '/metrics'));
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
  expect(await converse(admin, writeRequest('GET', '/'))).toMatch(/<title>barbossa telemetry<\/title>[^]*\/metrics/);
  expect(await converse(admin, writeRequest('GET', '/health/live'))).toMatch(/200 OK[^]*\{"status":"alive"\}$/);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const refused = await converse(admin, writeRequest(method, '/metrics', [], method === 'OPTIONS' ? '' : 'a body'));
    expect.soft(refused, method).toMatch(/^HTTP\/1\.1 405 /);
    expect.soft(readHeaders(refused, 'Allow'), method).toEqual(['GET, HEAD']);
  }
  for (const target of ['/metric', '/metrics/', '/health/', '/../etc/passwd', '//metrics']) {
    expect.soft(await converse(admin, writeRequest('GET', target)), target).toMatch(/^HTTP\/1\.1 404 /);
  }
  // A scrape is no traffic: no id, not counted.
  expect(readHeaders(get, 'X-Request-ID')).toEqual([]);
  await expectCounts(admin, {});
});

test('a port that is taken: one line that says which, and the application runs', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const app = startApp('bare.js', { env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) } });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  await app.waitFor(/ started for /);
  expect(await converse(url, writeRequest('GET', '/'))).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(readOwnLines(app)).toEqual([
    `warn: no metrics and no health endpoints: cannot listen on 127.0.0.1:${port} (the port is taken); ` +
      'set OTEL_EXPORTER_PROMETHEUS_PORT to a free port, or to 0 for any. The application runs on',
    expect.stringContaining('started for barbossa: metrics are not served'),
  ]);
});

test.each([
  ['an address of another machine', '192.0.2.1'],
  ['a name that is none', 'no-such-host.invalid'],
])('%s: one line, and the application runs', async (_name, host) => {
  const app = startApp('bare.js', { env: { OTEL_EXPORTER_PROMETHEUS_HOST: host } });
  await app.waitFor(/started for barbossa: metrics are not served/);
  await app.waitFor(/listening on/);
  expect(readOwnLines(app)[0]).toMatch(
    new RegExp(
      `^warn: no metrics and no health endpoints: cannot listen on ${host}:0 \\(not an address of this machine\\)`,
    ),
  );
});

test('IPv6', async () => {
  const { admin } = await findUrls(startApp('bare.js', { env: { OTEL_EXPORTER_PROMETHEUS_HOST: '::1' } }));
  expect(admin).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${admin}/metrics`)).status).toBe(200);
});

test('the admin server and those who are connected to it do not keep the process alive', async () => {
  const folder = writeFiles({
    // Ends when it is told to, with nothing else to do.
    'app.mjs':
      "process.stdin.once('data', () => process.stdin.destroy()).resume(); console.log('listening on http://a:1');",
  });
  const app = startApp(path.join(folder, 'app.mjs'), { stdin: 'pipe' });
  const { admin } = await findUrls(app);
  const idle = await connectRaw(admin);
  const half = await connectRaw(admin);
  await half.send('GET /metrics HTTP/1.1\r\nHost: a\r\n');
  const kept = await connectRaw(admin);
  await kept.send('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  await kept.waitFor(/barbossa_app_info/);
  app.child.stdin?.write('end\n');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  await Promise.all([idle, half, kept].map((connection) => connection.closed()));
});

test('a client that never ends its request is cut off, others are served meanwhile', async () => {
  const { admin } = await findUrls(startApp('bare.js'));
  const slow = await connectRaw(admin);
  await slow.send('GET /metrics HTTP/1.1\r\nHost: a\r\n');
  expect((await fetch(`${admin}/metrics`)).status).toBe(200);
  expect(await slow.closed()).toMatch(/^HTTP\/1\.1 408 /);
});

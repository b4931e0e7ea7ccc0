import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get as getTls } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { readOwnLines } from './support/own-lines.js';
import { connectRaw, converse, readHeaders } from './support/raw-http.js';
import { expectCounts } from './support/request-counts.js';
import { createSelfSigned } from './support/self-signed.js';
import { makePipe, writeFiles } from './support/temporary-files.js';

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
  await half.send('GET /metrics HTTP/1.1\r\nHost: localhost\r\n');
  const kept = await connectRaw(admin);
  await kept.send('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await kept.waitFor(/barbossa_app_info/);
  app.child.stdin?.write('end\n');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  await Promise.all([idle, half, kept].map((connection) => connection.closed()));
});

test('a client that never ends its request is cut off, others are served meanwhile', async () => {
  const { admin } = await findUrls(startApp('bare.js'));
  const slow = await connectRaw(admin);
  await slow.send('GET /metrics HTTP/1.1\r\nHost: localhost\r\n');
  expect((await fetch(`${admin}/metrics`)).status).toBe(200);
  expect(await slow.closed()).toMatch(/^HTTP\/1\.1 408 /);
});

test('a page whose name leads here reads nothing; the names of BARBOSSA_ADMIN_HOSTS are answered', async () => {
  const { admin } = await findUrls(startApp('bare.js', { env: { BARBOSSA_ADMIN_HOSTS: 'web, metrics.example.com' } }));
  const ask = (host: string): Promise<string> =>
    converse(admin, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const refused = await ask('evil.example:9464');
  expect(refused).toMatch(/^HTTP\/1\.1 421 [^]*BARBOSSA_ADMIN_HOSTS/);
  expect(refused).not.toContain('barbossa_app_info');
  for (const host of ['WEB:9464', 'metrics.example.com.']) expect(await ask(host)).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('with a login and a certificate: HTTPS, and only the probes are open', async () => {
  const { key, cert } = createSelfSigned();
  const folder = writeFiles({ logins: 'token\n', key, cert });
  const app = startApp('bare.js', {
    env: {
      BARBOSSA_ADMIN_LOGIN_FILE: path.join(folder, 'logins'),
      BARBOSSA_ADMIN_CERT_FILE: path.join(folder, 'cert'),
      BARBOSSA_ADMIN_KEY_FILE: path.join(folder, 'key'),
      OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
    },
  });
  const [, port = ''] = await app.waitFor(/metrics at https:\/\/0\.0\.0\.0:(\d+)\/metrics/);
  const ask = async (target: string, authorization = ''): Promise<[number, string]> => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: target, ca: cert, agent: false, headers: { authorization } };
      getTls(options, resolve).on('error', reject);
    });
    return [answer.statusCode ?? 0, (await answer.toArray()).join('')];
  };
  expect(await ask('/health/live')).toEqual([200, '{"status":"alive"}']);
  expect(await ask('/health/ready')).toEqual([200, '{"status":"ready"}']);
  for (const target of ['/metrics', '/health', '/']) {
    expect(await ask(target)).toEqual([401, 'a login is needed here\n']);
    expect((await ask(target, 'Bearer token'))[0]).toBe(200);
  }
  // Nothing is open without either, so nothing is said.
  expect(readOwnLines(app)).toEqual([expect.stringContaining('started for barbossa: metrics at https:')]);
});

test('an idle connection with TLS does not keep the process alive', async () => {
  const { key, cert } = createSelfSigned();
  const folder = writeFiles({
    key,
    cert,
    'app.mjs':
      "process.stdin.once('data', () => process.stdin.destroy()).resume(); console.log('listening on http://a:1');",
  });
  const app = startApp(path.join(folder, 'app.mjs'), {
    stdin: 'pipe',
    env: {
      BARBOSSA_ADMIN_CERT_FILE: path.join(folder, 'cert'),
      BARBOSSA_ADMIN_KEY_FILE: path.join(folder, 'key'),
    },
  });
  const [, port = ''] = await app.waitFor(/metrics at https:\/\/127\.0\.0\.1:(\d+)/);
  const idle = connectTls({ host: '127.0.0.1', port: Number(port), ca: cert });
  idle.on('error', () => {});
  await new Promise((resolve) => void idle.once('secureConnect', resolve));
  const half = await connectRaw(`http://127.0.0.1:${port}`);
  app.child.stdin?.write('end\n');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  await half.closed();
});

/** Goes to another folder, and ends when it is told to. */
const WANDERER = `
process.chdir('/');
process.stdin.once('data', () => process.stdin.destroy()).resume();
console.log('listening on http://a:1');
`;

/** The status of an answer over TLS. */
function askTls(port: string, ca: string, authorization: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/metrics', ca, agent: false, headers: { authorization } };
    getTls(options, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
  });
}

test('relative paths lead to where they led at the start, wherever the application goes', async () => {
  const [first, second] = [createSelfSigned(), createSelfSigned()];
  const folder = writeFiles({ logins: 'token\n', key: first.key, cert: first.cert, 'app.mjs': WANDERER });
  const app = startApp(path.join(folder, 'app.mjs'), {
    stdin: 'pipe',
    cwd: folder,
    env: { BARBOSSA_ADMIN_LOGIN_FILE: 'logins', BARBOSSA_ADMIN_CERT_FILE: './cert', BARBOSSA_ADMIN_KEY_FILE: 'key' },
  });
  const [, port = ''] = await app.waitFor(/metrics at https:\/\/127\.0\.0\.1:(\d+)/);
  expect(await askTls(port, first.cert, 'Bearer token')).toBe(200);
  writeFileSync(path.join(folder, 'key'), second.key);
  writeFileSync(path.join(folder, 'cert'), second.cert);
  expect(await askTls(port, second.cert, 'Bearer token')).toBe(200);
  expect(await askTls(port, second.cert, 'Bearer other')).toBe(401);
});

test('a certificate that cannot be looked at any more: the one before is kept, and the application runs', async () => {
  const { key, cert } = createSelfSigned();
  const folder = writeFiles({ key, cert, 'app.mjs': WANDERER });
  const file = path.join(folder, 'cert');
  const env = { BARBOSSA_ADMIN_CERT_FILE: file, BARBOSSA_ADMIN_KEY_FILE: path.join(folder, 'key') };
  const app = startApp(path.join(folder, 'app.mjs'), { stdin: 'pipe', env });
  const [, port = ''] = await app.waitFor(/metrics at https:\/\/127\.0\.0\.1:(\d+)/);
  rmSync(file);
  symlinkSync(file, file);
  for (let count = 0; count < 3; count += 1) expect(await askTls(port, cert, '')).toBe(200);
  app.child.stdin?.write('end\n');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(readOwnLines(app).filter((line) => line.startsWith('warn:'))).toEqual([
    expect.stringMatching(/^warn: the admin server keeps its certificate: ELOOP/),
  ]);
});

test('a pipe as the certificate: no admin server, and the application starts', async () => {
  const folder = writeFiles({ key: createSelfSigned().key });
  const pipe = path.join(folder, 'cert');
  makePipe(pipe);
  const env = { BARBOSSA_ADMIN_CERT_FILE: pipe, BARBOSSA_ADMIN_KEY_FILE: path.join(folder, 'key') };
  const app = startApp('bare.js', { env });
  await app.waitFor(/listening on http/);
  await app.waitFor(/no metrics and no health endpoints: .*cert is not a file/);
});

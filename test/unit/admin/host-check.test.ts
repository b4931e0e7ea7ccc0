import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { answerText } from '../../../src/admin/route.js';
import { connect, LIVE_ROUTE, makeRoute, startServer } from './client.js';

const small = makeRoute('/small', () => answerText(200, 'small'));

/** The status of a request whose lines after the first are `headers`. */
async function ask(headers: readonly string[], target = '/small', version = '1.1', method = 'GET'): Promise<number> {
  const address = await startServer([small, LIVE_ROUTE], {}, { hosts: ['metrics.example.com', 'my_app', 'Web.'] });
  const text = [`${method} ${target} HTTP/${version}`, ...headers, 'Connection: close', '', ''].join('\r\n');
  const received = await connect(address, text).closed;
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0);
}

test.each([
  'localhost',
  'LOCALHOST:9464',
  'localhost.',
  'localhost:',
  '127.0.0.1:9464',
  '10.1.2.3',
  '127.0.0.1.',
  '0.0.0.0:1',
  '[::1]',
  '[::1]:9464',
  '[FE80::1]:65535',
  '[::ffff:127.0.0.1]',
  hostname(),
  `${hostname().toUpperCase()}.:9464`,
  'metrics.example.com:443',
  'Metrics.Example.Com.',
  'my_app:9464',
  'web',
])('Host: %s is answered', async (host) => {
  expect(await ask([`Host: ${host}`])).toBe(200);
});

test.each([
  'evil.example',
  'evil.example:9464',
  'localhost.evil.example',
  'evil.localhost',
  'xlocalhost',
  'localhost..',
  '127.0.0.1.evil.example',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  'a.metrics.example.com',
  'example.com',
  'not_my_app',
  'xn--lcalhost-n4a',
  '..',
])('Host: %s is refused', async (host) => {
  expect(await ask([`Host: ${host}`])).toBe(421);
});

test.each([
  '',
  ':9464',
  'localhost:port',
  'localhost:65536',
  'localhost:-1',
  'localhost:9464:1',
  'localhost@evil.example',
  'evil.example@localhost',
  'user:password@localhost',
  'http://localhost',
  'localhost/',
  'localhost,evil.example',
  'localhost evil.example',
  'l\u00f6calhost',
  'localho\u017ft',
  'localhost%2eevil.example',
  '::1',
  '[::1',
  '[::1]evil.example',
  '[fe80::1%25lo]',
  '[fe80::1%lo]',
  '[localhost]',
  '[::1]]',
  '*',
  'a'.repeat(256),
])('Host: %s is no host', async (host) => {
  expect(await ask([`Host: ${host}`])).toBe(400);
});

test('a request needs one Host, in HTTP/1.0 too', async () => {
  expect(await ask([])).toBe(400);
  expect(await ask([], '/small', '1.0')).toBe(400);
  expect(await ask(['Host: localhost'], '/small', '1.0')).toBe(200);
  expect(await ask(['Host: localhost', 'Host: evil.example'])).toBe(400);
  expect(await ask(['Host: evil.example', 'host: localhost'])).toBe(400);
  expect(await ask(['Host: localhost', 'Host: localhost'])).toBe(400);
});

test.each([
  ['http://evil.example/small', 421],
  ['https://evil.example/small', 421],
  ['ftp://evil.example/small', 421],
  ['http://localhost@evil.example/small', 400],
  ['http://user@localhost/small', 400],
  ['http:///small', 400],
  ['http://localhost:9464/small', 200],
  ['HTTP://METRICS.example.com/small', 200],
])('the target %s is a %i: its host counts as the header does', async (target, status) => {
  expect(await ask(['Host: localhost'], target)).toBe(status);
  expect(await ask(['Host: evil.example'], target)).toBe(status === 400 ? 400 : 421);
});

test.each(['/', '/nothing', '/health/live', '/small'])('%s is for our names only', async (path) => {
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    expect(await ask(['Host: evil.example'], path, '1.1', method)).toBe(421);
  }
});

test.each([
  ['an upgrade', ['Connection: Upgrade', 'Upgrade: websocket']],
  ['an upgrade to h2c', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAAA']],
  ['a name of a proxy', ['X-Forwarded-Host: localhost', 'Forwarded: host=localhost']],
  ['a request for 100', ['Expect: 100-continue', 'Content-Length: 0']],
])('%s changes nothing', async (_what, headers) => {
  expect(await ask(['Host: evil.example', ...headers])).toBe(421);
});

test('a tunnel is not made', async () => {
  expect(await ask(['Host: localhost'], 'localhost:80', '1.1', 'CONNECT')).toBe(0);
});

import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { answerJson, answerText, type Route } from '../../../src/admin/route.js';
import { makePipe } from '../../integration/support/temporary-files.js';
import { captureStderr } from '../metrics/test-meter.js';
import { connect, LIVE_ROUTE, makeRoute, request, startServer } from './client.js';

const PROBE: Route = {
  ...makeRoute('/health/ready', () => answerJson(503, { status: 'not ready', checks: ['the database is away'] })),
  outline: () => answerJson(503, { status: 'not ready' }),
};
const ROUTES = [makeRoute('/metrics', () => answerText(200, 'metrics')), { ...LIVE_ROUTE, path: '/health' }, PROBE];

/** A file with logins, and a server that asks for them. */
async function start(text: string | undefined) {
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-login-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'logins');
  const write = (content: string): void => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };
  if (text !== undefined) write(text);
  const address = await startServer(ROUTES, {}, { loginFile: file });
  const ask = async (authorization?: string, target = '/metrics', method = 'GET'): Promise<number> => {
    const headers = authorization === undefined ? {} : { authorization };
    return (await request(address.url + target, { method, headers })).status;
  };
  return { file, folder, write, address, ask };
}

const basic = (login: string, encoding: BufferEncoding = 'utf8'): string =>
  `Basic ${Buffer.from(login, encoding).toString('base64')}`;

test('a token and a password let in, and what is like them does not', async () => {
  const { ask } = await start('# who may read\n\ntoken-1.~+/-_==\r\n  token2  \nanne:black:pearl p\u00e4\n');
  for (const good of [
    'Bearer token-1.~+/-_==',
    'bearer token2',
    'BEARER   token2 ',
    basic('anne:black:pearl p\u00e4'),
  ]) {
    expect.soft(await ask(good), good).toBe(200);
  }
  const bad = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer token',
    'Bearer token22',
    'Bearer TOKEN2',
    'Bearer token2 token2',
    'Bearer token2,token2',
    'Bearer # who may read',
    'token2',
    'Token token2',
    'Digest username="anne"',
    'Basic token2',
    'Bearer anne:black:pearl',
    basic('anne'),
    basic('anne:'),
    basic('anne:black'),
    basic('Anne:black:pearl p\u00e4'),
    basic('anne:black:pearl p\u00e4', 'latin1'),
    basic('anne:black:pearl p\u00e4\0'),
    basic(':token2'),
    basic('token2'),
    basic(''),
    'Basic ====',
  ];
  for (const each of bad) expect.soft(await ask(each), String(each)).toBe(401);
});

test('two Authorization headers are no login', async () => {
  const { address } = await start('token2');
  const headers = 'Authorization: Bearer token2\r\nAuthorization: Bearer other\r\nConnection: close\r\n';
  const { closed } = connect(address, `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  expect(await closed).toMatch(/^HTTP\/1\.1 401 /);
});

test.each(['/', '/metrics', '/health', '/nothing', '/health/ready/', '//health/ready', '/health/ready/../../metrics'])(
  'without a login %s says nothing, whatever the method',
  async (target) => {
    const { ask } = await start('token');
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) expect(await ask(undefined, target, method)).toBe(401);
  },
);

test('a probe is open, without its details', async () => {
  const { address, ask } = await start('token');
  const { status, body } = await request(`${address.url}/health/ready`);
  expect([status, body.toString()]).toEqual([503, '{"status":"not ready"}']);
  expect(await ask('Bearer wrong', '/health/ready')).toBe(503);
  expect(await ask(undefined, '/health/ready', 'POST')).toBe(401);
  const headers = { authorization: 'Bearer token' };
  expect((await request(`${address.url}/health/ready`, { headers })).body.toString()).toContain('database');
});

test('the challenge names what would do', async () => {
  const { address, write } = await start('token');
  const challenge = async (): Promise<unknown> => (await request(`${address.url}/metrics`)).headers['www-authenticate'];
  expect(await challenge()).toBe('Bearer realm="barbossa-telemetry"');
  write('a:b');
  expect(await challenge()).toBe(
    'Bearer realm="barbossa-telemetry", Basic realm="barbossa-telemetry", charset="UTF-8"',
  );
});

test('a change of the file holds from the next request on', async () => {
  const { ask, write } = await start('old');
  expect([await ask('Bearer old'), await ask('Bearer new')]).toEqual([200, 401]);
  write('old\nnew');
  expect([await ask('Bearer old'), await ask('Bearer new')]).toEqual([200, 200]);
  write('new');
  expect([await ask('Bearer old'), await ask('Bearer new')]).toEqual([401, 200]);
});

test.each([
  ['is not there', undefined, /ENOENT/],
  ['is empty', '', /has no login in it/],
  ['has comments only', '# a\n\n \r\n', /has no login in it/],
  ['has a line that is no login', 'token\nsecret pass phrase', /line 2 of .* is neither a token nor user:password$/],
  ['has a password without a user', ':password', /line 1/],
  ['is too long', 'token\n'.repeat(20_000), /is longer than 65536 bytes/],
])('a file that %s lets nobody in, and is one warning', async (_how, text, reason) => {
  const lines = captureStderr();
  const { ask, write } = await start(text);
  for (const each of ['Bearer token', 'Bearer ', basic(':'), basic(':password'), undefined]) {
    expect(await ask(each)).toBe(401);
  }
  expect(await ask(undefined, '/health/ready')).toBe(503);
  expect(lines).toEqual([expect.stringMatching(/warn: nobody can log in to the admin server: /)]);
  expect(lines[0]).toMatch(reason);
  expect(lines[0]).not.toContain('pass phrase');
  write('token');
  expect(await ask('Bearer token')).toBe(200);
  expect(lines).toHaveLength(2);
});

test('a folder, a pipe and a device let nobody in, and nobody waits', async () => {
  captureStderr();
  const { ask, file, folder } = await start(undefined);
  makePipe(path.join(folder, 'pipe'));
  for (const target of [folder, path.join(folder, 'pipe'), '/dev/zero', '/dev/null']) {
    symlinkSync(target, file);
    expect(await ask('Bearer token'), target).toBe(401);
    rmSync(file);
  }
});

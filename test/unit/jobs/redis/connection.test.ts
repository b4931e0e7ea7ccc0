import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openRedis, readDatabase, type IoredisModule } from '../../../../src/jobs/redis/connection.js';

/** The options and commands that a client of this URL is made with. */
async function open(url: string, selectDatabase = false): Promise<{ options: object; asked: string[][] }> {
  const seen = { options: {}, asked: [] as string[][] };
  class Redis {
    status = 'ready';
    constructor(options: object) {
      seen.options = options;
    }
    on(): void {}
    connect(): Promise<void> {
      return Promise.resolve();
    }
    call(...command: string[]): Promise<void> {
      seen.asked.push(command);
      return Promise.resolve();
    }
  }
  const { ready } = openRedis(url, { Redis } as unknown as IoredisModule, { selectDatabase });
  await ready();
  await ready();
  return seen;
}

test.each([
  ['redis://redis', { host: 'redis', port: 6_379 }, []],
  ['redis://[::1]:7', { host: '::1', port: 7 }, []],
  ['redis://:a%3Ab@redis', { host: 'redis' }, [['AUTH', 'a:b']]],
  [
    'redis://anne:a@redis/2',
    { host: 'redis' },
    [
      ['AUTH', 'anne', 'a'],
      ['SELECT', '2'],
    ],
  ],
  ['redis://redis/0', {}, []],
  ['redis://redis/all', {}, []],
  ['rediss://redis', { tls: { servername: 'redis' } }, []],
  ['rediss://127.0.0.1?ssl_cert_reqs=CERT_REQUIRED', { tls: {} }, []],
  ['rediss://127.0.0.1?ssl_cert_reqs=none', { tls: { rejectUnauthorized: false } }, []],
  ['rediss://redis?ssl_cert_reqs=CERT_NONE', { tls: { servername: 'redis', rejectUnauthorized: false } }, []],
])('%s', async (url, options, commands) => {
  const seen = await open(url, true);
  expect(seen.options).toMatchObject(options);
  expect(seen.asked).toEqual(commands);
  expect('tls' in seen.options).toBe(url.startsWith('rediss:'));
});

test('the database is selected only where it is asked for', async () => {
  expect((await open('redis://redis/2')).asked).toEqual([]);
  expect(readDatabase('redis://redis/2')).toBe(2);
});

test('a file of certificates is read, and has to be there', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-ca-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'ca.pem');
  await expect(open(`rediss://redis?ssl_ca_certs=${file}`)).rejects.toThrow('ENOENT');
  await expect(open('rediss://redis?ssl_ca_certs=/dev/zero')).rejects.toThrow('is not a file');
  writeFileSync(file, 'certificate');
  expect((await open(`rediss://redis?ssl_ca_certs=${file}`)).options).toMatchObject({
    tls: { ca: Buffer.from('certificate') },
  });
});

// @needs Redis
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePorts } from '../../scripts/stack/free-ports.js';
import type { Redis } from '../../scripts/stack/redis.js';
import { scrape, scrapeUntil, select, sum } from '../integration/support/metrics.js';
import { findUrls, startApp } from '../integration/support/app-process.js';
import { readOwnLines } from '../integration/support/own-lines.js';
import { createSelfSigned } from '../integration/support/self-signed.js';
import { AGE, fillList, JOBS, LENGTH, lengthOf, POLLS, serveRedis, startQueuesApp, UNACKED, UP } from './queues.js';

/** A BullMQ queue for the running test. */
function openQueue(name: string, { port }: Redis): Queue {
  const queue = new Queue(name, { connection: { port, host: '127.0.0.1' } });
  queue.on('error', () => {});
  onTestFinished(() => queue.close());
  return queue;
}

test('Redis dies: the series end, and the poll says so; it comes back, and so do they', async () => {
  const redis = await serveRedis();
  await fillList(redis, 'celery', 3);
  const { app, admin } = await startQueuesApp({
    REDIS_URL: redis.url,
    BARBOSSA_QUEUES: 'celery:celery,bullmq:imports',
  });
  await scrapeUntil(admin, (seen) => lengthOf(seen, 'celery') === 3 && sum(seen, UP) === 1);
  await redis.kill();
  const down = await scrapeUntil(admin, (seen) => sum(seen, UP) === 0);
  for (const name of [LENGTH, JOBS, AGE, UNACKED]) expect(select(down, name)).toEqual([]);
  expect(select(down, UP)).toHaveLength(1);
  expect(sum(down, POLLS, { result: 'refused' }) + sum(down, POLLS, { result: 'connection lost' })).toBeGreaterThan(0);
  await app.waitFor(/warn: queues: not read \((refused|connection lost)\), their series end/);
  await redis.start();
  await fillList(redis, 'celery', 1);
  await scrapeUntil(admin, (seen) => lengthOf(seen, 'celery') === 1 && sum(seen, UP) === 1);
  await app.waitFor(/info: queues: all are read again/);
});

test('Redis hangs: a scrape does not wait for it, and the series end at the deadline', async () => {
  const redis = await serveRedis();
  const { admin } = await startQueuesApp({
    REDIS_URL: redis.url,
    BARBOSSA_QUEUES: 'celery:celery',
    BARBOSSA_QUEUES_TIMEOUT_MS: '500',
  });
  await scrapeUntil(admin, (seen) => lengthOf(seen, 'celery') === 0);
  redis.pause();
  const hanging = await scrapeUntil(admin, (seen) => sum(seen, UP) === 0);
  expect(select(hanging, LENGTH)).toEqual([]);
  expect(sum(hanging, POLLS, { result: 'timeout' })).toBeGreaterThan(0);
  const startMs = performance.now();
  for (let round = 0; round < 20; round += 1) await scrape(admin);
  // Not one of them has waited for the deadline of a reading.
  expect(performance.now() - startMs).toBeLessThan(20 * 500);
  redis.resume();
  await scrapeUntil(admin, (seen) => lengthOf(seen, 'celery') === 0 && sum(seen, UP) === 1);
  await expect.poll(async () => (await redis.command('CLIENT', 'LIST')).trim().split('\n').length).toBe(2);
});

test('it asks for a password that is not given, or for another one', async () => {
  const redis = await serveRedis({ password: 'black pearl' });
  const settings = { BARBOSSA_QUEUES: 'celery:celery', BARBOSSA_CELERY_EVENTS: 'on' };
  for (const url of [`redis://127.0.0.1:${redis.port}`, `redis://:white-pearl@127.0.0.1:${redis.port}`]) {
    const { app, admin } = await startQueuesApp({ ...settings, REDIS_URL: url });
    const samples = await scrapeUntil(admin, (seen) => sum(seen, POLLS, { result: 'authentication' }) > 0);
    expect(select(samples, LENGTH)).toEqual([]);
    expect(select(samples, 'barbossa_celery_events_up')).toMatchObject([{ value: 0 }]);
    await app.waitFor(/queues: not read \(authentication\)/);
    await app.waitFor(/celery: its events are not heard \(authentication\)/);
    expect(app.stderr()).not.toContain('pearl');
  }
  const { admin } = await startQueuesApp({ ...settings, REDIS_URL: redis.url });
  await scrapeUntil(admin, (seen) => lengthOf(seen, 'celery') === 0 && sum(seen, 'barbossa_celery_events_up') === 1);
});

test('a user of ACL with just enough, and with less', async () => {
  const redis = await serveRedis();
  const url = `redis://look-out:crow%3Anest@127.0.0.1:${redis.port}`;
  await fillList(redis, 'celery', 2);
  const queue = openQueue('imports', redis);
  await queue.add('album', {}, { timestamp: Date.now() - 60_000 });
  const rights = ['~*', '&/0.celeryev', '&/0.celeryev/*', '+llen', '+hlen', '+zcard', '+psubscribe', '+ping'];
  await redis.command('ACL', 'SETUSER', 'look-out', 'on', '>crow:nest', ...rights);
  const { app, admin } = await startQueuesApp({
    REDIS_URL: url,
    BARBOSSA_QUEUES: 'celery:celery,bullmq:imports,bullmq:*',
    BARBOSSA_CELERY_EVENTS: 'on',
  });
  let samples = await scrapeUntil(admin, (seen) => sum(seen, 'barbossa_celery_events_up') === 1 && sum(seen, UP) === 1);
  expect(lengthOf(samples, 'celery')).toBe(2);
  expect(lengthOf(samples, 'imports')).toBe(1);
  // Without scripts nobody knows how old it is, and without SCAN nothing is found.
  expect(select(samples, AGE)).toEqual([]);
  await app.waitFor(/warn: the age of jobs is not known: .*NOPERM/);
  await app.waitFor(/warn: queues of bullmq cannot be found .*NOPERM.*: name them in BARBOSSA_QUEUES|; name them/);
  await redis.command('ACL', 'SETUSER', 'look-out', '+eval', '+lindex', '+zrange', '+zrangebyscore', '+hmget');
  samples = await scrapeUntil(admin, (seen) => sum(seen, AGE, { queue: 'imports' }) >= 60);
  await redis.command('ACL', 'SETUSER', 'look-out', 'resetkeys', '~bull:*');
  samples = await scrapeUntil(admin, (seen) => sum(seen, POLLS, { result: 'partial' }) > 0 && sum(seen, UP) === 0);
  expect(lengthOf(samples, 'celery')).toBeUndefined();
  expect(lengthOf(samples, 'imports')).toBe(1);
});

test('TLS: with its certificate, without looking at it, and refused', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const { key, cert } = createSelfSigned();
  const [keyFile, certFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  writeFileSync(keyFile, key, { mode: 0o644 });
  writeFileSync(certFile, cert, { mode: 0o644 });
  const [port = 0] = await findFreePorts(1);
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile];
  const redis = await serveRedis({ args: ['--tls-port', String(port), '--tls-auth-clients', 'no', ...files] });
  await fillList(redis, 'celery', 2);
  const settings = { BARBOSSA_QUEUES: 'celery:celery', BARBOSSA_CELERY_EVENTS: 'on' };
  const url = `rediss://127.0.0.1:${port}/0`;
  for (const query of ['ssl_cert_reqs=CERT_NONE', `ssl_cert_reqs=required&ssl_ca_certs=${certFile}`]) {
    const { admin } = await startQueuesApp({ ...settings, REDIS_URL: `${url}?${query}` });
    await scrapeUntil(admin, (seen) => lengthOf(seen, 'celery') === 2 && sum(seen, 'barbossa_celery_events_up') === 1);
  }
  const { app, admin } = await startQueuesApp({ ...settings, REDIS_URL: url });
  await scrapeUntil(admin, (seen) => sum(seen, POLLS, { result: 'certificate' }) > 0);
  await app.waitFor(/celery: its events are not heard \(certificate\)/);
  const lost = await startQueuesApp({ ...settings, REDIS_URL: `${url}?ssl_ca_certs=${folder}/none.pem` });
  await lost.app.waitFor(/queues: not read .*ENOENT/);
});

test.each(['answers', 'hangs'] as const)('a Redis that %s does not keep the process alive', async (conduct) => {
  const redis = await serveRedis();
  const settings = {
    BARBOSSA_HEALTH_CHECKS: 'none',
    BARBOSSA_QUEUES_INTERVAL_MS: '1000',
    BARBOSSA_CELERY_EVENTS: 'on',
  };
  const app = startApp('health.mjs', { env: { ...settings, REDIS_URL: redis.url } });
  const { url, admin } = await findUrls(app);
  await scrapeUntil(admin, (seen) => sum(seen, UP) === 1 && sum(seen, 'barbossa_celery_events_up') === 1);
  if (conduct === 'hangs') redis.pause();
  const startMs = performance.now();
  await fetch(`${url}/end`);
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - startMs).toBeLessThan(8_000);
});

test('a Redis Cluster is refused, in words', async () => {
  const redis = await serveRedis({ args: ['--cluster-enabled', 'yes'] });
  const { app, admin } = await startQueuesApp({ REDIS_URL: redis.url });
  const samples = await scrapeUntil(admin, (seen) => sum(seen, POLLS, { result: 'unsupported' }) > 0);
  expect(select(samples, LENGTH)).toEqual([]);
  await app.waitFor(/queues: not read \(unsupported\).*this is a Redis Cluster.*observeQueueLength/);
});

test('another database than the first', async () => {
  const redis = await serveRedis();
  const other = openQueue('elsewhere', redis);
  await other.add('album', {});
  await redis.command('MOVE', 'bull:elsewhere:meta', '3');
  const { admin } = await startQueuesApp({ REDIS_URL: `${redis.url}/3` });
  const samples = await scrapeUntil(admin, (seen) => lengthOf(seen, 'elsewhere') !== undefined);
  expect(lengthOf(samples, 'elsewhere')).toBe(0);
});

test('a worker reads nothing unless it is told to, and what cannot be is one line', async () => {
  const redis = await serveRedis();
  const worker = await startQueuesApp({ REDIS_URL: redis.url, OTEL_SERVICE_NAME: 'barbossa-worker' });
  const web = await startQueuesApp({ REDIS_URL: redis.url });
  await scrapeUntil(web.admin, (seen) => sum(seen, UP) === 1);
  expect(select(await scrape(worker.admin), UP)).toEqual([]);
  const lost = await startQueuesApp({ BARBOSSA_QUEUES: 'auto', BARBOSSA_CELERY_EVENTS: 'on' });
  const lines = readOwnLines(lost.app).filter((line) => line.includes('QUEUES'));
  expect(lines).toEqual([
    expect.stringMatching(/^warn: BARBOSSA_QUEUES and BARBOSSA_CELERY_EVENTS cannot be followed: neither REDIS_URL/),
  ]);
  expect(readOwnLines(web.app).filter((line) => line.startsWith('warn'))).toEqual([]);
});

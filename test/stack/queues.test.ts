// @needs Redis, Celery
import * as bullmq6 from 'bullmq';
import type { JobsOptions } from 'bullmq';
import * as bullmq5 from 'bullmq5';
import { expect, onTestFinished, test } from 'vitest';
import { scrapeUntil, select, sum, type Sample } from '../integration/support/metrics.js';
import {
  AGE,
  fillList,
  JOBS,
  LENGTH,
  lengthOf,
  serveCelery,
  serveRedis,
  startQueuesApp,
  UNACKED,
  UP,
} from './queues.js';

function jobsOf(samples: readonly Sample[], queue: string): Record<string, number> {
  return Object.fromEntries(select(samples, JOBS, { queue }).map(({ labels, value }) => [labels['state'], value]));
}

test("queues of Celery's: all priorities, what workers hold apart, found without being named", async () => {
  const redis = await serveRedis();
  const celery = await serveCelery(redis.url, { args: ['--concurrency', '1'] });
  await celery.runPython(`
from barbossa_tasks import *
hold.delay("open")
for priority in range(10):
    put("library.scan", 3, priority=priority)
put("library.scan", 4, queue="downloads")
`);
  const { admin } = await startQueuesApp({ REDIS_URL: redis.url });
  // One is at work, and one more may be fetched in advance.
  const held = (seen: readonly Sample[]): number => sum(seen, UNACKED);
  const samples = await scrapeUntil(
    admin,
    (seen) => (lengthOf(seen, 'celery') ?? 0) + held(seen) === 31 && held(seen) > 0,
  );
  expect(held(samples)).toBeLessThanOrEqual(2);
  expect(lengthOf(samples, 'downloads')).toBe(4);
  // LLEN of the name alone would miss most of them.
  expect(Number(await redis.command('LLEN', 'celery'))).toBeLessThan(10);
  const names = select(samples, LENGTH).map(({ labels }) => labels['queue']);
  expect(new Set(names)).toEqual(new Set(['celery', 'downloads']));
});

test('separator, steps, prefix, unacked and queues as they are set', async () => {
  const redis = await serveRedis();
  await fillList(redis, 'pre:downloads', 1);
  await fillList(redis, 'pre:downloads#5', 2);
  await fillList(redis, 'pre:downloads#9', 4);
  await fillList(redis, 'pre:downloads\x06\x163', 8);
  await redis.command('HSET', 'pre:held', 'tag', '[]');
  const { admin } = await startQueuesApp({
    BARBOSSA_QUEUES: 'celery:downloads, celery:a:b',
    BARBOSSA_QUEUES_REDIS_URL: redis.url,
    BARBOSSA_CELERY_KEY_PREFIX: 'pre:',
    BARBOSSA_CELERY_PRIORITY_SEPARATOR: String.raw`\x23`,
    BARBOSSA_CELERY_PRIORITY_STEPS: '0,5,9',
    BARBOSSA_CELERY_UNACKED_KEY: 'held',
  });
  const samples = await scrapeUntil(admin, (seen) => sum(seen, UP) === 1);
  expect(lengthOf(samples, 'downloads')).toBe(7);
  expect(lengthOf(samples, 'a:b')).toBe(0);
  expect(sum(samples, UNACKED)).toBe(1);
});

test.each([
  ['BullMQ 6', bullmq6],
  ['BullMQ 5', bullmq5 as unknown as typeof bullmq6],
])('a queue of %s: states apart, age of the oldest, found without being named', async (_name, bullmq) => {
  const redis = await serveRedis();
  const connection = { port: redis.port, host: '127.0.0.1' };
  const imports = new bullmq.Queue('imports', { connection });
  onTestFinished(() => imports.close());
  const hour = 3_600_000;
  const add = (options: JobsOptions): Promise<unknown> => imports.add('album', {}, options);
  await add({ delay: 3 * hour, timestamp: Date.now() - 2 * hour });
  const { admin } = await startQueuesApp({ REDIS_URL: redis.url });
  let samples = await scrapeUntil(admin, (seen) => jobsOf(seen, 'imports')['delayed'] === 1);
  expect(jobsOf(samples, 'imports')).toEqual({ waiting: 0, prioritized: 0, delayed: 1, active: 0, failed: 0 });
  expect(lengthOf(samples, 'imports')).toBe(0);
  expect(select(samples, AGE, { queue: 'imports' })).toMatchObject([{ value: 0 }]);
  await add({ timestamp: Date.now() - 100_000 });
  await add({});
  // It goes before the others.
  await add({ lifo: true });
  await add({ priority: 5 });
  await add({ priority: 9, timestamp: Date.now() - 300_000 });
  await add({ priority: 9 });
  samples = await scrapeUntil(admin, (seen) => lengthOf(seen, 'imports') === 6);
  expect(jobsOf(samples, 'imports')).toEqual({ waiting: 3, prioritized: 3, delayed: 1, active: 0, failed: 0 });
  expect(sum(samples, AGE, { queue: 'imports' })).toBeGreaterThanOrEqual(300);
  expect(sum(samples, AGE, { queue: 'imports' })).toBeLessThan(400);
  await imports.pause();
  await add({});
  samples = await scrapeUntil(admin, (seen) => lengthOf(seen, 'imports') === 7);
  expect(jobsOf(samples, 'imports')).toMatchObject({ waiting: 4, prioritized: 3 });
  expect(sum(samples, AGE, { queue: 'imports' })).toBeGreaterThanOrEqual(300);
  await imports.resume();
  const worker = new bullmq.Worker('imports', work, { connection });
  onTestFinished(() => worker.close(true));
  samples = await scrapeUntil(admin, (seen) => jobsOf(seen, 'imports')['failed'] === 6);
  expect(jobsOf(samples, 'imports')).toEqual({ waiting: 0, prioritized: 0, delayed: 1, active: 1, failed: 6 });
  expect(sum(samples, AGE, { queue: 'imports' })).toBe(0);
});

let done = 0;

/** Fails, but the last of seven jobs, which never ends. */
function work(): Promise<void> {
  done += 1;
  return done % 7 === 0 ? new Promise(() => {}) : Promise.reject(new Error('no disc'));
}

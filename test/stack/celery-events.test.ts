// @needs Redis, Celery
import { expect, test } from 'vitest';
import { scrapeUntil, select, sum, type Sample } from '../integration/support/metrics.js';
import { serveCelery, serveRedis, startQueuesApp } from './queues.js';

const TASKS = 'barbossa_tasks_total';
const FAILURES = 'barbossa_task_failures_total';

/** An application that counts the tasks of Celery, and hears its events. */
async function listen(redisUrl: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { admin } = await startQueuesApp({ REDIS_URL: redisUrl, BARBOSSA_CELERY_EVENTS: 'on', ...env });
  await scrapeUntil(admin, isUp);
  return admin;
}

function isUp(samples: readonly Sample[]): boolean {
  return sum(samples, 'barbossa_celery_events_up') === 1;
}

// Python takes its time for them on a machine at work.
test('10,000 tasks, of which a tenth fails, are counted exactly', { timeout: 240_000 }, async () => {
  const redis = await serveRedis();
  const admin = await listen(redis.url);
  const celery = await serveCelery(redis.url, { args: ['--prefetch-multiplier', '50'] });
  await celery.runPython('from barbossa_tasks import put; put("library.scan", 10000)');
  const samples = await scrapeUntil(admin, (seen) => sum(seen, TASKS, { task: 'library.scan' }) >= 10_000, 200_000);
  expect(sum(samples, TASKS, { task: 'library.scan', state: 'success' })).toBe(9_000);
  expect(sum(samples, TASKS, { task: 'library.scan', state: 'failure' })).toBe(1_000);
  expect(sum(samples, FAILURES, { task: 'library.scan', exception: 'RatsAboard' })).toBe(1_000);
  expect(sum(samples, FAILURES)).toBe(1_000);
  const count = 'barbossa_task_duration_seconds_count';
  expect(sum(samples, count, { task: 'library.scan', state: 'success' })).toBe(9_000);
  expect(sum(samples, count, { task: 'library.scan', state: 'failure' })).toBe(1_000);
  expect(select(samples, TASKS, { task: 'unknown' })).toEqual([]);
  expect(sum(samples, 'barbossa_celery_workers')).toBe(1);
  const events = 'barbossa_celery_events_total';
  expect(sum(samples, events, { type: 'task-received' })).toBe(10_000);
  expect(select(samples, events, { type: 'unreadable' })).toEqual([]);
});

test('tries again, tasks whose process is killed, and how long one took', async () => {
  const redis = await serveRedis();
  const admin = await listen(redis.url);
  const celery = await serveCelery(redis.url);
  await celery.runPython('from barbossa_tasks import *; retry.delay(); crash.delay(); sleep.delay(1.2)');
  const samples = await scrapeUntil(
    admin,
    (seen) => ['retry', 'crash', 'sleep'].every((name) => hasEnded(seen, `library.${name}`)),
    30_000,
  );
  expect(sum(samples, TASKS, { task: 'library.retry', state: 'retry' })).toBe(2);
  expect(sum(samples, TASKS, { task: 'library.retry', state: 'failure' })).toBe(1);
  expect(sum(samples, FAILURES, { task: 'library.retry', exception: 'ValueError' })).toBe(1);
  expect(sum(samples, FAILURES, { task: 'library.crash', exception: 'WorkerLostError' })).toBe(1);
  const seconds = sum(samples, 'barbossa_task_duration_seconds_sum', { task: 'library.sleep', state: 'success' });
  expect(seconds).toBeGreaterThan(1.1);
  expect(select(samples, TASKS, { task: 'unknown' })).toEqual([]);
});

function hasEnded(samples: readonly Sample[], task: string): boolean {
  return ['success', 'failure'].some((state) => sum(samples, TASKS, { task, state }) === 1);
}

test('Redis dies, and comes back: the listener is not up, and then hears again', async () => {
  const redis = await serveRedis();
  const admin = await listen(redis.url);
  const celery = await serveCelery(redis.url);
  const put = (count: number): Promise<string> =>
    celery.runPython(`from barbossa_tasks import put; put("library.scan", ${count})`);
  await put(20);
  await scrapeUntil(admin, (seen) => sum(seen, TASKS) === 20);
  await redis.kill();
  const down = await scrapeUntil(admin, (seen) => sum(seen, 'barbossa_celery_events_up') === 0);
  expect(select(down, 'barbossa_celery_events_up')).toHaveLength(1);
  expect(select(down, 'barbossa_celery_workers')).toEqual([]);
  await redis.start();
  await scrapeUntil(admin, (seen) => isUp(seen) && sum(seen, 'barbossa_celery_workers') === 1, 60_000);
  await put(30);
  const samples = await scrapeUntil(admin, (seen) => sum(seen, TASKS) >= 50, 60_000);
  expect(sum(samples, TASKS)).toBe(50);
  expect(select(samples, TASKS, { task: 'unknown' })).toEqual([]);
});

test('Redis hangs: the listener says that it is not up, and when it goes on nothing was lost', async () => {
  const redis = await serveRedis();
  const admin = await listen(redis.url);
  const celery = await serveCelery(redis.url);
  await celery.runPython('from barbossa_tasks import *; sleep.delay(1)');
  await scrapeUntil(admin, (seen) => sum(seen, 'barbossa_celery_events_total', { type: 'task-started' }) === 1);
  redis.pause();
  await scrapeUntil(admin, (seen) => sum(seen, 'barbossa_celery_events_up') === 0, 20_000);
  redis.resume();
  const samples = await scrapeUntil(admin, (seen) => isUp(seen) && sum(seen, TASKS) === 1, 60_000);
  expect(sum(samples, TASKS, { task: 'library.sleep', state: 'success' })).toBe(1);
});

test('events of tasks that began before anybody listened', async () => {
  const redis = await serveRedis();
  const celery = await serveCelery(redis.url);
  await celery.runPython('from barbossa_tasks import *; sleep.delay(4)');
  const admin = await listen(redis.url);
  const samples = await scrapeUntil(admin, (seen) => sum(seen, TASKS) === 1, 30_000);
  expect(sum(samples, TASKS, { task: 'unknown', state: 'success' })).toBe(1);
  expect(sum(samples, 'barbossa_task_duration_seconds_sum', { task: 'unknown' })).toBeGreaterThan(3);
});

// @needs Redis, Celery
import * as ioredis from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import type { Redis } from '../../scripts/stack/redis.js';
import { observeCeleryEvents, type EventsObservation } from '../../src/jobs/celery/observe.js';
import { createInstruments } from '../../src/metrics/instruments.js';
import { openRedis, type IoredisModule } from '../../src/jobs/redis/connection.js';
import { captureStderr, pointsOf, startTestMeter } from '../unit/metrics/test-meter.js';
import { countResources } from './health-checks.js';
import { serveCelery, serveRedis } from './queues.js';

const FORGET_MS = 8_000;

function listenTo(redis: Redis): EventsObservation {
  const observation = observeCeleryEvents(createInstruments(), {
    open: () => openRedis(redis.url, ioredis as unknown as IoredisModule),
    patterns: ['/0.celeryev', '/0.celeryev/*'],
    limits: { forgetMs: FORGET_MS },
    times: { pingMs: 200, firstRetryMs: 20, lastRetryMs: 200 },
  });
  onTestFinished(() => observation.stop());
  return observation;
}

async function becomesUp({ listener }: EventsObservation): Promise<void> {
  await expect.poll(() => listener.isUp, { timeout: 10_000 }).toBe(true);
}

test('a worker is killed in the middle of a task: the task is forgotten, and counted when another one does it', async () => {
  const read = startTestMeter();
  const redis = await serveRedis();
  const observation = listenTo(redis);
  await becomesUp(observation);
  const env = { VISIBILITY_TIMEOUT_S: '6' };
  const first = await serveCelery(redis.url, { env, args: ['--hostname', 'first@%h'] });
  await first.runPython('from barbossa_tasks import *; sleep.delay(3)');
  await expect.poll(() => observation.tracker.taskCount, { timeout: 20_000 }).toBe(1);
  await first.kill();
  await expect.poll(() => observation.tracker.taskCount, { timeout: FORGET_MS + 10_000 }).toBe(0);
  expect(observation.tracker.countWorkers(performance.now())).toBe(0);
  expect(pointsOf(await read(), 'barbossa_tasks_total')).toEqual([]);
  // What it had is in "unacked" until the visibility timeout; a worker that starts after that puts it back.
  await serveCelery(redis.url, { env, args: ['--hostname', 'second@%h'] });
  await expect
    .poll(async () => pointsOf(await read(), 'barbossa_tasks_total'), { timeout: 90_000, interval: 200 })
    .toEqual([{ labels: { task: 'library.sleep', state: 'success' }, value: 1 }]);
  expect(observation.tracker.taskCount).toBe(0);
});

test('a worker that is told to end tells of what it still does', async () => {
  const read = startTestMeter();
  const redis = await serveRedis();
  const observation = listenTo(redis);
  await becomesUp(observation);
  const celery = await serveCelery(redis.url);
  await celery.runPython('from barbossa_tasks import *; sleep.delay(3)');
  await expect.poll(() => observation.tracker.taskCount, { timeout: 20_000 }).toBe(1);
  await celery.terminate();
  await expect
    .poll(async () => pointsOf(await read(), 'barbossa_tasks_total'), { timeout: 10_000 })
    .toEqual([{ labels: { task: 'library.sleep', state: 'success' }, value: 1 }]);
  expect(observation.tracker.countWorkers(performance.now())).toBe(0);
});

test('whatever is sent on the channel is counted and ends nothing', async () => {
  const read = startTestMeter();
  const redis = await serveRedis();
  const observation = listenTo(redis);
  await becomesUp(observation);
  const body = (event: unknown): string =>
    JSON.stringify({
      body: Buffer.from(JSON.stringify(event)).toString('base64'),
      'content-type': 'application/json',
      properties: { body_encoding: 'base64' },
    });
  const messages = ['', 'null', '[1,2', '{}', '\u0000\ufffd', body(null), body([null, 1, 'a', {}]), body({ type: {} })];
  for (const message of messages) await redis.command('PUBLISH', '/0.celeryev/task.multi', message);
  await redis.command('PUBLISH', '/0.celeryev', body({ type: 'task-failed', hostname: 'a', uuid: 'b', exception: 7 }));
  await redis.command('PUBLISH', '/1.celeryev/task.multi', body({ type: 'task-failed', hostname: 'a', uuid: 'c' }));
  await expect
    .poll(async () => pointsOf(await read(), 'barbossa_task_failures_total'), { timeout: 10_000 })
    .toEqual([{ labels: { task: 'unknown', exception: 'unknown' }, value: 1 }]);
  expect(pointsOf(await read(), 'barbossa_celery_events_total')).toEqual(
    expect.arrayContaining([{ labels: { type: 'unreadable' }, value: 5 }]),
  );
  expect(observation.listener.isUp).toBe(true);
});

test('connections that are lost leave no socket and no timer behind', async () => {
  const redis = await serveRedis();
  startTestMeter();
  captureStderr();
  const before = countResources();
  const observation = listenTo(redis);
  await becomesUp(observation);
  for (let round = 0; round < 100; round += 1) {
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => redis.command('PUBSUB', 'NUMPAT'), { timeout: 10_000, interval: 10 }).toBe('2');
  }
  await redis.kill();
  await expect.poll(() => observation.listener.isUp).toBe(false);
  await redis.start();
  await becomesUp(observation);
  observation.stop();
  await expect.poll(countResources, { timeout: 10_000 }).toBeLessThanOrEqual(before);
  await expect.poll(() => redis.command('PUBSUB', 'NUMPAT')).toBe('0');
});

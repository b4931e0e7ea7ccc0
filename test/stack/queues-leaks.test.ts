// @needs Redis
import * as ioredis from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { keepConnection } from '../../src/diagnostics/kept-connection.js';
import { QueuePoller, type PollResult } from '../../src/jobs/queues/poller.js';
import { QueueReader } from '../../src/jobs/queues/reading.js';
import { openRedis, type IoredisModule } from '../../src/jobs/redis/connection.js';
import { categoriseRedisError } from '../../src/jobs/redis/errors.js';
import { captureStderr } from '../unit/metrics/test-meter.js';
import { countResources } from './health-checks.js';
import { serveRedis } from './queues.js';

const KEYS = {
  celery: { prefix: '', separator: '\u0006\u0016', prioritySteps: [0, 3, 6, 9], unackedKey: 'unacked' },
  bullmqPrefix: 'bull',
};

/** A poller that reads only when it is told to, and what has come of it. */
function makePoller(url: string, timeoutMs = 2_000): { readonly poller: QueuePoller; readonly results: PollResult[] } {
  captureStderr();
  const results: PollResult[] = [];
  const load = ioredis as unknown as IoredisModule;
  const connection = keepConnection(() => openRedis(url, load, { selectDatabase: true }), categoriseRedisError);
  const selected = [
    { kind: 'celery', name: '*' },
    { kind: 'celery', name: 'celery' },
    { kind: 'bullmq', name: 'imports' },
  ] as const;
  const onPoll = (result: PollResult): void => void results.push(result);
  const poller = new QueuePoller(new QueueReader(selected, KEYS), connection, {
    intervalMs: 3_600_000,
    timeoutMs,
    onPoll,
  });
  onTestFinished(() => poller.stop());
  return { poller, results };
}

async function pollTimes(poller: QueuePoller, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) await poller.poll();
}

test('1,000 readings that fail leave no socket, no timer and no connection behind', async () => {
  const redis = await serveRedis({ password: 'black pearl' });
  const before = countResources();
  const refused = makePoller('redis://127.0.0.1:1');
  await pollTimes(refused.poller, 500);
  expect(new Set(refused.results)).toEqual(new Set(['refused']));
  const wrong = makePoller(`redis://:wrong@127.0.0.1:${redis.port}`);
  await pollTimes(wrong.poller, 500);
  expect(new Set(wrong.results)).toEqual(new Set(['authentication']));
  await expect.poll(countResources).toBeLessThanOrEqual(before);
  await expect.poll(async () => (await redis.command('CLIENT', 'LIST')).trim().split('\n').length).toBe(1);
});

test('1,000 readings that work are done over one connection', async () => {
  const redis = await serveRedis();
  const before = countResources();
  const { poller, results } = makePoller(redis.url);
  await pollTimes(poller, 1_000);
  expect(new Set(results)).toEqual(new Set(['success']));
  expect(countResources()).toBeLessThanOrEqual(before + 1);
  const stats = await redis.command('INFO', 'stats');
  // Those of the test's own commands, and one.
  expect(Number(/^total_connections_received:(\d+)/m.exec(stats)?.[1])).toBeLessThan(20);
  poller.stop();
  await expect.poll(countResources).toBeLessThanOrEqual(before);
});

test('hanging, lost and refused by turns: one connection at most, and none when it is over', async () => {
  const redis = await serveRedis();
  const before = countResources();
  const { poller, results } = makePoller(redis.url, 50);
  await expect.poll(async () => (await poller.poll(), results.at(-1))).toBe('success');
  redis.pause();
  await pollTimes(poller, 20);
  expect(results.at(-1)).toBe('timeout');
  expect(countResources()).toBeLessThanOrEqual(before + 1);
  redis.resume();
  await expect.poll(async () => (await poller.poll(), results.at(-1)), { timeout: 10_000 }).toBe('success');
  // A connection that was cut while nobody used it is made anew, and nobody notices.
  await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await poller.poll();
  expect(results.at(-1)).toBe('success');
  await redis.kill();
  await pollTimes(poller, 20);
  expect(['refused', 'connection lost']).toContain(results.at(-1));
  poller.stop();
  await expect.poll(countResources).toBeLessThanOrEqual(before);
});

import { expect, onTestFinished, test, vi } from 'vitest';
import type { KeptConnection } from '../../../../src/diagnostics/kept-connection.js';
import { KnownFailure } from '../../../../src/diagnostics/failure.js';
import { createInstruments } from '../../../../src/metrics/instruments.js';
import { observeQueues } from '../../../../src/jobs/queues/observe.js';
import { QueuePoller, type PollResult } from '../../../../src/jobs/queues/poller.js';
import { QueueReader, type QueueSnapshot } from '../../../../src/jobs/queues/reading.js';
import type { IoredisClient } from '../../../../src/jobs/redis/connection.js';
import { captureStderr, pointsOf, startTestMeter } from '../../metrics/test-meter.js';

const INTERVAL_MS = 10_000;
const KEYS = {
  celery: { prefix: '', separator: ':', prioritySteps: [0], unackedKey: 'unacked' },
  bullmqPrefix: 'bull',
};
const SNAPSHOT: QueueSnapshot = {
  celery: new Map([
    ['a', 3],
    ['both', 1],
  ]),
  bullmq: new Map([
    [
      'both',
      {
        jobs: { waiting: 1, prioritized: 2, delayed: 4, active: 8, failed: 16 },
        readySinceMs: undefined,
        problem: undefined,
      },
    ],
  ]),
  unackedTasks: 2,
  problems: [],
};

/** A poller whose readings are what `read` gives; it is stopped when the test is over. */
function makePoller(read: () => Promise<QueueSnapshot>, timeoutMs = 1_000) {
  const results: PollResult[] = [];
  const close = vi.fn<() => void>();
  const use = async <T>(_work: unknown, signal: AbortSignal): Promise<T> => {
    const cut = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new KnownFailure('connection lost', 'cut')));
    });
    return (await Promise.race([read(), cut])) as T;
  };
  const connection: KeptConnection<IoredisClient> = { use, close };
  const poller = new QueuePoller(new QueueReader([], KEYS), connection, {
    intervalMs: INTERVAL_MS,
    timeoutMs,
    onPoll: (result) => void results.push(result),
  });
  onTestFinished(() => poller.stop());
  return { poller, results, close };
}

test('what was read is served, and nothing once a reading has failed', async () => {
  const lines = captureStderr();
  const scrape = startTestMeter();
  let answer: () => Promise<QueueSnapshot> = () => Promise.resolve(SNAPSHOT);
  const { poller, results } = makePoller(() => answer());
  const stop = observeQueues(createInstruments(), poller);
  expect(pointsOf(await scrape(), 'barbossa_queue_poll_up')).toEqual([]);
  await poller.poll();
  let read = await scrape();
  // One of each kind has this name.
  expect(pointsOf(read, 'barbossa_celery_queue_length')).toEqual([
    { labels: { queue: 'a' }, value: 3 },
    { labels: { queue: 'both' }, value: 4 },
  ]);
  expect(pointsOf(read, 'barbossa_queue_jobs')).toHaveLength(5);
  expect(pointsOf(read, 'barbossa_celery_unacked_tasks')).toEqual([{ labels: {}, value: 2 }]);
  // Jobs wait, and nobody knows since when.
  expect(pointsOf(read, 'barbossa_queue_oldest_job_age_seconds')).toEqual([]);
  expect(pointsOf(read, 'barbossa_queue_poll_up')).toEqual([{ labels: {}, value: 1 }]);

  answer = () => Promise.reject(new KnownFailure('refused', 'connect ECONNREFUSED'));
  await poller.poll();
  await poller.poll();
  read = await scrape();
  expect(Array.from(read.keys()).filter((name) => name.startsWith('barbossa_'))).toEqual(['barbossa_queue_poll_up']);
  expect(pointsOf(read, 'barbossa_queue_poll_up')).toEqual([{ labels: {}, value: 0 }]);

  answer = () => Promise.resolve({ ...SNAPSHOT, problems: [new Error('WRONGTYPE')] });
  await poller.poll();
  expect(pointsOf(await scrape(), 'barbossa_queue_poll_up')).toEqual([{ labels: {}, value: 0 }]);
  answer = () => Promise.resolve(SNAPSHOT);
  await poller.poll();
  expect(results).toEqual(['success', 'refused', 'refused', 'partial', 'success']);
  expect(lines).toEqual([
    expect.stringContaining('warn: queues: not read (refused), their series end until they are: connect ECONNREFUSED'),
    expect.stringContaining('warn: queues: some cannot be read, and have no series: WRONGTYPE'),
    expect.stringContaining('info: queues: all are read again'),
  ]);
  stop();
  expect(pointsOf(await scrape(), 'barbossa_queue_poll_up')).toEqual([]);
});

test('the deadline ends the work, whatever becomes of it', async () => {
  captureStderr();
  const { poller, results } = makePoller(() => new Promise(() => {}), 20);
  await poller.poll();
  expect(results).toEqual(['timeout']);
  expect(poller.snapshot).toBeUndefined();
});

test('a process that slept shows nothing until it has read again', async () => {
  const { poller } = makePoller(() => Promise.resolve(SNAPSHOT));
  await poller.poll();
  expect(poller.snapshot).toBe(SNAPSHOT);
  const now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 3 * INTERVAL_MS);
  onTestFinished(() => clock.mockRestore());
  expect(poller.snapshot).toBeUndefined();
});

test('it reads by itself, about so often, until it is stopped', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { poller, results, close } = makePoller(() => Promise.resolve(SNAPSHOT));
  poller.start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(results).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10 * INTERVAL_MS);
  expect(results.length).toBeGreaterThanOrEqual(9);
  expect(results.length).toBeLessThanOrEqual(12);
  poller.stop();
  const { length } = results;
  await vi.advanceTimersByTimeAsync(10 * INTERVAL_MS);
  expect(results).toHaveLength(length);
  expect(vi.getTimerCount()).toBe(0);
  expect(close).toHaveBeenCalledOnce();
  expect(poller.snapshot).toBeUndefined();
});

test('stopped in the middle of a reading: nothing is said of it', async () => {
  const lines = captureStderr();
  const { poller, results } = makePoller(() => new Promise(() => {}));
  const polled = poller.poll();
  poller.stop();
  await polled;
  expect([lines, results]).toEqual([[], []]);
});

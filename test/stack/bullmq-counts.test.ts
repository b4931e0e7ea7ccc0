// @needs Redis
import { describe, expect, test } from 'vitest';
import { scrape, scrapeUntil, select, sum, type Sample } from '../integration/support/metrics.js';
import { serveRedis, startQueueApp, VERSIONS, waitForLines, type QueueApp } from './queue-apps.js';

const TASKS = 'barbossa_tasks_total';
const FAILURES = 'barbossa_task_failures_total';
const DURATION = 'barbossa_task_duration_seconds';

/** What a family has for a task, as `{ label: value }`. */
function countsOf(samples: readonly Sample[], name: string, task: string, label: string): Record<string, number> {
  return Object.fromEntries(select(samples, name, { task }).map(({ labels, value }) => [labels[label] ?? '', value]));
}

interface Ends {
  readonly states: Readonly<Record<string, number>>;
  readonly exceptions?: Readonly<Record<string, number>>;
}

async function expectEnds(worker: QueueApp, task: string, { states, exceptions = {} }: Ends): Promise<Sample[]> {
  const wanted = Object.values(states).reduce((total, count) => total + count, 0);
  const samples = await scrapeUntil(worker.admin, (now) => sum(now, TASKS, { task }) >= wanted, 60_000);
  expect(countsOf(samples, TASKS, task, 'state'), task).toEqual(states);
  expect(countsOf(samples, `${DURATION}_count`, task, 'state'), task).toEqual(states);
  expect(countsOf(samples, FAILURES, task, 'exception'), task).toEqual(exceptions);
  return samples;
}

describe.each(VERSIONS)('%s', (_name, findScript) => {
  test('10,000 jobs with 10 % failures, by two workers at once, are counted exactly', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const web = await startQueueApp({ redis, role: 'web', script });
    const start = (): Promise<QueueApp> =>
      startQueueApp({ redis, role: 'worker', script, options: { concurrency: 20 } });
    await web.put({ how: 'many', name: 'song', count: 10_000, failEvery: 10 });
    const workers = await Promise.all([start(), start()]);
    const scrapes = async (): Promise<Sample[]> =>
      (await Promise.all(workers.map(({ admin }) => scrape(admin)))).flat();
    await expect.poll(async () => sum(await scrapes(), TASKS), { timeout: 90_000, interval: 500 }).toBe(10_000);
    expect(await web.put({ how: 'counts' })).toMatchObject({ result: { completed: 9_000, failed: 1_000, waiting: 0 } });
    const samples = await scrapes();
    expect(sum(samples, TASKS, { task: 'song', state: 'success' })).toBe(9_000);
    expect(sum(samples, TASKS, { task: 'song', state: 'failure' })).toBe(1_000);
    expect(sum(samples, `${DURATION}_count`)).toBe(10_000);
    expect(sum(samples, FAILURES, { task: 'song', exception: 'PlankError' })).toBe(1_000);
    expect(sum(samples, FAILURES)).toBe(1_000);
  });

  test('each attempt is counted with what became of it; what only waits is not', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const [web, worker] = await Promise.all([
      startQueueApp({ redis, role: 'web', script }),
      startQueueApp({ redis, role: 'worker', script }),
    ]);
    const success = { states: { success: 1 } };
    const rows: readonly [doing: string, opts: object, ends: Ends][] = [
      ['succeed', {}, success],
      ['fail', {}, { states: { failure: 1 }, exceptions: { PlankError: 1 } }],
      ['fail', { attempts: 3, backoff: 10 }, { states: { retry: 2, failure: 1 }, exceptions: { PlankError: 1 } }],
      ['fail once', { attempts: 3 }, { states: { retry: 1, success: 1 } }],
      ['give up', { attempts: 5 }, { states: { failure: 1 }, exceptions: { UnrecoverableError: 1 } }],
      ['throw text', {}, { states: { failure: 1 }, exceptions: { Object: 1 } }],
      ['return a circle', {}, { states: { failure: 1 }, exceptions: { TypeError: 1 } }],
      ['delay', {}, success],
      ['limit', {}, success],
      ['wait for a child', {}, success],
      ['progress', {}, success],
    ];
    for (const [at, [doing, opts, ends]] of rows.entries()) {
      const name = `${doing} ${at}`;
      await web.put({ how: 'add', name, data: { do: doing }, opts });
      await expectEnds(worker, name, ends);
    }
    await web.put({ how: 'add', name: '__default__', data: {} });
    await expectEnds(worker, 'songs', success);
    await expectEnds(worker, 'child', success);
    const [line] = await waitForLines(worker, /^progress of progress/);
    expect(line).toMatchObject({ progress: 50 });
  });

  test('sandboxed processors, in processes and in threads: by success, by throw and by the kill of the sandbox', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const [web, worker] = await Promise.all([
      startQueueApp({ redis, role: 'web', script }),
      startQueueApp({ redis, role: 'worker', script }),
    ]);
    // A thread has no preload: what it throws is an Error there.
    for (const [queue, exception] of [
      ['boxed', 'PlankError'],
      ['threads', 'Error'],
    ] as const) {
      await web.put({ how: 'add', queue, name: `${queue} 1`, data: {} }, `${queue}-1`);
      await expectEnds(worker, `${queue} 1`, { states: { success: 1 } });
      await web.put({ how: 'add', queue, name: `${queue} 2`, data: { do: 'fail' }, opts: { attempts: 2 } });
      const failure = { states: { retry: 1, failure: 1 }, exceptions: { [exception]: 1 } };
      await expectEnds(worker, `${queue} 2`, failure);
      await web.put({ how: 'add', queue, name: `${queue} 3`, data: { do: 'be killed' } });
      await expectEnds(worker, `${queue} 3`, { states: { failure: 1 }, exceptions: { Error: 1 } });
      await web.put({ how: 'add', queue, name: `${queue} 4`, data: {} });
      await expectEnds(worker, `${queue} 4`, { states: { success: 1 } });
      const failed = await waitForLines(worker, `failed at ${queue} 2`, 2);
      // BullMQ assigns the child's message; nothing of ours is left on it.
      for (const line of failed) expect(line).toMatchObject({ reason: 'off the plank', extra: ['message'] });
      const [seen] = await waitForLines(worker, `does ${queue} 1`);
      expect(seen).toMatchObject({ opts: { attempts: 0 }, extra: [] });
    }
    expect(worker.app.stderr()).not.toMatch(/port is taken/);
    expect(worker.app.stderr().match(/started for/g)).toHaveLength(1);
  });

  test('jobs that the application fetches by itself are counted', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const [web, manual] = await Promise.all([
      startQueueApp({ redis, role: 'web', script }),
      startQueueApp({ redis, role: 'manual', script }),
    ]);
    await web.put({
      how: 'bulk',
      jobs: [
        { name: 'song', data: {} },
        { name: 'song', data: { do: 'fail' } },
      ],
    });
    await expectEnds(manual, 'song', { states: { success: 1, failure: 1 }, exceptions: { PlankError: 1 } });
  });

  test('a worker is killed in the middle of a job: another one takes it over, and it counts once', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const stalling = { lockDuration: 1_000, stalledInterval: 300, concurrency: 1 };
    const start = (options: object): Promise<QueueApp> => startQueueApp({ redis, role: 'worker', script, options });
    const web = await startQueueApp({ redis, role: 'web', script });
    const first = await start(stalling);
    await web.put({ how: 'add', name: 'song', data: { do: 'hang' } }, 'request-1');
    await waitForLines(first, 'does song');
    first.app.child.kill('SIGKILL');
    const second = await start(stalling);
    const [again] = await waitForLines(second, 'does song');
    expect(again?.request_id).toBe('request-1');
    second.app.child.kill('SIGKILL');
    // It has stalled as often as a job may.
    const third = await start(stalling);
    const ends = { states: { failure: 1 }, exceptions: { UnrecoverableError: 1 } };
    await expectEnds(third, 'song', ends);
    const [failed] = await waitForLines(third, 'failed at song');
    expect(failed).toMatchObject({ reason: 'job stalled more than allowable limit', request_id: 'request-1' });
  });

  test('a worker that was frozen and lost its job does not count it a second time', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const stalling = { lockDuration: 1_000, stalledInterval: 300, concurrency: 1 };
    const start = (): Promise<QueueApp> => startQueueApp({ redis, role: 'worker', script, options: stalling });
    const web = await startQueueApp({ redis, role: 'web', script });
    const first = await start();
    await web.put({ how: 'add', name: 'song', data: { do: 'take its time' } });
    await waitForLines(first, 'does song');
    first.app.child.kill('SIGSTOP');
    const second = await start();
    await expectEnds(second, 'song', { states: { success: 1 } });
    first.app.child.kill('SIGCONT');
    // It says that it has lost the lock.
    await waitForLines(first, /^worker: .*(lock|state|active)/i);
    expect(sum(await scrape(first.admin), TASKS)).toBe(0);
  });
});

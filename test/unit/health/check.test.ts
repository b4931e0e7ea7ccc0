import { AsyncLocalStorage } from 'node:async_hooks';
import { createContextKey, context, ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import type { CheckDefinition } from '../../../src/health/check.js';
import { isInternalTraffic } from '../../../src/context/internal-traffic.js';
import { makeCheck, makePromise } from './test-checks.js';

test('a report says what was found, how long it took and when', async () => {
  const before = Date.now();
  const { check, reported } = makeCheck(() => ({ status: 'warning', free_percent: 7.5, note: 'not shown' }));
  const report = await check.read();
  expect(report).toMatchObject({ status: 'warning', figures: { free_percent: 7.5 } });
  expect(report).not.toHaveProperty('error');
  expect(report.durationMs).toBeGreaterThanOrEqual(0);
  expect(report.checkedAt.getTime()).toBeGreaterThanOrEqual(before);
  expect(check.last).toBe(report);
  expect(reported).toEqual([{ report, detail: undefined }]);
});

test('however many ask at the same time, it runs once, and a failed run ends the flight too', async () => {
  let runs = 0;
  const { promise, resolve } = makePromise<boolean>();
  const { check } = makeCheck(() => {
    runs += 1;
    return runs === 1 ? promise : Promise.reject(new Error('down'));
  });
  const readers = Array.from({ length: 100 }, () => check.read());
  resolve(true);
  const reports = await Promise.all(readers);
  expect(runs).toBe(1);
  expect(new Set(reports).size).toBe(1);
  expect(await check.read()).toMatchObject({ status: 'degraded', error: 'failed' });
  expect(await check.read()).toMatchObject({ status: 'degraded' });
  expect(runs).toBe(3);
});

test('a result is served again for as long as the cache lets it, also a failure', async () => {
  let runs = 0;
  const { check } = makeCheck(
    () => {
      runs += 1;
      throw new Error('down');
    },
    { cacheMs: 600_000 },
  );
  const first = await check.read();
  expect(await check.read()).toBe(first);
  expect(runs).toBe(1);
});

test('the deadline is told to the work, which ends', async () => {
  let reason: unknown;
  let ended = 0;
  const { check } = makeCheck(
    (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          ended += 1;
          reject(new Error('ended'));
        });
      }),
    { timeoutMs: 20, failure: 'unhealthy' },
  );
  const report = await check.read();
  expect(report).toMatchObject({ status: 'unhealthy', error: 'timeout' });
  expect(report.durationMs).toBeGreaterThanOrEqual(15);
  expect(String(reason)).toContain('no answer within 20 ms');
  // It has ended, so that it may run again.
  expect(await check.read()).toMatchObject({ error: 'timeout' });
  expect(ended).toBe(2);
});

test('work that does not end at the deadline is not joined by more of it, and is asked again when it has', async () => {
  let runs = 0;
  const { promise, resolve } = makePromise<void>();
  const { check } = makeCheck(
    () => {
      runs += 1;
      return runs === 1 ? promise : undefined;
    },
    { timeoutMs: 20 },
  );
  for (let round = 0; round < 3; round += 1) expect(await check.read()).toMatchObject({ error: 'timeout' });
  expect(runs).toBe(1);
  resolve();
  await promise;
  await expect.poll(async () => (await check.read()).status).toBe('healthy');
  expect(runs).toBe(2);
});

const never = new Promise<never>(() => {});
const nonsense = { status: 'degraded', error: 'invalid answer' };

const MISBEHAVIOUR: readonly (readonly [string, CheckDefinition['run'], object])[] = [
  [
    'throws',
    () => {
      throw new Error('postgres://user:secret@db');
    },
    { status: 'degraded', error: 'failed' },
  ],
  ['throws nothing at all', () => Promise.reject(), { status: 'degraded', error: 'failed' }],
  [
    'throws what cannot be described',
    () =>
      Promise.reject({
        get code(): unknown {
          throw new Error('no');
        },
      }),
    { error: 'failed' },
  ],
  ['never settles', () => never, { status: 'degraded', error: 'timeout' }],
  // oxlint-disable-next-line unicorn/no-thenable -- such a promise is what is tried
  ['gives a thenable that never calls back', () => ({ then: () => {} }), { error: 'timeout' }],
  [
    'gives a thenable that throws',
    () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- the same
      get then(): unknown {
        throw new Error('no');
      },
    }),
    { error: 'failed' },
  ],
  [
    'blocks the process before its promise',
    () => {
      block(60);
      return Promise.resolve();
    },
    { status: 'degraded', error: 'timeout' },
  ],
  ['answers false', () => false, { status: 'degraded', error: 'failed' }],
  ['answers null', () => null, nonsense],
  ['answers a number', () => 0, nonsense],
  ['answers another word', () => 'fine', nonsense],
  ['answers an object of another kind', () => ({ status: 'ok' }), nonsense],
  ['answers a list', () => ['healthy'], nonsense],
  [
    'has a getter that throws',
    () => ({
      get status(): unknown {
        throw new Error('no');
      },
    }),
    { error: 'failed' },
  ],
];

describe('a check that misbehaves', () => {
  test.each(MISBEHAVIOUR)('%s', async (_name, run, expected) => {
    const { check, reported } = makeCheck(run, { timeoutMs: 40 });
    expect(await check.read()).toMatchObject(expected);
    expect(reported).toHaveLength(1);
  });
});

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test('what went wrong is told to the log alone', async () => {
  const { check, reported } = makeCheck(() => Promise.reject(new Error('no route to db.example')));
  expect(JSON.stringify(await check.read())).not.toContain('example');
  expect(reported[0]?.detail).toBe('no route to db.example');
});

test('closing ends the run that is under way, and what is kept', async () => {
  let closed = 0;
  const { check } = makeCheck(
    (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(undefined));
      }),
    { close: () => void (closed += 1) },
  );
  const report = check.read();
  check.close();
  await report;
  expect(closed).toBe(1);
});

test('it runs as traffic of our own, whoever asks', async () => {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) => storage.run(active, () => work.apply(self as never, args)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager);
  const key = createContextKey('request');
  const seen: unknown[] = [];
  const { check } = makeCheck(async () => {
    await Promise.resolve();
    seen.push(isInternalTraffic(), context.active().getValue(key));
  });
  try {
    await context.with(ROOT_CONTEXT.setValue(key, 'of a request'), () => check.read());
  } finally {
    context.disable();
  }
  expect(seen).toEqual([true, undefined]);
  expect(isInternalTraffic()).toBe(false);
});

test('1,000 rounds of failures leave no timer behind', async () => {
  const countTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const { check } = makeCheck(() => Promise.reject(new Error('down')));
  const before = countTimers();
  for (let round = 0; round < 1_000; round += 1) await check.read();
  expect(countTimers()).toBeLessThanOrEqual(before);
});

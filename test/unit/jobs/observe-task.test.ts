import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { captureStderr } from '../metrics/test-meter.js';
import { DURATION, FAILURES, loadTasks, TASKS } from './test-tasks.js';

class PlankError extends Error {}

test('what the work gives comes back, and it counts as success', async () => {
  const { observeTask, points } = await loadTasks();
  const gift = {};
  expect(observeTask('scan', () => gift)).toBe(gift);
  expect(await observeTask('scan', async () => Promise.resolve(gift))).toBe(gift);
  expect(observeTask('scan', () => undefined)).toBeUndefined();
  expect(await points(TASKS)).toEqual([{ labels: { task: 'scan', state: 'success' }, value: 3 }]);
  expect(await points(FAILURES)).toEqual([]);
});

test('the duration ends when the promise does', async () => {
  const { observeTask, points } = await loadTasks();
  let finish = (): void => {};
  const task = observeTask('scan', () => new Promise<void>((resolve) => (finish = resolve)));
  expect(await points(TASKS)).toEqual([]);
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 30));
  finish();
  await task;
  const [{ value } = { value: undefined }] = await points(DURATION);
  const { sum } = value as { sum: number };
  expect(sum).toBeGreaterThan(0.02);
  expect(sum).toBeLessThanOrEqual((performance.now() - startedMs) / 1_000 + 1);
});

test('what it throws or rejects with is thrown on, the very same, and counts under its class', async () => {
  const { observeTask, points } = await loadTasks();
  const error = new PlankError('off');
  const named = Object.assign(new Error('late'), { name: 'TimeoutError' });
  const fail = (thrown: unknown) => () => {
    throw thrown;
  };
  expect(() => observeTask('scan', fail(error))).toThrow(error);
  await expect(observeTask('scan', () => Promise.reject(error))).rejects.toBe(error);
  await expect(observeTask('scan', async () => fail(named)())).rejects.toBe(named);
  for (const thrown of ['text', undefined, null, 7]) {
    await expect(observeTask('odd', async () => fail(thrown)())).rejects.toBe(thrown);
  }
  const failures = (await points(FAILURES)).map(({ labels, value }) => [labels['task'], labels['exception'], value]);
  expect(failures).toEqual([
    ['scan', 'PlankError', 2],
    ['scan', 'TimeoutError', 1],
    ['odd', 'string', 1],
    ['odd', 'undefined', 1],
    ['odd', 'null', 1],
    ['odd', 'number', 1],
  ]);
});

describe('errors that do not want to be described', () => {
  const trap = (): never => {
    throw new Error('a trap');
  };
  const rows: readonly [string, () => unknown, string][] = [
    ['a name that throws', () => Object.defineProperty(new PlankError(), 'name', { get: trap }), 'PlankError'],
    ['a name that is no text', () => Object.assign(new PlankError(), { name: { toString: trap } }), 'PlankError'],
    ['a name that is huge', () => Object.assign(new Error(), { name: 'x'.repeat(1_000_000) }), 'invalid'],
    ['no name', () => Object.assign(new PlankError(), { name: '' }), 'PlankError'],
    ['a constructor that throws', () => Object.defineProperty({}, 'constructor', { get: trap }), 'Object'],
    ['a constructor that is none', () => ({ constructor: 5 }), 'Object'],
    ['no prototype', () => Object.create(null) as unknown, 'Object'],
    ['a revoked Proxy', revoke, 'Object'],
    ['a Proxy of traps', () => new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap }), 'Object'],
    [
      'a class with a static name',
      () =>
        new (class {
          static override = 1;
          static readonly name = 5;
        })(),
      'Object',
    ],
  ];
  test.each(rows)('%s', async (_name, make, exception) => {
    captureStderr();
    const { observeTask, points } = await loadTasks();
    const error = make();
    let thrown: unknown;
    try {
      observeTask('scan', () => {
        throw error;
      });
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown === error).toBe(true);
    expect(await points(FAILURES)).toEqual([{ labels: { task: 'scan', exception }, value: 1 }]);
  });

  function revoke(): object {
    const { proxy, revoke: end } = Proxy.revocable({}, {});
    end();
    return proxy;
  }
});

test('it runs at once, in the context of the caller, and what awaits it goes on in its own', async () => {
  const { observeTask } = await loadTasks();
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  await storage.run('mine', async () => {
    await observeTask('scan', async () => {
      seen.push(storage.getStore());
      await Promise.resolve();
      seen.push(storage.getStore());
    });
    seen.push(storage.getStore());
  });
  expect(seen).toEqual(['mine', 'mine', 'mine']);
});

test('a rejection that nobody handles stays one', async () => {
  const { observeTask } = await loadTasks();
  const unhandled = vi.fn<(reason: unknown) => void>();
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', unhandled);
  onTestFinished(() => {
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
  });
  const error = new PlankError();
  void observeTask('scan', () => Promise.reject(error));
  await vi.waitFor(() => expect(unhandled.mock.calls).toEqual([[error, expect.anything()]]));
});

test('an object whose then cannot be read is a value', async () => {
  const { observeTask, points } = await loadTasks();
  // oxlint-disable-next-line unicorn/no-thenable -- that is what this is about
  const odd = Object.defineProperty({}, 'then', {
    get: () => {
      throw new Error('a trap');
    },
  });
  expect(observeTask('scan', () => odd)).toBe(odd);
  expect(await points(TASKS)).toEqual([{ labels: { task: 'scan', state: 'success' }, value: 1 }]);
});

test('a wrong argument is a TypeError that names it, and nothing runs', async () => {
  const { observeTask, points } = await loadTasks();
  const work = vi.fn<() => void>();
  for (const name of ['', '  ', 5, undefined, null, {}]) {
    expect(() => observeTask(name as string, work)).toThrow(
      new TypeError('observeTask: name must be a string of 1 to 120 characters'),
    );
  }
  for (const none of [undefined, null, 'work', {}, Promise.resolve()]) {
    expect(() => observeTask('scan', none as () => void)).toThrow(
      new TypeError('observeTask: work must be a function'),
    );
  }
  expect(work).not.toHaveBeenCalled();
  expect(await points(TASKS)).toEqual([]);
});

test('without the preload the work is done all the same', async () => {
  vi.resetModules();
  Reflect.deleteProperty(globalThis, Symbol.for('barbossa-telemetry.metrics'));
  const { observeTask } = await import('../../../src/jobs/observe-task.js');
  expect(observeTask('scan', () => 5)).toBe(5);
  await expect(observeTask('scan', () => Promise.reject(new PlankError('off')))).rejects.toThrow(PlankError);
});

import { expect, onTestFinished, test, vi } from 'vitest';
import { backOff, vary } from '../../../src/timing/back-off.js';
import { repeat } from '../../../src/timing/repeat.js';

const INTERVAL_MS = 10_000;

test('it begins within a second and goes on at its interval, early or late by a tenth, from the end of the last time', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const numbers = [0.5, 0, 1];
  let runs = 0;
  const work = async (): Promise<boolean> => {
    runs += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return runs < 3;
  };
  const stop = repeat(work, INTERVAL_MS, () => numbers.shift() ?? 0.5);
  onTestFinished(stop);
  for (const [ms, expected] of [
    [499, 0],
    [1, 1],
    [9_099, 1],
    [1, 2],
    [11_099, 2],
    [1, 3],
    [INTERVAL_MS * 3, 3],
  ] as const) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(runs).toBe(expected);
  }
  expect(vi.getTimerCount()).toBe(0);
});

test('what was ended while it ran is not done again', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let runs = 0;
  const stop = repeat(
    () => {
      runs += 1;
      stop();
      return Promise.resolve(true);
    },
    INTERVAL_MS,
    () => 0,
  );
  await vi.advanceTimersByTimeAsync(INTERVAL_MS * 3);
  expect([runs, vi.getTimerCount()]).toEqual([1, 0]);
});

test('waits grow by twice up to a bound, and vary by a share', () => {
  expect([0, 1, 2, 3, 4, 2_000].map((failures) => backOff(500, failures, 3_000))).toEqual([
    500, 500, 1_000, 2_000, 3_000, 3_000,
  ]);
  expect([0, 0.5, 1].map((random) => vary(1_000, 0.25, () => random))).toEqual([750, 1_000, 1_250]);
});

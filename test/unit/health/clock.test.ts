import { expect, onTestFinished, test, vi } from 'vitest';
import { createHealthClock } from '../../../src/health/clock.js';
import { registerHealthCheck } from '../../../src/health/register-check.js';
import { getChecks, observeChecks } from '../../../src/health/registry.js';

const INTERVAL_MS = 10_000;

/** A clock on which time passes when the test says so, and a check that it runs. */
function startClock(random: () => number, cacheMs = 0): { runs: () => number; dispose: () => void; stop: () => void } {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const clock = createHealthClock(INTERVAL_MS, random);
  onTestFinished(clock.stop);
  onTestFinished(observeChecks({ onAdd: clock.add, onReport: () => {}, onServe: () => {} }));
  let runs = 0;
  const dispose = registerHealthCheck('one', () => void (runs += 1), { cacheMs });
  onTestFinished(dispose);
  return { runs: () => runs, dispose, stop: clock.stop };
}

test('a check runs within a second and then at its interval, early or late by a tenth', async () => {
  const numbers = [0.5, 0, 1, 0.5];
  const { runs } = startClock(() => numbers.shift() ?? 0.5);
  const passes = async (ms: number, expected: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
    expect(runs()).toBe(expected);
  };
  await passes(499, 0);
  await passes(1, 1);
  await passes(8_999, 1);
  await passes(1, 2);
  await passes(10_999, 2);
  await passes(1, 3);
  await passes(10_000, 4);
});

test('a result that is fresh enough is not asked for again', async () => {
  const { runs } = startClock(() => 0, 3_600_000);
  await vi.advanceTimersByTimeAsync(1);
  for (const check of getChecks().values()) await check.read();
  await vi.advanceTimersByTimeAsync(INTERVAL_MS * 3);
  expect(runs()).toBe(1);
});

test.each(['dispose', 'stop'] as const)('no timer is left after %s', async (end) => {
  const clock = startClock(() => 0.5);
  await vi.advanceTimersByTimeAsync(500);
  expect(vi.getTimerCount()).toBe(1);
  clock[end]();
  await vi.advanceTimersByTimeAsync(INTERVAL_MS * 3);
  expect(clock.runs()).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

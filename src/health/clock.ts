import type { HealthCheck } from './check.js';
import { getChecks } from './registry.js';

/** Longest time until a check runs for the first time, in milliseconds. */
const FIRST_RUN_MS = 1_000;
/** Runs are this share of the interval early or late, so that processes that started together do not ask together. */
const JITTER = 0.1;

/** Runs checks again and again in the background. Its timers never keep the process alive. */
export interface HealthClock {
  readonly add: (check: HealthCheck) => void;
  readonly stop: () => void;
}

/** @param random Numbers from 0 to 1, exclusive. */
export function createHealthClock(intervalMs: number, random: () => number = Math.random): HealthClock {
  const timers = new Map<HealthCheck, NodeJS.Timeout>();
  const schedule = (check: HealthCheck, delayMs: number): void => {
    const timer = setTimeout(() => void run(check), delayMs);
    timer.unref();
    timers.set(check, timer);
  };
  const run = async (check: HealthCheck): Promise<void> => {
    if (getChecks().get(check.definition.name) === check) await check.read();
    // Taken away, replaced or stopped, perhaps while it ran.
    const isCurrent = timers.has(check) && getChecks().get(check.definition.name) === check;
    if (isCurrent) schedule(check, intervalMs * (1 - JITTER + 2 * JITTER * random()));
    else timers.delete(check);
  };
  return {
    add: (check) => schedule(check, Math.min(FIRST_RUN_MS, intervalMs) * random()),
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

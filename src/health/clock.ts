import { repeat } from '../timing/repeat.js';
import type { HealthCheck } from './check.js';
import { getChecks } from './registry.js';

/** Runs checks again and again in the background. Its timers never keep the process alive. */
export interface HealthClock {
  readonly add: (check: HealthCheck) => void;
  readonly stop: () => void;
}

/** @param random Numbers from 0 to 1, exclusive. */
export function createHealthClock(intervalMs: number, random: () => number = Math.random): HealthClock {
  const stops = new Map<HealthCheck, () => void>();
  /** Not taken away, nor replaced. */
  const isCurrent = (check: HealthCheck): boolean => getChecks().get(check.definition.name) === check;
  const run = async (check: HealthCheck): Promise<boolean> => {
    if (isCurrent(check)) await check.read();
    if (isCurrent(check)) return true;
    stops.delete(check);
    return false;
  };
  return {
    add: (check) =>
      void stops.set(
        check,
        repeat(() => run(check), intervalMs, random),
      ),
    stop: () => {
      for (const stop of stops.values()) stop();
      stops.clear();
    },
  };
}

import { onTestFinished } from 'vitest';
import { HealthCheck, type CheckDefinition, type CheckReport } from '../../../src/health/check.js';

/** What was reported of a check. */
export interface Reported {
  readonly report: CheckReport;
  readonly detail: string | undefined;
}

/** A check that is in no registry, and what it reports. */
export function makeCheck(
  run: CheckDefinition['run'],
  definition: Partial<CheckDefinition> = {},
): { readonly check: HealthCheck; readonly reported: Reported[] } {
  const reported: Reported[] = [];
  const whole = { name: 'test', run, critical: false, failure: 'degraded', timeoutMs: 5_000, cacheMs: 0 } as const;
  const check = new HealthCheck({ ...whole, ...definition }, (_check, report, detail) => {
    reported.push({ report, detail });
  });
  onTestFinished(() => check.close());
  return { check, reported };
}

/** A promise and what settles it. */
export function makePromise<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

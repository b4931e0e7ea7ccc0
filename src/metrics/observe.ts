import type { Attributes, ObservableCallback, ObservableGauge } from '@opentelemetry/api';
import { describeError, diag, warnOnce } from '../diagnostics/diag.js';
import type { MetricRow } from './catalogue.js';
import { getSharedState } from './instruments.js';

/** Ends an observation. Calling it again does nothing. */
export type Dispose = () => void;

interface ObservationOptions<T> {
  /** The API call that it was registered with, for messages. */
  readonly caller: string;
  readonly callback: () => unknown;
  /** The value that the callback's answer stands for; throws where it is unusable. */
  readonly parse: (answer: unknown) => T;
  /** Longest time that one answer may take, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * A callback of the application that is asked for a value at each scrape. Whatever it does, a scrape gets a fresh
 * value or none, at most `deadlineMs` later: it may throw, reject, answer nonsense or not at all. It is not called
 * again while an earlier call has not settled. A warning says when it starts to fail, a line when it works again.
 */
export class Observation<T> {
  readonly #options: ObservationOptions<T>;
  #flight: Promise<T | undefined> | undefined;
  #unsettled = false;
  #failing = false;
  #stopped = false;

  constructor(options: ObservationOptions<T>) {
    this.#options = options;
  }

  /** A fresh value, or undefined where there is none. Scrapes at the same time share one call. Never rejects. */
  take(): Promise<T | undefined> {
    if (this.#flight !== undefined) return this.#flight;
    // A call that has outlived its deadline: what it may still answer is not fresh.
    if (this.#unsettled || this.#stopped) return Promise.resolve(undefined);
    this.#flight = this.#call().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** No more calls and no more messages. */
  stop(): void {
    this.#stopped = true;
  }

  #call(): Promise<T | undefined> {
    const { callback, parse, deadlineMs } = this.#options;
    this.#unsettled = true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(undefined, `no answer within ${deadlineMs} ms`), deadlineMs);
      timer.unref();
      let finished = false;
      const finish = (value: T | undefined, problem?: string): void => {
        if (finished) return;
        finished = true;
        clearTimeout(timer);
        this.#report(problem);
        resolve(this.#stopped ? undefined : value);
      };
      // Called a moment later: a callback that disposes must not change the SDK's list while the SDK walks it.
      const answer = Promise.resolve().then(callback);
      const settled = (): void => void (this.#unsettled = false);
      answer.then(settled, settled);
      answer.then(parse).then(finish, (error: unknown) => finish(undefined, describeError(error)));
    });
  }

  #report(problem: string | undefined): void {
    const failing = problem !== undefined;
    if (failing === this.#failing || this.#stopped) return;
    this.#failing = failing;
    const { caller } = this.#options;
    if (failing) diag.warn(`${caller}: the callback fails (${problem}); what it observes is not served until it works`);
    else diag.info(`${caller}: the callback works again`);
  }
}

/** Lets `gauge` have what `observe` tells, at each scrape. */
export function feedGauge<L extends Attributes>(gauge: ObservableGauge<L>, observe: ObservableCallback<L>): Dispose {
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
}

/** Lets `gauge` have what `pick` takes from the observation, at each scrape. */
export function feedFrom<T, L extends Attributes>(
  observation: Observation<T>,
  gauge: ObservableGauge<L>,
  labels: L,
  pick: (value: T) => number,
): Dispose {
  return feedGauge(gauge, async (result) => {
    const value = await observation.take();
    if (value !== undefined) result.observe(pick(value), labels);
  });
}

/**
 * Makes an observer the only one of what `subject` names. One that was there before is disposed, with one warning:
 * after a hot reload the newer callback is the one that knows, and two would contradict each other in one series.
 */
export function registerObserver(
  subject: string,
  families: readonly MetricRow[],
  observation: Observation<unknown>,
  feeds: readonly Dispose[],
): Dispose {
  const state = getSharedState();
  const older = state?.observers.get(subject);
  if (older !== undefined) {
    older();
    warnOnce(`observer:${subject}`, `${subject} was called again: the newer callback replaces the older`);
  }
  for (const family of families) state?.observed.add(family.name);
  const dispose = (): void => {
    observation.stop();
    for (const stopFeed of feeds) stopFeed();
    if (state?.observers.get(subject) === dispose) state.observers.delete(subject);
  };
  state?.observers.set(subject, dispose);
  return dispose;
}

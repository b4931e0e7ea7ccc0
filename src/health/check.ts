import { DeadlineError, withDeadline } from '../timing/deadline.js';
import { describeError } from '../diagnostics/diag.js';
import { runInternally } from '../context/internal-traffic.js';
import { parseAnswer, type Figures, type HealthStatus, type ParsedAnswer } from './answer.js';
import { categorise, type FailureCategory } from '../diagnostics/failure.js';

/** What one run of a check found. */
export interface CheckReport {
  readonly status: HealthStatus;
  /** Why it failed, where it did. */
  readonly error?: FailureCategory;
  readonly figures: Figures;
  readonly durationMs: number;
  /** When the run ended. */
  readonly checkedAt: Date;
}

/** A check and how it is run. */
export interface CheckDefinition {
  readonly name: string;
  /** Asks. `signal` is aborted at the deadline: what the check has open is to be closed then. */
  readonly run: (signal: AbortSignal) => unknown;
  /** Without it the process is not ready. */
  readonly critical: boolean;
  /** What a failure means for the process. */
  readonly failure: 'degraded' | 'unhealthy';
  readonly timeoutMs: number;
  readonly cacheMs: number;
  /** Ends what the check keeps open. */
  readonly close?: () => void;
}

/** Told of each run. `detail` is for the log: it may name hosts and paths. */
export type ReportListener = (check: HealthCheck, report: CheckReport, detail: string | undefined) => void;

/**
 * One check: at most one run at a time however many ask, a short cache, and a deadline that also ends the work. A run
 * that does not end when it is told to is not joined by a second one: until it ends the check has timed out.
 */
export class HealthCheck {
  readonly definition: CheckDefinition;
  readonly #onReport: ReportListener;
  #last: CheckReport | undefined;
  #lastEndMs = -Infinity;
  #flight: Promise<CheckReport> | undefined;
  #running = false;
  #controller: AbortController | undefined;

  constructor(definition: CheckDefinition, onReport: ReportListener) {
    this.definition = definition;
    this.#onReport = onReport;
  }

  /** What was found last; undefined before the first run has ended. */
  get last(): CheckReport | undefined {
    return this.#last;
  }

  /** A result that is not older than the cache lets it be. Takes no longer than the deadline. Never rejects. */
  read(): Promise<CheckReport> {
    if (this.#flight !== undefined) return this.#flight;
    const isFresh = performance.now() - this.#lastEndMs < this.definition.cacheMs;
    if (this.#last !== undefined && (isFresh || this.#running)) return Promise.resolve(this.#last);
    this.#flight = this.#fly().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** Ends the run that is under way, and what the check keeps open. Never throws. */
  close(): void {
    this.#controller?.abort();
    this.definition.close?.();
  }

  async #fly(): Promise<CheckReport> {
    const { failure, timeoutMs } = this.definition;
    const startMs = performance.now();
    const controller = new AbortController();
    this.#controller = controller;
    let report: Pick<CheckReport, 'status' | 'error' | 'figures'>;
    let detail: string | undefined;
    try {
      const { status, figures } = await withDeadline(
        () => this.#ask(controller.signal),
        timeoutMs,
        `no answer within ${timeoutMs} ms`,
      );
      report = status === 'failed' ? { status: failure, error: 'failed', figures } : { status, figures };
    } catch (error) {
      report = { status: failure, error: categorise(error), figures: {} };
      detail = describeError(error);
      controller.abort(error);
    }
    const endMs = performance.now();
    this.#last = { ...report, durationMs: endMs - startMs, checkedAt: new Date() };
    this.#lastEndMs = endMs;
    this.#onReport(this, this.#last, detail);
    return this.#last;
  }

  async #ask(signal: AbortSignal): Promise<ParsedAnswer> {
    const { run, timeoutMs } = this.definition;
    this.#running = true;
    try {
      const startMs = performance.now();
      const answer = runInternally(() => run(signal));
      const blockedMs = performance.now() - startMs;
      // Its answer may be there before the deadline's timer gets a turn.
      if (blockedMs > timeoutMs) throw new DeadlineError(`blocked the process for ${Math.round(blockedMs)} ms`);
      return parseAnswer(await answer);
    } finally {
      this.#running = false;
    }
  }
}

import { diag } from '../diag.js';
import { DeadlineError, withDeadline } from '../deadline.js';
import { answerText, describeReason, type Answer, type Route } from './route.js';

/** Longest time for one collection, in milliseconds: below Prometheus' default scrape timeout of 10 s. */
const DEFAULT_COLLECTION_MS = 8_000;

/** Collections that may be under way beyond their deadline before no more are started. */
const MAX_OVERDUE = 4;

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * `/metrics`. A collection that fails or is empty answers 500, one that takes longer than `deadlineMs` 503, each
 * with the reason in one line; the first failure is a warning on stderr, and so is the recovery a line.
 * @param collectMetrics Makes the exposition in Prometheus text format; rejects where it cannot. It is never called
 *   while an earlier call runs within its deadline.
 */
export function makeMetricsRoute(
  collectMetrics: () => Promise<string>,
  deadlineMs: number = DEFAULT_COLLECTION_MS,
): Route {
  const collection = new Collection(collectMetrics, deadlineMs);
  let failing = false;
  const answer = async (): Promise<Answer> => {
    try {
      const body = await collection.read();
      if (failing) diag.info('/metrics: the collection works again');
      failing = false;
      return { status: 200, contentType: CONTENT_TYPE, body };
    } catch (error) {
      const reason = describeReason(error);
      if (!failing) diag.warn(`/metrics: the metrics cannot be collected: ${reason}`);
      failing = true;
      return answerText(error instanceof DeadlineError ? 503 : 500, reason);
    }
  };
  return { path: '/metrics', about: 'Metrics in Prometheus text format.', answer };
}

/**
 * One collection at a time: two that overlap would take readings from each other, since the SDK hands out a reading
 * of an observed gauge once. A scrape that comes while one runs waits for the next, which all that wait share: so
 * everything that happened before a scrape is in its answer.
 */
class Collection {
  readonly #collect: () => Promise<string>;
  readonly #deadlineMs: number;
  #running: Promise<string> | undefined;
  #next: Promise<string> | undefined;
  #unsettled = 0;

  constructor(collect: () => Promise<string>, deadlineMs: number) {
    this.#collect = collect;
    this.#deadlineMs = deadlineMs;
  }

  read(): Promise<string> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    this.#next = this.#running.then(ignore, ignore).then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<string> {
    if (this.#unsettled >= MAX_OVERDUE) {
      return Promise.reject(new DeadlineError(`${this.#unsettled} collections have not ended`));
    }
    const problem = `the collection did not end within ${this.#deadlineMs} ms`;
    const run = withDeadline(() => this.#collectOnce(), this.#deadlineMs, problem);
    this.#running = run;
    const done = (): void => void (this.#running = undefined);
    run.then(done, done);
    return run;
  }

  async #collectOnce(): Promise<string> {
    this.#unsettled += 1;
    try {
      const text = await this.#collect();
      if (text.trim() === '') throw new Error('the collection is empty');
      return text.endsWith('\n') ? text : `${text}\n`;
    } finally {
      this.#unsettled -= 1;
    }
  }
}

/** The scrape that started the collection reports its failure. */
function ignore(): void {}

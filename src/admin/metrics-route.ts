import type { IncomingHttpHeaders } from 'node:http';
import { diag } from '../diagnostics/diag.js';
import { DeadlineError, withDeadline } from '../timing/deadline.js';
import { chooseOpenMetrics } from './accept.js';
import { answerText, describeReason, type Answer, type Route } from './route.js';

/** Longest time for one collection, in milliseconds: below Prometheus' default scrape timeout of 10 s. */
const DEFAULT_COLLECTION_MS = 8_000;

/** Collections that may be under way beyond their deadline before no more are started. */
const MAX_OVERDUE = 4;

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What one collection has found. Each form is made when it is first asked for. */
export interface Exposition {
  /** In Prometheus text format 0.0.4. */
  readonly text: () => string;
  /** In OpenMetrics 1.0, which has exemplars. */
  readonly openMetrics: () => string;
}

/**
 * `/metrics`, in OpenMetrics for those who ask for it. A collection that fails or is empty answers 500, one that takes
 * longer than `deadlineMs` 503, each with the reason in one line; the first failure is a warning on stderr, and so is
 * the recovery a line.
 * @param collectMetrics Rejects where it cannot collect. It is never called while an earlier call runs within its
 *   deadline.
 */
export function makeMetricsRoute(
  collectMetrics: () => Promise<Exposition>,
  deadlineMs: number = DEFAULT_COLLECTION_MS,
): Route {
  const collection = new Collection(collectMetrics, deadlineMs);
  let failing = false;
  const answer = async ({ accept }: IncomingHttpHeaders): Promise<Answer> => {
    try {
      const page = print(await collection.read(), accept);
      if (failing) diag.info('/metrics: the collection works again');
      failing = false;
      return page;
    } catch (error) {
      const reason = describeReason(error);
      if (!failing) diag.warn(`/metrics: the metrics cannot be collected: ${reason}`);
      failing = true;
      return answerText(error instanceof DeadlineError ? 503 : 500, reason);
    }
  };
  return { path: '/metrics', about: 'Metrics in Prometheus text format, or in OpenMetrics where asked for.', answer };
}

/** The answer has no `Vary`: no cache may keep it at all. */
function print(exposition: Exposition, accept: string | undefined): Answer {
  const version = chooseOpenMetrics(accept);
  if (version !== undefined) {
    const contentType = `application/openmetrics-text; version=${version}; charset=utf-8`;
    return { status: 200, contentType, body: exposition.openMetrics() };
  }
  const text = exposition.text();
  if (text.trim() === '') throw new Error('the collection is empty');
  return { status: 200, contentType: TEXT_TYPE, body: text.endsWith('\n') ? text : `${text}\n` };
}

/**
 * One collection at a time: two that overlap would take readings from each other, since the SDK hands out a reading
 * of an observed gauge once. A scrape that comes while one runs waits for the next, which all that wait share: so
 * everything that happened before a scrape is in its answer.
 */
class Collection {
  readonly #collect: () => Promise<Exposition>;
  readonly #deadlineMs: number;
  #running: Promise<Exposition> | undefined;
  #next: Promise<Exposition> | undefined;
  #unsettled = 0;

  constructor(collect: () => Promise<Exposition>, deadlineMs: number) {
    this.#collect = collect;
    this.#deadlineMs = deadlineMs;
  }

  read(): Promise<Exposition> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    this.#next = this.#running.then(ignore, ignore).then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<Exposition> {
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

  async #collectOnce(): Promise<Exposition> {
    this.#unsettled += 1;
    try {
      return await this.#collect();
    } finally {
      this.#unsettled -= 1;
    }
  }
}

/** The scrape that started the collection reports its failure. */
function ignore(): void {}

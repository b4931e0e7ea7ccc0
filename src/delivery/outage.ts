import { diag } from '../diagnostics/diag.js';
import { backOff, vary } from '../timing/back-off.js';

/** Within this time after a success one failure in a row is no news. */
const NEWS_MS = 5_000;
const FIRST_BACKOFF_MS = 500;
/** Longest wait between two tries. */
export const MAX_BACKOFF_MS = 15_000;

/** Since when nothing can be sent, what was said of it, and the waits between tries. */
export class Outage {
  readonly #url: string;
  readonly #waitingPlace: string;
  #sinceMs: number | undefined;
  #isTold = false;
  #acceptedMs = Number.NEGATIVE_INFINITY;
  #waits = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param waitingPlace Where records wait meanwhile. */
  constructor(url: string, waitingPlace: string) {
    this.#url = url;
    this.#waitingPlace = waitingPlace;
  }

  get isOn(): boolean {
    return this.#sinceMs !== undefined;
  }

  start(): void {
    this.#sinceMs = performance.now();
    this.#isTold = false;
  }

  /** Once for each outage, when it is clear that it is one. */
  tell(reason: string, failuresInRow: number): void {
    if (this.#isTold || (failuresInRow < 3 && performance.now() - this.#acceptedMs < NEWS_MS)) return;
    this.#isTold = true;
    diag.warn(
      `log records cannot be sent to ${this.#url} (${reason}); they wait ${this.#waitingPlace} and are sent later`,
    );
  }

  /** Nothing is to be sent now. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** Before the next try, longer each time, and at least `leastMs`. One wait for all that fails beside each other. */
  wait(leastMs: number, wake: () => void): void {
    if (this.isWaiting) return;
    this.#waits += 1;
    const waitMs = vary(backOff(FIRST_BACKOFF_MS, this.#waits, MAX_BACKOFF_MS), 0.25);
    const end = (): void => {
      this.#timer = undefined;
      wake();
    };
    this.#timer = setTimeout(end, Math.max(waitMs, leastMs)).unref();
  }

  stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something was accepted. True where that ends an outage. */
  end(): boolean {
    this.#acceptedMs = performance.now();
    this.#waits = 0;
    if (this.#sinceMs === undefined) return false;
    this.stopWaiting();
    const seconds = Math.round((performance.now() - this.#sinceMs) / 1000);
    this.#sinceMs = undefined;
    if (this.#isTold) diag.info(`log records are sent to ${this.#url} again, after ${seconds} s`);
    return true;
  }
}

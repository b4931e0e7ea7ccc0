import { withDeadline } from '../deadline.js';
import { describeError, diag } from '../diag.js';
import { categorise, type FailureCategory } from '../failure.js';
import { runInternally } from '../internal-traffic.js';
import type { KeptConnection } from '../kept-connection.js';
import type { IoredisClient } from '../redis/connection.js';
import type { QueueReader, QueueSnapshot } from './reading.js';

/** Longest time until the first reading, in milliseconds. */
const FIRST_POLL_MS = 1_000;
/** Readings are this share of the interval early or late, so that processes that started together do not ask together. */
const JITTER = 0.1;
/** A snapshot is shown for so many intervals: a process that slept shows none until it has read again. */
const FRESH_INTERVALS = 2;

/** How a reading ended: `partial` where some queues could not be read. */
export type PollResult = 'success' | 'partial' | FailureCategory;

/** How queues are polled. */
export interface PollerOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Told of each reading. */
  readonly onPoll: (result: PollResult) => void;
}

/** Reads the queues again and again. Its timers never keep the process alive. */
export class QueuePoller {
  readonly #reader: QueueReader;
  readonly #connection: KeptConnection<IoredisClient>;
  readonly #options: PollerOptions;
  #timer: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;
  #snapshot: QueueSnapshot | undefined;
  #readAtMs = -Infinity;
  #last: PollResult | undefined;
  #said = '';
  #stopped = false;

  constructor(reader: QueueReader, connection: KeptConnection<IoredisClient>, options: PollerOptions) {
    this.#reader = reader;
    this.#connection = connection;
    this.#options = options;
  }

  /** What was read last; undefined where that failed, or is too long ago. */
  get snapshot(): QueueSnapshot | undefined {
    const { intervalMs, timeoutMs } = this.#options;
    return performance.now() - this.#readAtMs <= FRESH_INTERVALS * intervalMs + timeoutMs ? this.#snapshot : undefined;
  }

  /** How the last reading ended; undefined before the first has. */
  get last(): PollResult | undefined {
    return this.#last;
  }

  start(): void {
    this.#schedule(Math.min(FIRST_POLL_MS, this.#options.intervalMs) * Math.random());
  }

  /** Ends it, and what is under way. Never throws. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#controller?.abort();
    this.#connection.close();
    this.#snapshot = undefined;
  }

  /** Reads now. Takes no longer than the deadline. Never rejects. */
  async poll(): Promise<void> {
    const { timeoutMs, onPoll } = this.#options;
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const snapshot = await withDeadline(
        () => runInternally(() => this.#connection.use((client) => this.#reader.read(client), controller.signal)),
        timeoutMs,
        `no answer within ${timeoutMs} ms`,
      );
      const [problem] = snapshot.problems;
      this.#note(snapshot, problem === undefined ? 'success' : 'partial', problem);
    } catch (error) {
      controller.abort(error);
      this.#note(undefined, categorise(error), error);
    }
    if (this.#last !== undefined && !this.#stopped) onPoll(this.#last);
  }

  #schedule(delayMs: number): void {
    const { intervalMs } = this.#options;
    this.#timer = setTimeout(() => {
      void this.poll().then(() => {
        if (!this.#stopped) this.#schedule(intervalMs * (1 - JITTER + 2 * JITTER * Math.random()));
      });
    }, delayMs);
    this.#timer.unref();
  }

  #note(snapshot: QueueSnapshot | undefined, result: PollResult, error: unknown): void {
    if (this.#stopped) return;
    this.#snapshot = snapshot;
    this.#readAtMs = performance.now();
    this.#last = result;
    // One line each time when it is another result than before; that it works at the start is no news.
    const said = result === 'success' ? '' : result;
    if (said === this.#said) return;
    this.#said = said;
    tellChange(result, error);
  }
}

function tellChange(result: PollResult, error: unknown): void {
  if (result === 'success') return diag.info('queues: all are read again');
  const [what, why] =
    result === 'partial'
      ? ['some cannot be read, and have no series', '']
      : ['not read', ` (${result}), their series end until they are`];
  diag.warn(`queues: ${what}${why}: ${describeError(error)}`);
}

import { repeat } from '../../timing/repeat.js';
import { withDeadline } from '../../timing/deadline.js';
import { describeError, diag } from '../../diagnostics/diag.js';
import { categorise, type FailureCategory } from '../../diagnostics/failure.js';
import { runInternally } from '../../context/internal-traffic.js';
import type { KeptConnection } from '../../diagnostics/kept-connection.js';
import type { IoredisClient } from '../redis/connection.js';
import type { QueueReader, QueueSnapshot } from './reading.js';

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
  #stopPolling: (() => void) | undefined;
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
    this.#stopPolling = repeat(() => this.poll().then(() => true), this.#options.intervalMs);
  }

  /** Ends it, and what is under way. Never throws. */
  stop(): void {
    this.#stopped = true;
    this.#stopPolling?.();
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

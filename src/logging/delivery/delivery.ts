import { AsyncResource } from 'node:async_hooks';
import { diag } from '../../diag.js';
import type { DropReason } from '../../metrics/catalogue.js';
import { Buffers } from './buffers.js';
import { Dispatcher } from './dispatcher.js';
import type { Line } from './segment.js';
import type { Sender } from './sender.js';
import type { Spool } from './spool.js';

/** So that a record is on disk at most 100 ms after it was written, with time left for the writing. */
const SAVE_INTERVAL_MS = 75;
/** No timer fires while the application computes: then the call that logs does the writing, no oftener than this. */
const MAX_UNSAVED_MS = 100;
/** How often files of processes that have died meanwhile (cluster workers) are looked for. */
const ADOPT_INTERVAL_MS = 10_000;
/** What is written this long after `completeSync` may be the process's last words. */
const LAST_WORDS_MS = 1_000;

/** How records are delivered. */
export interface DeliveryOptions {
  readonly sender: Sender;
  readonly spool: Spool | undefined;
  /** Where records go, for messages. */
  readonly url: string;
  /** The resource of this process, as OTLP JSON. */
  readonly resource: string;
  readonly memoryBytes: number;
  readonly spoolBytes: number;
  /** Most records in one request. */
  readonly batchSize: number;
  /** Longest time that a record waits for others to share its request. */
  readonly delayMs: number;
  readonly onDropped: (reason: DropReason, count: number) => void;
}

/**
 * Takes encoded log records and does not let go of them until the collector has them: bounded memory, a spool on
 * disk, one request at a time, endless retries. Nothing here keeps the process alive; `flush` does, for as long as
 * its caller says.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #buffers: Buffers;
  readonly #dispatcher: Dispatcher;
  // Timers and sockets must not carry the context of whichever request wrote the first line.
  readonly #outside = new AsyncResource('barbossa-telemetry.delivery', { requireManualDestroy: false });
  #sealTimer: NodeJS.Timeout | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  readonly #adoptTimer: NodeJS.Timeout | undefined;
  /** When the oldest record was written that is not on disk. */
  #unsavedSinceMs: number | undefined;
  #lastWordsUntilMs = 0;
  #reportedLost = 0;
  #stopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#buffers = new Buffers(options);
    const { spool, memoryBytes, spoolBytes } = options;
    this.#dispatcher = new Dispatcher({
      ...options,
      buffers: this.#buffers,
      waitingPlace:
        spool === undefined ? `in memory (${memoryBytes} bytes at most)` : `in the spool (${spoolBytes} bytes at most)`,
      onRecovered: () => this.#startTimers(),
    });
    if (spool !== undefined) {
      this.#adoptTimer = setInterval(() => void this.#adopt(spool), ADOPT_INTERVAL_MS).unref();
      setImmediate(() => void this.#adopt(spool)).unref();
    }
  }

  /** Whether the last try to send failed. */
  get failing(): boolean {
    return this.#dispatcher.failing;
  }

  /** Takes a record. Cheap; what happens then happens later. Never throws. */
  append(line: Line, severityNumber: number): void {
    const sealed = this.#buffers.append(line, severityNumber);
    if (this.#options.spool !== undefined) this.#saveInTime();
    if (this.#stopped) return;
    if (sealed) this.#outside.runInAsyncScope(() => setImmediate(() => this.#dispatcher.wake()).unref());
    if (this.#sealTimer === undefined || this.#saveTimer === undefined) this.#startTimers();
  }

  /**
   * Sends what waits, for at most `timeoutMs`. Gives up early where sending fails: what waits is for the spool then.
   * Never rejects.
   * @param options `hold`: whether the process is kept alive meanwhile. Default: true.
   */
  async flush(timeoutMs: number, { hold = true }: { readonly hold?: boolean } = {}): Promise<void> {
    this.#buffers.sealAll();
    if (this.#buffers.empty || this.#stopped) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
      if (!hold) timer.unref();
    });
    await Promise.race([this.#outside.runInAsyncScope(() => this.#dispatcher.drain()), late]);
    clearTimeout(timer);
  }

  /**
   * The process may end now: what the collector does not have goes to disk at once, and so does, for a second, what is
   * still written. Where that cannot be, it is counted as lost, and one line says so.
   */
  completeSync(): void {
    this.#lastWordsUntilMs = performance.now() + LAST_WORDS_MS;
    const { spool, onDropped } = this.#options;
    spool?.retryNow();
    const lost = this.#buffers.saveSync();
    spool?.removeAllSync();
    const more = lost - this.#reportedLost;
    if (more <= 0) return;
    this.#reportedLost = lost;
    onDropped('shutdown', more);
    diag.warn(`${more} log record(s) are lost with the process: they could neither be sent nor saved`);
  }

  /** The process ends: whatever is written from now on goes to disk at once. */
  endSync(): void {
    this.completeSync();
    this.#lastWordsUntilMs = Number.POSITIVE_INFINITY;
  }

  /** Ends the delivery: nothing more is sent. What waits is saved for the next process. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#sealTimer);
    clearTimeout(this.#saveTimer);
    clearInterval(this.#adoptTimer);
    this.#dispatcher.stop();
    this.completeSync();
  }

  #startTimers(): void {
    this.#outside.runInAsyncScope(() => {
      this.#sealTimer ??= setTimeout(() => {
        this.#sealTimer = undefined;
        // Where nothing can be sent, few large segments are better than a file for each moment of an outage.
        if (this.#dispatcher.failing) return;
        this.#buffers.sealAll();
        this.#dispatcher.wake();
      }, this.#options.delayMs).unref();
      this.#saveSoon();
    });
  }

  #saveSoon(): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      const startMs = performance.now();
      void this.#buffers.save().then((unsaved) => {
        this.#unsavedSinceMs = unsaved ? startMs : undefined;
        if (unsaved && !this.#stopped) this.#saveSoon();
      });
    }, SAVE_INTERVAL_MS).unref();
  }

  #saveInTime(): void {
    const nowMs = performance.now();
    this.#unsavedSinceMs ??= nowMs;
    if (nowMs - this.#unsavedSinceMs < MAX_UNSAVED_MS && nowMs >= this.#lastWordsUntilMs) return;
    this.#unsavedSinceMs = this.#buffers.saveSync() === 0 ? undefined : nowMs;
  }

  async #adopt(spool: Spool): Promise<void> {
    if (this.#stopped) return;
    const files = await spool.adopt();
    if (files.length === 0) return;
    this.#buffers.addAdopted(files);
    diag.info(`log spool ${spool.directory}: ${files.length} file(s) of earlier processes are sent now`);
    this.#dispatcher.wake();
  }
}

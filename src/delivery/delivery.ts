import { AsyncResource, executionAsyncResource } from 'node:async_hooks';
import { diag } from '../diagnostics/diag.js';
import type { DropReason } from '../metrics/catalogue.js';
import { settleOnce } from '../timing/settle-once.js';
import { Aside } from './aside.js';
import { Buffers } from './buffers.js';
import { Dispatcher } from './dispatcher.js';
import type { Lane, EncodedRecord } from './segment.js';
import type { Sender } from './sender.js';
import type { FileKind } from './spool-owner.js';
import type { Spool } from './spool.js';
import { watchSender, type SendNews } from './watched-sender.js';

/** No timer fires while the application computes: then the call that logs does the writing, no oftener than this. */
const MAX_UNSAVED_MS = 100;
/** How often files of processes that have died meanwhile (cluster workers) are looked for. */
const ADOPT_INTERVAL_MS = 10_000;
/** What is written this long after a signal may be the process's last words. */
const LAST_WORDS_MS = 1_000;

const immediate = setImmediate(() => {});
clearImmediate(immediate);
/** Node gives its class to nobody. */
const Immediate = immediate.constructor as new () => NodeJS.Immediate;

/** Records that are set aside have at most this part of the memory or the spool. */
const ASIDE_PART = 16;

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
  /** How long a record may wait before it is written to the spool; 0: until the turn of the event loop ends. */
  readonly spoolDelayMs: number;
  /** Most records in one request. */
  readonly batchSize: number;
  /** Longest time that a record waits for others to share its request. */
  readonly delayMs: number;
  readonly onDropped: (reason: DropReason, count: number) => void;
  /** More or fewer records are set aside. */
  readonly onAside: (difference: number) => void;
}

/** How the delivery goes. */
export interface DeliveryStatus extends SendNews {
  /** The last tries failed. */
  readonly isFailing: boolean;
  /** Bytes of the records that the collector does not have yet. */
  readonly waitingBytes: number;
  /** Folder where they wait; undefined: in memory. */
  readonly spool: string | undefined;
}

/**
 * Takes encoded log records and does not let go of them until the collector has them: bounded memory, a spool on
 * disk, one request at a time, endless retries. Nothing here keeps the process alive; `flush` does, for as long as
 * its caller says.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #buffers: Buffers;
  readonly #aside: Aside;
  readonly #dispatcher: Dispatcher;
  // Timers and sockets must not carry the context of whichever request wrote the first line.
  readonly #outside = new AsyncResource('barbossa-telemetry.delivery', { requireManualDestroy: false });
  readonly #sender: ReturnType<typeof watchSender>;
  #sealTimer: NodeJS.Timeout | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  #savePlanned = false;
  readonly #adoptTimer: NodeJS.Timeout | undefined;
  /** When the oldest record was written that is not on disk. */
  #unsavedSinceMs: number | undefined;
  #lastWordsUntilMs = 0;
  #reportedLost = 0;
  #stopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#sender = watchSender(options.sender);
    this.#buffers = new Buffers(options);
    const { spool, memoryBytes, spoolBytes } = options;
    this.#aside = new Aside({
      ...options,
      maxBytes: (spool === undefined ? memoryBytes : spoolBytes) / ASIDE_PART,
      onChange: options.onAside,
    });
    this.#dispatcher = new Dispatcher({
      ...options,
      sender: this.#sender.sender,
      buffers: this.#buffers,
      aside: this.#aside,
      waitingPlace:
        spool === undefined ? `in memory (${memoryBytes} bytes at most)` : `in the spool (${spoolBytes} bytes at most)`,
      onRecovered: () => this.#startTimers(),
    });
    if (spool !== undefined) {
      this.#adoptTimer = setInterval(() => void this.#adopt(spool), ADOPT_INTERVAL_MS).unref();
      // No immediate, here and where a segment is full: one that is due makes Node warn of a domain that the application has
      // left entered.
      setTimeout(() => void this.#adopt(spool), 0).unref();
    }
  }

  /** Whether the last try to send failed. */
  get failing(): boolean {
    return this.#dispatcher.failing;
  }

  /** How it goes, for people. */
  get status(): DeliveryStatus {
    return {
      ...this.#sender.readNews(),
      isFailing: this.failing,
      waitingBytes: this.#buffers.totalBytes,
      spool: this.#options.spool?.directory,
    };
  }

  /** Takes a record. Cheap; what happens then happens later. Never throws. */
  append(line: EncodedRecord, severityNumber: number): void {
    const sealed = this.#buffers.append(line, severityNumber);
    if (this.#options.spool !== undefined) this.#saveInTime();
    if (this.#stopped) return;
    if (sealed) this.#outside.runInAsyncScope(() => setTimeout(() => this.#dispatcher.wake(), 0).unref());
    if (this.#sealTimer === undefined) this.#startTimers();
  }

  /**
   * Sends what waits, for at most `timeoutMs`. Gives up early where sending fails: what waits is for the spool then.
   * Never rejects.
   * @param options `hold`: whether the process is kept alive meanwhile. Default: true.
   */
  async flush(timeoutMs: number, { hold = true }: { readonly hold?: boolean } = {}): Promise<void> {
    this.#buffers.sealAll();
    if (this.#buffers.empty || this.#stopped) return;
    await settleOnce<void>((resolve, reject) => {
      const timer = setTimeout(resolve, timeoutMs);
      if (!hold) timer.unref();
      const drained = this.#outside.runInAsyncScope(() => this.#dispatcher.drain());
      void drained.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /**
   * The application may end the process without another word: what waits goes to disk at once, and so does, for a
   * second or for good, what is still written. Nothing is counted as lost yet.
   */
  saveSync({ forGood }: { readonly forGood: boolean }): void {
    const untilMs = forGood ? Number.POSITIVE_INFINITY : performance.now() + LAST_WORDS_MS;
    this.#lastWordsUntilMs = Math.max(this.#lastWordsUntilMs, untilMs);
    this.#saveNow();
  }

  /**
   * The process may end now: what the collector does not have goes to disk at once, and so does, for a second, what is
   * still written. Where that cannot be, it is counted as lost, and one line says so.
   */
  completeSync(): void {
    this.#lastWordsUntilMs = Math.max(this.#lastWordsUntilMs, performance.now() + LAST_WORDS_MS);
    const { spool, onDropped } = this.#options;
    spool?.retryNow();
    const lost = this.#buffers.saveSync() + this.#aside.saveSync();
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
    this.#aside.stop();
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
    });
  }

  /**
   * Saves after the delay. Without a delay it saves when this turn of the event loop ends. There is always a timer: an
   * immediate that does not keep the process alive has to wait while the event loop waits for something.
   */
  #saveSoon(): void {
    if (this.#savePlanned) return;
    this.#savePlanned = true;
    const { spoolDelayMs } = this.#options;
    const isImmediate = spoolDelayMs === 0 && executionAsyncResource() instanceof Immediate;
    const save = (): void => {
      if (this.#savePlanned) this.#saveNow();
    };
    this.#outside.runInAsyncScope(() => {
      // From an immediate, an immediate would run at the end of the next turn. And one that is due makes Node warn of a domain
      // that the application has left entered.
      if (spoolDelayMs === 0 && (isImmediate || 'domain' in process)) queueMicrotask(save);
      else if (spoolDelayMs === 0) setImmediate(save).unref();
      if (this.#saveTimer !== undefined) this.#saveTimer.refresh();
      else this.#saveTimer = setTimeout(save, Math.max(spoolDelayMs, 1)).unref();
    });
  }

  #saveNow(): void {
    this.#savePlanned = false;
    this.#unsavedSinceMs = this.#buffers.saveSync() === 0 ? undefined : performance.now();
  }

  #saveInTime(): void {
    const nowMs = performance.now();
    this.#unsavedSinceMs ??= nowMs;
    if (nowMs - this.#unsavedSinceMs >= MAX_UNSAVED_MS || nowMs < this.#lastWordsUntilMs) this.#saveNow();
    else this.#saveSoon();
  }

  async #adopt(spool: Spool): Promise<void> {
    if (this.#stopped) return;
    const files = await spool.adopt();
    // What could not be saved, or is in the folder no more.
    this.#saveNow();
    if (files.length === 0) return;
    this.#buffers.addAdopted(files.filter(isSegmentFile));
    this.#aside.addAdopted(files.filter((file) => !isSegmentFile(file)));
    diag.info(`log spool ${spool.directory}: ${countFiles(files)} file(s) of earlier processes are sent now`);
    this.#dispatcher.wake();
  }
}

function isSegmentFile<T extends { readonly lane: FileKind }>(file: T): file is T & { readonly lane: Lane } {
  return file.lane !== 'aside';
}

function countFiles(lines: readonly { readonly file: string }[]): number {
  return new Set(lines.map(({ file }) => file)).size;
}

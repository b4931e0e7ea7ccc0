import { AsyncResource } from 'node:async_hooks';
import { describeError, diag, warnOnce } from '../../diag.js';
import type { DropReason } from '../../metrics/catalogue.js';
import { Buffers } from './buffers.js';
import { printRequest, type Line, type Segment } from './segment.js';
import type { Sender, SendResult } from './sender.js';
import type { Spool } from './spool.js';

/** A record is on disk at most this long after it was written. */
const SAVE_INTERVAL_MS = 100;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 15_000;
/** How often files of processes that have died meanwhile (cluster workers) are looked for. */
const ADOPT_INTERVAL_MS = 30_000;

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
  // Timers and sockets must not carry the context of whichever request wrote the first line.
  readonly #outside = new AsyncResource('barbossa-telemetry.delivery', { requireManualDestroy: false });
  readonly #idleWaiters = new Set<() => void>();
  #sealTimer: NodeJS.Timeout | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  #backoffTimer: NodeJS.Timeout | undefined;
  readonly #adoptTimer: NodeJS.Timeout | undefined;
  #backoffMs = FIRST_BACKOFF_MS;
  #sending = false;
  #failingSinceMs: number | undefined;
  #stopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#buffers = new Buffers(options);
    if (options.spool !== undefined) {
      this.#adoptTimer = setInterval(() => void this.#adopt(), ADOPT_INTERVAL_MS).unref();
      setImmediate(() => void this.#adopt()).unref();
    }
  }

  /** Whether the last try to send failed. */
  get failing(): boolean {
    return this.#failingSinceMs !== undefined;
  }

  /** Takes a record. Synchronous and cheap; what happens then happens later. Never throws. */
  append(line: Line, severityNumber: number): void {
    const sealed = this.#buffers.append(line, severityNumber);
    if (this.#stopped) return;
    if (sealed) this.#outside.runInAsyncScope(() => setImmediate(() => void this.#pump()).unref());
    if (this.#sealTimer === undefined || this.#saveTimer === undefined) this.#startTimers();
  }

  /**
   * Sends what waits, for at most `timeoutMs`, and keeps the process alive meanwhile. Gives up early where sending
   * fails: what waits is for the spool then. Never rejects.
   */
  async flush(timeoutMs: number): Promise<void> {
    this.#buffers.sealAll();
    if (this.#buffers.empty) return;
    clearTimeout(this.#backoffTimer);
    this.#backoffTimer = undefined;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#idleWaiters.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#idleWaiters.add(finish);
      void this.#pump();
    });
  }

  /** For the end of the process: what the collector does not have goes to disk at once, or is counted as lost. */
  completeSync(): void {
    const lost = this.#buffers.saveAllSync();
    if (lost > 0) this.#options.onDropped('shutdown', lost);
  }

  /** Ends the delivery: nothing more is sent. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#sealTimer);
    clearTimeout(this.#saveTimer);
    clearTimeout(this.#backoffTimer);
    clearInterval(this.#adoptTimer);
    this.#options.sender.close();
  }

  #startTimers(): void {
    this.#outside.runInAsyncScope(() => {
      this.#sealTimer ??= setTimeout(() => {
        this.#sealTimer = undefined;
        this.#buffers.sealAll();
        void this.#pump();
      }, this.#options.delayMs).unref();
      this.#saveSoon();
    });
  }

  #saveSoon(): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      void this.#buffers.save().then((unsaved) => {
        if (unsaved && !this.#stopped) this.#saveSoon();
      });
    }, SAVE_INTERVAL_MS).unref();
  }

  async #adopt(): Promise<void> {
    const { spool } = this.#options;
    if (spool === undefined || this.#stopped) return;
    const files = await spool.adopt();
    for (const file of files) this.#buffers.addAdopted(file);
    if (files.length > 0) {
      diag.info(`log spool ${spool.directory}: ${files.length} file(s) of earlier processes are sent now`);
      void this.#pump();
    }
  }

  /** Sends segment after segment until none waits or one cannot be sent now. */
  async #pump(): Promise<void> {
    if (this.#sending || this.#stopped || this.#backoffTimer !== undefined) return;
    this.#sending = true;
    try {
      for (let next = this.#buffers.next(); next !== undefined; next = this.#buffers.next()) {
        const retryAfterMs = await this.#sendSegment(next);
        if (retryAfterMs === undefined) continue;
        this.#backOff(retryAfterMs);
        break;
      }
    } catch (error) {
      warnOnce('log-delivery', `log delivery failed: ${describeError(error)}`);
      this.#backOff(MAX_BACKOFF_MS);
    } finally {
      this.#sending = false;
      for (const finish of this.#idleWaiters) finish();
    }
  }

  /** The time after which to try again, or undefined where the segment is done with. */
  async #sendSegment(segment: Segment): Promise<number | undefined> {
    const content = await this.#buffers.read(segment);
    if (content !== undefined) {
      const result = await this.#sendLines(content.resource, content.lines);
      if (result.outcome === 'retry') {
        this.#reportFailure(result.reason);
        return result.afterMs ?? this.#nextBackoffMs();
      }
    }
    this.#buffers.finish(segment);
    return undefined;
  }

  /** A request that is refused is cut in half until the record that nobody will take is alone. */
  async #sendLines(resource: string, lines: readonly Line[]): Promise<SendResult> {
    if (lines.length === 0) return { outcome: 'accepted', rejected: 0, reason: '' };
    const result = await this.#options.sender.send(printRequest(resource, lines));
    if (result.outcome === 'retry') return result;
    this.#reportSuccess();
    if (result.outcome === 'accepted') {
      if (result.rejected > 0) this.#reject(result.rejected, result.reason);
      return result;
    }
    if (lines.length === 1) {
      this.#reject(1, result.reason);
      return result;
    }
    const middle = Math.ceil(lines.length / 2);
    const first = await this.#sendLines(resource, lines.slice(0, middle));
    return first.outcome === 'retry' ? first : this.#sendLines(resource, lines.slice(middle));
  }

  #reject(count: number, reason: string): void {
    this.#options.onDropped('rejected', count);
    warnOnce('log-rejected', `${this.#options.url} refused ${count} log record(s) for good: ${reason}`);
  }

  #nextBackoffMs(): number {
    const backoffMs = this.#backoffMs;
    this.#backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    // Jitter: processes that lost one collector must not come back to it in step.
    return backoffMs * (0.75 + Math.random() / 2);
  }

  #backOff(ms: number): void {
    if (this.#stopped) return;
    this.#backoffTimer = setTimeout(() => {
      this.#backoffTimer = undefined;
      void this.#pump();
    }, ms).unref();
  }

  #reportFailure(reason: string): void {
    if (this.#failingSinceMs !== undefined) return;
    this.#failingSinceMs = Date.now();
    const { spool, memoryBytes, spoolBytes } = this.#options;
    const where = spool === undefined ? `in memory, ${memoryBytes} bytes at most` : `${spoolBytes} bytes at most`;
    diag.warn(
      `log records cannot be sent to ${this.#options.url} (${reason}); they wait (${where}) and are sent later`,
    );
  }

  #reportSuccess(): void {
    this.#backoffMs = FIRST_BACKOFF_MS;
    if (this.#failingSinceMs === undefined) return;
    const seconds = Math.round((Date.now() - this.#failingSinceMs) / 1000);
    this.#failingSinceMs = undefined;
    diag.info(`log records are sent to ${this.#options.url} again, after ${seconds} s`);
  }
}

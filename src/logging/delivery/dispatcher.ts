import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { describeError, diag, warnOnce } from '../../diag.js';
import type { DropReason } from '../../metrics/catalogue.js';
import { withoutEmitting } from '../record.js';
import type { Buffers } from './buffers.js';
import { printRequest, type Segment } from './segment.js';
import type { Sender, SendResult } from './sender.js';

/** Also where the server says `Retry-After: 0`. */
const SHORTEST_BACKOFF_MS = 100;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 15_000;
/** A segment that the server fails at this often lets the others go first. */
const MAX_FAILURES = 3;
const EMPTY_REQUEST = ['{"resourceLogs":[]}'];

/** What is sent where, and who hears of it. */
export interface DispatcherOptions {
  readonly buffers: Buffers;
  readonly sender: Sender;
  /** Where records go, for messages. */
  readonly url: string;
  /** Where they wait, for messages. */
  readonly waitingPlace: string;
  readonly onDropped: (reason: DropReason, count: number) => void;
  /** Sending works again. */
  readonly onRecovered: () => void;
}

type Retry = Extract<SendResult, { outcome: 'retry' }>;

/** Sends the sealed segments, one request at a time, for as often as it takes. Keeps nothing alive. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  // What is logged by code that sends would be sent, and so on.
  readonly #silence = withoutEmitting(ROOT_CONTEXT);
  #run: Promise<void> | undefined;
  #backoffTimer: NodeJS.Timeout | undefined;
  #backoffMs = FIRST_BACKOFF_MS;
  #failingSinceMs: number | undefined;
  /** The server has taken something: it is one for logs. */
  #proven = false;
  #stopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Whether the last try to send failed. */
  get failing(): boolean {
    return this.#failingSinceMs !== undefined;
  }

  /** Sends what is sealed, unless a failure has to be waited out first. */
  wake(): void {
    if (this.#run !== undefined || this.#stopped || this.#backoffTimer !== undefined) return;
    this.#run = context.with(this.#silence, () => this.#sendAll()).finally(() => (this.#run = undefined));
  }

  /** Sends now, whatever has failed before. Resolves when nothing is left or something cannot be sent. */
  async drain(): Promise<void> {
    clearTimeout(this.#backoffTimer);
    this.#backoffTimer = undefined;
    this.wake();
    await this.#run;
  }

  /** Nothing more is sent after the request that is on its way. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#backoffTimer);
    this.#options.sender.close();
  }

  /** Segment after segment until none waits or one cannot be sent now. Never rejects. */
  async #sendAll(): Promise<void> {
    const { buffers } = this.#options;
    try {
      for (let next = buffers.next(); next !== undefined && !this.#stopped; next = buffers.next()) {
        const failure = await this.#sendSegment(next);
        if (failure === undefined) buffers.finish(next);
        else return this.#handleFailure(next, failure);
      }
    } catch (error) {
      warnOnce('log-delivery', `log delivery failed: ${describeError(error)}`);
      this.#backOff(MAX_BACKOFF_MS);
    }
  }

  /** The failure after which the rest of the segment has to be tried again; undefined where it is done with. */
  async #sendSegment(segment: Segment): Promise<Retry | undefined> {
    const content = await this.#options.buffers.read(segment);
    if (content === undefined) return undefined;
    const { resource, lines } = content;
    let size = lines.length;
    while (segment.sent < lines.length) {
      const part = lines.slice(segment.sent, segment.sent + size);
      const result = await this.#send(printRequest(resource, part));
      if (result.outcome === 'retry') return result;
      if (result.outcome === 'refused' && part.length > 1) {
        // Halved until the record that nobody will take is alone.
        size = Math.ceil(part.length / 2);
        continue;
      }
      const rejected = result.outcome === 'refused' ? 1 : result.rejected;
      if (rejected > 0) this.#reject(rejected, result.reason);
      segment.sent += part.length;
      size *= 2;
    }
    return undefined;
  }

  async #send(body: Iterable<string>): Promise<SendResult> {
    const { sender } = this.#options;
    let result = await sender.send(body);
    if (result.outcome === 'refused' && result.tooLarge !== true && !this.#proven) {
      // A server that is not one for logs refuses everything; then it is not the records' fault.
      const probe = await sender.send(EMPTY_REQUEST);
      if (probe.outcome === 'accepted') this.#proven = true;
      else result = { outcome: 'retry', reason: result.reason };
    }
    if (result.outcome === 'retry') return result;
    if (result.outcome === 'accepted') this.#proven = true;
    this.#reportSuccess();
    return result;
  }

  #reject(count: number, reason: string): void {
    this.#options.onDropped('rejected', count);
    warnOnce('log-rejected', `${this.#options.url} refused ${count} log record(s) for good: ${reason}`);
  }

  #handleFailure(segment: Segment, { reason, afterMs, suspect }: Retry): void {
    this.#reportFailure(reason);
    segment.failures += 1;
    if (suspect === true && segment.failures % MAX_FAILURES === 0) this.#options.buffers.postpone(segment);
    this.#backOff(afterMs ?? this.#nextBackoffMs());
  }

  #nextBackoffMs(): number {
    const backoffMs = this.#backoffMs;
    this.#backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    // Jitter: processes that lost one collector must not come back to it in step.
    return backoffMs * (0.75 + Math.random() / 2);
  }

  #backOff(ms: number): void {
    if (this.#stopped) return;
    this.#backoffTimer = setTimeout(
      () => {
        this.#backoffTimer = undefined;
        this.wake();
      },
      Math.max(ms, SHORTEST_BACKOFF_MS),
    ).unref();
  }

  #reportFailure(reason: string): void {
    if (this.#failingSinceMs !== undefined) return;
    this.#failingSinceMs = performance.now();
    const { url, waitingPlace } = this.#options;
    diag.warn(`log records cannot be sent to ${url} (${reason}); they wait ${waitingPlace} and are sent later`);
  }

  #reportSuccess(): void {
    this.#backoffMs = FIRST_BACKOFF_MS;
    if (this.#failingSinceMs === undefined) return;
    const seconds = Math.round((performance.now() - this.#failingSinceMs) / 1000);
    this.#failingSinceMs = undefined;
    diag.info(`log records are sent to ${this.#options.url} again, after ${seconds} s`);
    this.#options.onRecovered();
  }
}

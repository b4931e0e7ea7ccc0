import { diag, warnOnce, describeError } from '../diagnostics/diag.js';
import type { DropReason } from '../metrics/catalogue.js';
import type { SegmentContent } from './buffers.js';
import type { EncodedRecord } from './segment.js';
import type { Spool } from './spool.js';

const MINUTE_MS = 60_000;
/** How long a record waits after it was set aside, and after each failure since. The last one stays. */
const WAITS_MS = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS] as const;
const MAX_RECORDS = 1_000;
/** One of several servers may be the wrong one: it is refused for good after so many. */
const MAX_REFUSALS = 3;
/** After the first one they are told of together, so that a stream of them does not become a stream of lines. */
const REPORT_INTERVAL_MS = MINUTE_MS;
const MAX_TOLD_CHARS = 200;

/** Where records are kept, and who hears of them. */
export interface AsideOptions {
  readonly spool: Spool | undefined;
  /** Where records go, for messages. */
  readonly url: string;
  /** Most bytes of all of them. */
  readonly maxBytes: number;
  /** There are more, or fewer. */
  readonly onChange: (difference: number) => void;
  readonly onDropped: (reason: DropReason, count: number) => void;
}

/** A record that was set aside. */
export interface AsideRecord {
  readonly bytes: number;
}

interface AsideEntry extends AsideRecord {
  /** Undefined where it is in its file alone. */
  content: SegmentContent | undefined;
  file: string | undefined;
  bytes: number;
  failures: number;
  refusals: number;
  /** How many requests had been accepted when it was refused last: a server that takes nothing says nothing of a record. */
  accepted: number;
  isRead: boolean;
  /** By `performance.now()`. */
  dueMs: number;
  underWay: boolean;
}

const UNTRIED = { failures: 0, refusals: 0, accepted: 0, isRead: false, underWay: false };

/**
 * The records at which the server fails while it takes all others. They are kept in the spool, a file each, tried again
 * at growing intervals and at the next start. At most 1,000 of them and `maxBytes`: then the oldest is given up.
 */
export class Aside {
  readonly #options: AsideOptions;
  readonly #entries = new Set<AsideEntry>();
  #bytes = 0;
  #untold = 0;
  #lastReason = '';
  #reportTimer: NodeJS.Timeout | undefined;

  constructor(options: AsideOptions) {
    this.#options = options;
  }

  /** Takes a record. @param reason The server's last failure at it. */
  add(resource: string, line: EncodedRecord, reason: string): void {
    const saved = this.#options.spool?.saveAside(resource, line);
    this.#add({
      content: saved === undefined ? { resource, lines: [line] } : undefined,
      file: saved?.file,
      bytes: saved?.bytes ?? Buffer.byteLength(line.record),
      dueMs: performance.now() + WAITS_MS[0],
      ...UNTRIED,
    });
    this.#tell(line, reason, saved?.file);
  }

  /** Takes files that an earlier process left; they are due at once. */
  addAdopted(files: readonly { readonly file: string; readonly bytes: number }[]): void {
    for (const { file, bytes } of files) {
      this.#add({ content: undefined, file, bytes, dueMs: 0, ...UNTRIED });
    }
  }

  /** The next one that is due, which stays the caller's until it says what became of it. */
  next(): AsideRecord | undefined {
    const nowMs = performance.now();
    for (const entry of this.#entries) {
      if (entry.underWay || entry.dueMs > nowMs) continue;
      entry.underWay = true;
      return entry;
    }
    return undefined;
  }

  /** When one will be due, by `performance.now()`; undefined where there is none. */
  get dueMs(): number | undefined {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) if (!entry.underWay) dueMs = Math.min(dueMs, entry.dueMs);
    return dueMs === Number.POSITIVE_INFINITY ? undefined : dueMs;
  }

  /** What a record holds. Undefined where it is not to be had any more. */
  async read(record: AsideRecord): Promise<SegmentContent | undefined> {
    const { content, file } = record as AsideEntry;
    if (content !== undefined || file === undefined) return content;
    try {
      const loaded = await this.#options.spool?.load(file);
      if (loaded === undefined) return undefined;
      const { resource, lines, corrupt } = loaded;
      const isWhole = resource !== undefined && lines.length > 0;
      // Without a resource nobody knows whose the record is; and each of these files was written for one.
      this.#countCorrupt(record as AsideEntry, file, isWhole ? corrupt : Math.max(1, corrupt + lines.length));
      return isWhole ? { resource, lines } : undefined;
    } catch (error) {
      warnOnce('log-spool-read', `log spool file ${file} cannot be read and is left alone: ${describeError(error)}`);
      (record as AsideEntry).file = undefined;
      return undefined;
    }
  }

  /** Once, however often it is read. */
  #countCorrupt(entry: AsideEntry, file: string, corrupt: number): void {
    if (entry.isRead || corrupt === 0) return;
    entry.isRead = true;
    this.#options.onDropped('spool_corrupt', corrupt);
    const place = `${this.#options.spool?.directory}/${file}`;
    warnOnce('log-aside-corrupt', `${place} is damaged: ${corrupt} log record(s) that were set aside are lost`);
  }

  /** A record is done with: accepted, refused for good, or gone. */
  finish(record: AsideRecord): void {
    const entry = record as AsideEntry;
    if (!this.#entries.delete(entry)) return;
    this.#bytes -= entry.bytes;
    if (entry.file !== undefined) this.#options.spool?.removeFile(entry.file);
    this.#options.onChange(-1);
  }

  /** The server has failed at it again. */
  fail(record: AsideRecord): void {
    const entry = record as AsideEntry;
    entry.underWay = false;
    entry.failures += 1;
    entry.dueMs = performance.now() + (WAITS_MS[entry.failures] ?? WAITS_MS[WAITS_MS.length - 1] ?? MINUTE_MS);
  }

  /**
   * The server has refused it for what it is. `done`: so often that nobody will ever take it.
   * @param accepted How many requests it has accepted until now.
   */
  refuse(record: AsideRecord, accepted: number): 'again' | 'done' {
    const entry = record as AsideEntry;
    if (accepted > entry.accepted) entry.refusals += 1;
    entry.accepted = accepted;
    if (entry.refusals >= MAX_REFUSALS) return 'done';
    this.fail(record);
    return 'again';
  }

  /** Brings to disk what is not there. The number of records that would be gone with the process. */
  saveSync(): number {
    let lost = 0;
    for (const entry of this.#entries) {
      if (entry.file !== undefined || entry.content === undefined) continue;
      const [line] = entry.content.lines;
      const saved = line && this.#options.spool?.saveAside(entry.content.resource, line);
      if (saved === undefined) lost += 1;
      else entry.file = saved.file;
    }
    return lost;
  }

  /** Nothing is told any more. */
  stop(): void {
    clearTimeout(this.#reportTimer);
    this.#report();
  }

  #add(entry: AsideEntry): void {
    this.#entries.add(entry);
    this.#bytes += entry.bytes;
    this.#options.onChange(1);
    for (const oldest of this.#entries) {
      if (this.#entries.size <= MAX_RECORDS && this.#bytes <= this.#options.maxBytes) break;
      if (oldest.underWay) continue;
      this.finish(oldest);
      this.#options.onDropped('rejected', 1);
    }
  }

  #tell(line: EncodedRecord, reason: string, file: string | undefined): void {
    if (this.#reportTimer !== undefined) {
      this.#untold += 1;
      this.#lastReason = reason;
      return;
    }
    const { url, spool } = this.#options;
    const place = file === undefined ? 'in memory' : `in ${spool?.directory}/${file}`;
    diag.warn(
      `a log record is set aside, ${place}: ${url} fails at it (${reason}) while it takes others; it is tried again at ` +
        `growing intervals: ${line.record.slice(0, MAX_TOLD_CHARS)}`,
    );
    this.#reportLater();
  }

  #reportLater(): void {
    this.#reportTimer = setTimeout(() => {
      this.#reportTimer = undefined;
      if (this.#untold > 0) this.#reportLater();
      this.#report();
    }, REPORT_INTERVAL_MS).unref();
  }

  #report(): void {
    if (this.#untold === 0) return;
    diag.warn(
      `${this.#untold} more log record(s) are set aside: ${this.#options.url} fails at them (${this.#lastReason})`,
    );
    this.#untold = 0;
  }
}

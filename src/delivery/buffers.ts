import { describeError, warnOnce } from '../diagnostics/diag.js';
import type { DropReason } from '../metrics/catalogue.js';
import {
  createAdoptedSegment,
  createSegment,
  isUnsaved,
  lineBytes,
  type Lane,
  type EncodedRecord,
  type Segment,
  type StoredLines,
} from './segment.js';
import type { Spool } from './spool.js';
import type { Part } from './suspects.js';

/** WARN of the OpenTelemetry log data model. */
const WARNING_SEVERITY = 13;
const MAX_SEGMENT_BYTES = 524_288;
/** So that what cannot leave memory, the segment on its way and the open ones, is a part of the bound. */
const SEGMENTS_IN_MEMORY = 8;
const SEGMENTS_IN_SPOOL = 32;

/** Bounds of the buffers, and what they report to. */
export interface BuffersOptions {
  readonly spool: Spool | undefined;
  readonly resource: string;
  readonly memoryBytes: number;
  readonly spoolBytes: number;
  readonly batchSize: number;
  readonly onDropped: (reason: DropReason, count: number) => void;
}

/** Lines of an earlier process. */
export interface SegmentFile extends StoredLines {
  readonly lane: Lane;
}

/** A segment's records, and whose they are. */
export interface SegmentContent {
  readonly resource: string;
  readonly lines: readonly EncodedRecord[];
}

/**
 * The segments that wait: one open segment a lane, which records are added to, and the sealed ones, oldest first.
 * At most `memoryBytes` of them are in memory. The spool decides how many are on disk: its bound
 * holds for all processes together.
 */
export class Buffers {
  readonly #options: BuffersOptions;
  readonly #segmentBytes: number;
  readonly #sealed: Record<Lane, Segment[]> = { high: [], low: [] };
  readonly #open: Record<Lane, Segment | undefined> = { high: undefined, low: undefined };
  /** What the dispatcher has taken and not finished. */
  readonly #out = new Set<Segment>();
  /** Of the segments in the order in which they were written: adopted ones come before what this process writes. */
  #lastOrder = 0;
  #firstOrder = 0;
  /** Of all segments, wherever they are. */
  #totalBytes = 0;
  /** Of those whose lines are in memory. */
  #memoryBytes = 0;

  constructor(options: BuffersOptions) {
    this.#options = options;
    const { spool, memoryBytes, spoolBytes, onDropped } = options;
    this.#segmentBytes = Math.min(MAX_SEGMENT_BYTES, memoryBytes / SEGMENTS_IN_MEMORY, spoolBytes / SEGMENTS_IN_SPOOL);
    spool?.attach({
      maxBytes: spoolBytes,
      canGiveUp: (segment) => !this.#out.has(segment),
      giveUp: (segment, counted) => this.#giveUp(segment, counted),
      onGivenUp: (count) => onDropped('buffer_full', count),
    });
  }

  /** Bytes of the records that wait, in memory or in the spool. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Nothing waits and nothing is on its way. */
  get empty(): boolean {
    return this.#totalBytes === 0 && this.#out.size === 0;
  }

  /** Adds a record, or counts it as dropped. True where a segment is full and should be sent. */
  append(line: EncodedRecord, severityNumber: number): boolean {
    const lane: Lane = severityNumber >= WARNING_SEVERITY ? 'high' : 'low';
    const bytes = lineBytes(line);
    if (!this.#makeRoom(bytes, lane)) {
      this.#options.onDropped('buffer_full', 1);
      return false;
    }
    const segment = (this.#open[lane] ??= createSegment(lane, this.#options.resource));
    segment.lines?.push(line);
    segment.count += 1;
    segment.bytes += bytes;
    this.#totalBytes += bytes;
    this.#memoryBytes += bytes;
    const full = segment.count >= this.#options.batchSize || segment.bytes >= this.#segmentBytes;
    if (full) this.#seal(lane);
    return full;
  }

  /** Closes the open segments, so that they can be sent. */
  sealAll(): void {
    this.#seal('high');
    this.#seal('low');
  }

  /** How many segments wait to be sent, without those that are out. */
  get sealedCount(): number {
    return this.#sealed.high.length + this.#sealed.low.length;
  }

  /** Of the segments that wait, how often the one that failed least has failed; 0 where none waits. */
  get fewestFailures(): number {
    return this.#findOther(undefined)?.failures ?? 0;
  }

  /** The next segment to send, which stays the caller's until `finish`, `giveBack` or `postpone`. */
  next(): Segment | undefined {
    return this.#take(this.#sealed.high[0] ?? this.#sealed.low[0]);
  }

  /**
   * One to try instead of others that failed: the one that failed least, rather of the other lane than of `avoided`.
   */
  nextOther(avoided: Lane | undefined): Segment | undefined {
    return this.#take(this.#findOther(avoided));
  }

  /** One that has failed before: the oldest of the more severe lane, or, where that is asked for, the newest of all. */
  nextFailed(age: 'oldest' | 'newest' = 'oldest'): Segment | undefined {
    const { high, low } = this.#sealed;
    const hasFailed = ({ failures }: Segment): boolean => failures > 0;
    if (age === 'oldest') return this.#take(high.find(hasFailed) ?? low.find(hasFailed));
    const [a, b] = [high.findLast(hasFailed), low.findLast(hasFailed)];
    return this.#take(a === undefined || (b !== undefined && b.order > a.order) ? b : a);
  }

  /** A segment's records, from memory or from disk. Undefined where they are not to be had. */
  async read(segment: Segment): Promise<SegmentContent | undefined> {
    // What another process has given up, and counted, is not sent.
    if (this.#options.spool?.hold(segment) === false) return undefined;
    if (segment.lines !== undefined) return { resource: segment.resource, lines: segment.lines };
    if (segment.file === undefined) return undefined;
    const { file } = segment;
    const loaded = await this.#options.spool?.load(file, segment).catch((error: unknown) => {
      // It stays where it is: the next process of the service tries again.
      warnOnce('log-spool-read', `log spool file ${file} cannot be read and is left alone: ${describeError(error)}`);
      segment.file = undefined;
      return undefined;
    });
    if (loaded === undefined) return undefined;
    const { lines, corrupt } = loaded;
    const { resource } = segment;
    // Once, however often it is read.
    if (!segment.isRead && corrupt > 0) this.#options.onDropped('spool_corrupt', corrupt);
    segment.isRead = true;
    if (resource !== '') return { resource, lines };
    if (lines.length > 0) this.#options.onDropped('spool_corrupt', lines.length);
    return undefined;
  }

  /** A segment is done with: delivered, or nobody will ever take it. */
  finish(segment: Segment): void {
    this.#out.delete(segment);
    this.#forget(segment);
  }

  /** Some lines of a segment are done with, while others are not: a process that takes its file over leaves them out. */
  finishPart({ segment, from, to }: Part, lines: readonly EncodedRecord[]): void {
    const { spool } = this.#options;
    if (spool === undefined || to - from >= lines.length || !spool.saveSync(segment)) return;
    const offsets = [segment.from];
    for (const line of lines) offsets.push((offsets.at(-1) ?? 0) + lineBytes(line));
    const [first, last] = [offsets[from], offsets[to]];
    // Where a write has failed in between, or a line is damaged, they do not stand one after the other.
    if (first === undefined || last === undefined || offsets.at(-1) !== segment.to) return;
    spool.markDone(segment, { from: first, to: last });
  }

  /** A segment goes back to its place in its queue. */
  giveBack(segment: Segment): void {
    this.#out.delete(segment);
    const queue = this.#sealed[segment.lane];
    const at = queue.findIndex(({ order }) => order > segment.order);
    queue.splice(at === -1 ? queue.length : at, 0, segment);
    this.#options.spool?.release(segment);
  }

  /** A segment goes to the end of its queue. */
  postpone(segment: Segment): void {
    segment.order = this.#lastOrder += 1;
    this.giveBack(segment);
  }

  /** Takes files of earlier processes into the queue, oldest first: they are older than what this one has written. */
  addAdopted(files: readonly SegmentFile[]): void {
    const adopted = files.map((file) => createAdoptedSegment(file.lane, file));
    for (const segment of adopted.toReversed()) {
      this.#options.spool?.add(segment);
      this.#totalBytes += segment.bytes;
      segment.order = this.#firstOrder -= 1;
      this.#sealed[segment.lane].unshift(segment);
    }
  }

  /** Brings everything to disk, at once. The number of records that are on no disk and would be gone with the process. */
  saveSync(): number {
    let lost = 0;
    for (const segment of this.#all()) {
      if (!isUnsaved(segment) || this.#options.spool?.saveSync(segment) === true) continue;
      // To make room for one, others may have been given up.
      if (!segment.done) lost += segment.count - Math.max(segment.saved, segment.sent);
    }
    return lost;
  }

  #take(segment: Segment | undefined): Segment | undefined {
    if (segment === undefined) return undefined;
    const queue = this.#sealed[segment.lane];
    queue.splice(queue.indexOf(segment), 1);
    this.#out.add(segment);
    return segment;
  }

  #findOther(avoided: Lane | undefined): Segment | undefined {
    let best: Segment | undefined;
    for (const lane of avoided === 'high' ? (['low', 'high'] as const) : (['high', 'low'] as const)) {
      for (const segment of this.#sealed[lane]) {
        if (best === undefined || segment.failures < best.failures) best = segment;
      }
    }
    return best;
  }

  #all(): Segment[] {
    return [...this.#out, ...this.#sealed.high, this.#open.high, ...this.#sealed.low, this.#open.low].filter(
      (segment) => segment !== undefined,
    );
  }

  #seal(lane: Lane): void {
    const segment = this.#open[lane];
    if (segment === undefined) return;
    segment.sealed = true;
    segment.order = this.#lastOrder += 1;
    this.#sealed[lane].push(segment);
    this.#open[lane] = undefined;
  }

  #makeRoom(bytes: number, lane: Lane): boolean {
    const { memoryBytes } = this.#options;
    if (bytes > memoryBytes) return false;
    if (this.#memoryBytes + bytes > memoryBytes) this.#unload(bytes);
    while (this.#memoryBytes + bytes > memoryBytes) {
      const victim = this.#findVictim('low') ?? (lane === 'high' ? this.#findVictim('high') : undefined);
      if (victim === undefined) return false;
      if (this.#options.spool?.hold(victim) !== false) this.#giveUp(victim, false);
    }
    return true;
  }

  /** The oldest segment of a lane that takes memory and is not on its way. */
  #findVictim(lane: Lane): Segment | undefined {
    return this.#sealed[lane].find(({ lines }) => lines !== undefined) ?? this.#open[lane];
  }

  #giveUp(segment: Segment, counted: boolean): void {
    const queue = this.#sealed[segment.lane];
    const at = queue.indexOf(segment);
    if (at !== -1) queue.splice(at, 1);
    else if (this.#open[segment.lane] === segment) this.#open[segment.lane] = undefined;
    // Who has given up a file counts what is in it.
    const unsaved = segment.lines === undefined ? 0 : segment.count - segment.saved;
    const dropped = counted ? unsaved : segment.count - segment.sent;
    if (dropped > 0) this.#options.onDropped('buffer_full', dropped);
    this.#forget(segment);
  }

  /** Lets go of lines that are on disk, oldest first, writing them there where need be. */
  #unload(bytes: number): void {
    const { spool, memoryBytes } = this.#options;
    if (spool === undefined) return;
    // What is out is read anew for each try.
    for (const segment of [...this.#out, ...this.#sealed.high, ...this.#sealed.low]) {
      if (this.#memoryBytes + bytes <= memoryBytes) return;
      if (segment.lines === undefined) continue;
      if (!spool.saveSync(segment)) return;
      segment.lines = undefined;
      this.#memoryBytes -= segment.bytes;
    }
  }

  #forget(segment: Segment): void {
    segment.done = true;
    this.#totalBytes -= segment.bytes;
    if (segment.lines !== undefined) this.#memoryBytes -= segment.bytes;
    segment.lines = undefined;
    this.#options.spool?.remove(segment);
  }
}

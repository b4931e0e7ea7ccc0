import { describeError, warnOnce } from '../../diag.js';
import type { DropReason } from '../../metrics/catalogue.js';
import {
  createAdoptedSegment,
  createSegment,
  isUnsaved,
  lineBytes,
  type Lane,
  type Line,
  type Segment,
} from './segment.js';
import type { AdoptedFile } from './spool-adoption.js';
import type { Spool } from './spool.js';

/** WARN of the OpenTelemetry log data model. */
const WARNING_SEVERITY = 13;
const MAX_SEGMENT_BYTES = 524_288;
/** So that what cannot leave memory, the segment on its way and the open ones, is a part of the bound. */
const SEGMENTS_IN_MEMORY = 8;

/** Bounds of the buffers, and what they report to. */
export interface BuffersOptions {
  readonly spool: Spool | undefined;
  readonly resource: string;
  readonly memoryBytes: number;
  readonly spoolBytes: number;
  readonly batchSize: number;
  readonly onDropped: (reason: DropReason, count: number) => void;
}

/** A segment's records, and whose they are. */
export interface SegmentContent {
  readonly resource: string;
  readonly lines: readonly Line[];
}

/**
 * The segments that wait: one open segment a lane, which records are added to, and the sealed ones, oldest first.
 * At most `memoryBytes` of them are in memory and at most `spoolBytes` there are at all.
 */
export class Buffers {
  readonly #options: BuffersOptions;
  readonly #segmentBytes: number;
  readonly #sealed: Record<Lane, Segment[]> = { high: [], low: [] };
  readonly #open: Record<Lane, Segment | undefined> = { high: undefined, low: undefined };
  #inFlight: Segment | undefined;
  /** Of all segments, wherever they are. */
  #totalBytes = 0;
  /** Of those whose lines are in memory. */
  #memoryBytes = 0;

  constructor(options: BuffersOptions) {
    this.#options = options;
    this.#segmentBytes = Math.min(MAX_SEGMENT_BYTES, options.memoryBytes / SEGMENTS_IN_MEMORY);
  }

  /** Nothing waits and nothing is on its way. */
  get empty(): boolean {
    return this.#totalBytes === 0 && this.#inFlight === undefined;
  }

  /** Adds a record, or counts it as dropped. True where a segment is full and should be sent. */
  append(line: Line, severityNumber: number): boolean {
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

  /** The next segment to send, which stays the caller's until `finish` or `postpone`; the one in flight, if one is. */
  next(): Segment | undefined {
    this.#inFlight ??= this.#sealed.high.shift() ?? this.#sealed.low.shift();
    return this.#inFlight;
  }

  /** A segment's records, from memory or from disk. Undefined where they are not to be had. */
  async read(segment: Segment): Promise<SegmentContent | undefined> {
    if (segment.lines !== undefined) return { resource: segment.resource, lines: segment.lines };
    if (segment.file === undefined) return undefined;
    const { file } = segment;
    const loaded = await this.#options.spool?.load(file).catch((error: unknown) => {
      // It stays where it is: the next process of the service tries again.
      warnOnce('log-spool-read', `log spool file ${file} cannot be read and is left alone: ${describeError(error)}`);
      segment.file = undefined;
      return undefined;
    });
    if (loaded === undefined) return undefined;
    const { lines, corrupt, resource } = loaded;
    // Once, however often it is read.
    if (segment.failures === 0 && corrupt > 0) this.#options.onDropped('spool_corrupt', corrupt);
    if (resource !== undefined) return { resource, lines };
    if (lines.length > 0) this.#options.onDropped('spool_corrupt', lines.length);
    return undefined;
  }

  /** The segment in flight is done with: delivered, or nobody will ever take it. */
  finish(segment: Segment): void {
    this.#forget(segment);
    this.#inFlight = undefined;
  }

  /** The segment in flight goes to the end of its queue. */
  postpone(segment: Segment): void {
    this.#sealed[segment.lane].push(segment);
    this.#inFlight = undefined;
  }

  /** Takes files of earlier processes into the queue, oldest first: they are older than what this one has written. */
  addAdopted(files: readonly AdoptedFile[]): void {
    const adopted = files.map(({ lane, file, bytes }) => createAdoptedSegment(lane, file, bytes));
    for (const segment of adopted.toReversed()) {
      this.#totalBytes += segment.bytes;
      this.#sealed[segment.lane].unshift(segment);
    }
  }

  /** Brings everything to disk. True where something is left to do. */
  async save(): Promise<boolean> {
    const { spool } = this.#options;
    if (spool === undefined) return false;
    for (const segment of this.#all()) {
      if (isUnsaved(segment) || (segment.sealed && segment.fd !== undefined)) await spool.save(segment);
    }
    return this.#all().some(isUnsaved);
  }

  /** The same at once. The number of records that are on no disk and would be gone with the process. */
  saveSync(): number {
    let lost = 0;
    for (const segment of this.#all()) {
      if (!isUnsaved(segment) || this.#options.spool?.saveSync(segment) === true) continue;
      lost += segment.count - Math.max(segment.saved, segment.sent);
    }
    return lost;
  }

  #all(): Segment[] {
    return [this.#inFlight, ...this.#sealed.high, this.#open.high, ...this.#sealed.low, this.#open.low].filter(
      (segment) => segment !== undefined,
    );
  }

  #seal(lane: Lane): void {
    const segment = this.#open[lane];
    if (segment === undefined) return;
    segment.sealed = true;
    this.#sealed[lane].push(segment);
    this.#open[lane] = undefined;
  }

  #hasRoom(bytes: number): boolean {
    const { spool, memoryBytes, spoolBytes } = this.#options;
    return this.#memoryBytes + bytes <= memoryBytes && (spool === undefined || this.#totalBytes + bytes <= spoolBytes);
  }

  #makeRoom(bytes: number, lane: Lane): boolean {
    if (this.#memoryBytes + bytes > this.#options.memoryBytes) this.#unload(bytes);
    while (!this.#hasRoom(bytes)) {
      const victim = lane === 'high' ? this.#takeVictim() : undefined;
      if (victim === undefined) return false;
      this.#giveUp(victim);
    }
    return true;
  }

  /** The oldest segment below WARNING. */
  #takeVictim(): Segment | undefined {
    if (this.#sealed.low.length === 0) this.#seal('low');
    return this.#sealed.low.shift();
  }

  #giveUp(segment: Segment): void {
    const { onDropped, spool } = this.#options;
    if (segment.count > 0 || segment.file === undefined || spool === undefined) {
      onDropped('buffer_full', segment.count - segment.sent);
      this.#forget(segment);
      return;
    }
    // Of an adopted file: how many records it holds is in it.
    this.#totalBytes -= segment.bytes;
    segment.bytes = 0;
    const counted = spool.load(segment.file).then(
      (loaded) => onDropped('buffer_full', loaded?.lines.length ?? 0),
      () => onDropped('buffer_full', 1),
    );
    void counted.then(() => this.#forget(segment));
  }

  /** Lets go of lines that are on disk, oldest first, writing them there where need be. */
  #unload(bytes: number): void {
    const { spool, memoryBytes } = this.#options;
    if (spool === undefined) return;
    for (const segment of [...this.#sealed.high, ...this.#sealed.low]) {
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

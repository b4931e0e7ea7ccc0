import fs from 'node:fs';
import path from 'node:path';
import { describeError, diag } from '../diagnostics/diag.js';
import { Scratch } from './scratch.js';
import { isUnsaved, type Lane, type EncodedRecord, type Segment } from './segment.js';
import { saveAside, type AsideFile, SpoolFile, loadFile, type LoadedFile } from './spool-file.js';
import { Adoption, type AdoptedFile } from './spool-adoption.js';
import { findFolderProblem, isUsableFolder } from './spool-folder.js';
import { SpoolNames } from './spool-names.js';
import { printHeldName } from './spool-owner.js';
import { makeRoom } from './spool-room.js';
import { printHeader, printLines, type ByteRange } from './spool-text.js';

/** Whose segments are in the spool. */
export interface SpoolKeeper {
  /** Most that the folder may hold, over all its processes. */
  readonly maxBytes: number;
  /** Whether a segment can be given up: it is not on its way. */
  readonly canGiveUp: (segment: Segment) => boolean;
  /** Gives a segment up, since there is no room, and has it removed. `counted`: another process has counted it. */
  readonly giveUp: (segment: Segment, counted: boolean) => void;
  /** Records of other processes were given up. */
  readonly onGivenUp: (count: number) => void;
}

/** A folder, and where spools of this service were before. */
export interface SpoolOptions {
  readonly directory: string;
  readonly serviceName: string;
  /** Folders that are looked into too, where they are there and ours. Default: none. */
  readonly formerDirectories?: readonly string[];
}

/** After a failed write the folder is left alone for this long. */
const SUSPEND_MS = 15_000;
/** Where there was no room, it is looked for again after this time: looking costs more than a write. */
const FULL_MS = 1_000;
/** A file is written into up to this part of the folder's bound. */
const PART = 32;
const MAX_FILE_BYTES = 1_048_576;

/**
 * The folder in which segments survive the process. Each process writes a file for each lane, which stays open, and
 * begins another where that one is large; what a dead process of the same service left is taken over. Nothing is written
 * outside the folder: files are created exclusively and links are not followed.
 */
export class Spool {
  readonly directory: string;
  readonly #options: SpoolOptions;
  readonly #names: SpoolNames;
  #keeper: SpoolKeeper | undefined;
  readonly #adoptions: readonly Adoption[];
  readonly #files = new Set<SpoolFile>();
  readonly #current: Record<Lane, SpoolFile | undefined> = { high: undefined, low: undefined };
  /** Files that are being removed. */
  readonly #removals = new Set<string>();
  readonly #scratch = new Scratch();
  #suspendedUntilMs = 0;
  #fullUntilMs = 0;
  #suspended = false;

  private constructor(options: SpoolOptions) {
    this.directory = options.directory;
    this.#options = options;
    this.#names = new SpoolNames(options.directory, options.serviceName);
    this.#adoptions = [options.directory, ...(options.formerDirectories ?? [])].map(
      (directory) =>
        new Adoption({
          directory,
          target: options.directory,
          lock: this.#names.lock,
          owner: () => this.#names.owner,
          nextName: (kind, createdMs) => this.#names.next(kind, createdMs),
          nowMs: () => performance.now(),
        }),
    );
  }

  /** Opens the folder, making it where it is not there. Undefined, with one warning, where it cannot be used. */
  static open(options: SpoolOptions): Spool | undefined {
    const { directory } = options;
    try {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      const problem = findFolderProblem(directory);
      if (problem === undefined) return new Spool(options);
      diag.warn(`log spool ${directory} is not used: ${problem}; log records wait in memory only`);
    } catch (error) {
      diag.warn(`log spool ${directory} is not used: ${describeError(error)}; log records wait in memory only`);
    }
    return undefined;
  }

  /** Says whose segments these are. */
  attach(keeper: SpoolKeeper): void {
    this.#keeper = keeper;
  }

  /** Whether writing is worth a try. */
  get usable(): boolean {
    return performance.now() >= this.#suspendedUntilMs;
  }

  /** The end of the process is no time to wait for a disk that failed a while ago: it is tried once more now. */
  retryNow(): void {
    this.#suspendedUntilMs = 0;
    this.#fullUntilMs = 0;
  }

  /** Writes what the segment has not on disk yet. Where that fails the spool is suspended. */
  saveSync(segment: Segment): boolean {
    const { lines } = segment;
    if (lines === undefined || segment.saved >= lines.length) return true;
    if (segment.done || !this.usable) return false;
    let file: SpoolFile | undefined;
    try {
      file = this.#findFile(segment);
      if (file === undefined) return false;
      const rows = printLines(segment.saved === 0 ? lines : lines.slice(segment.saved));
      const { from, to } = file.append(printHeader(segment.resource), rows, this.#scratch);
      if (segment.file === undefined) segment.from = from;
      segment.file = file.name;
      segment.to = to;
      segment.saved = lines.length;
      file.live.add(segment);
      this.#recovered();
      return true;
    } catch (error) {
      if (file?.live.size === 0) this.#drop(file);
      this.#fail(error);
      return false;
    }
  }

  /** A file's lines, or those of a part of it. Undefined where the file is gone: another process has taken it over. */
  load(name: string, range?: ByteRange): Promise<LoadedFile | undefined> {
    return loadFile(path.join(this.directory, name), range);
  }

  /**
   * Keeps what a segment is in from other processes: it is sent, or given up here. False where one of them has given it up
   * to make room, and counted it: then the segments that wait are gone, and so should this one be.
   */
  hold(segment: Segment): boolean {
    const file = this.#find(segment);
    if (file === undefined || file.isHeld) return true;
    try {
      file.hold();
      return true;
    } catch (error) {
      if (!this.#isTaken(error)) return true;
      this.#lose(file, true);
      return false;
    }
  }

  /** A segment waits again. */
  release(segment: Segment): void {
    const file = this.#find(segment);
    if (file !== undefined) this.#release(file);
  }

  /** A segment is done with. Nothing is opened, closed or removed for that while its file is the one written into. */
  remove(segment: Segment): void {
    const file = this.#find(segment);
    segment.file = undefined;
    if (file?.live.delete(segment) !== true) return;
    try {
      if (file.live.size > 0) file.markDone(segment);
      else if (this.#isCurrent(file)) file.clear();
      else this.#drop(file);
      if (!this.#isCurrent(file)) file.close();
    } catch (error) {
      // It is sent again at the next start.
      diag.debug(`log spool: ${describeError(error)}`);
    }
  }

  /** Some bytes of a segment are done with. */
  markDone(segment: Segment, range: ByteRange): void {
    const file = this.#find(segment);
    if (file === undefined) return;
    try {
      file.markDone(range);
      if (!this.#isCurrent(file)) file.close();
    } catch (error) {
      // They are sent again at the next start.
      diag.debug(`log spool: ${describeError(error)}`);
    }
  }

  /** What is being removed is gone when this returns, and files that hold nothing too: the process may end. */
  removeAllSync(): void {
    for (const file of this.#files) if (file.live.size === 0) this.#drop(file);
    for (const name of this.#removals) {
      try {
        fs.rmSync(path.join(this.directory, name), { force: true });
      } catch (error) {
        diag.debug(`log spool: ${describeError(error)}`);
      }
    }
    this.#removals.clear();
    if (this.#files.size === 0) this.#names.lock.release();
  }

  /** Takes over the files of processes that are gone. Never rejects. */
  async adopt(): Promise<AdoptedFile[]> {
    const all: AdoptedFile[] = [];
    for (const [index, adoption] of this.#adoptions.entries()) {
      if (index > 0 && !isUsableFolder(this.#options.formerDirectories?.[index - 1])) continue;
      const known = [...this.#files].map((file) => ({ file, name: file.name }));
      const { adopted, names } = await adoption.take(this.#names.owner.service, this.#names.process);
      if (index === 0) this.#checkFiles(known, names);
      all.push(...adopted);
    }
    return all;
  }

  /** Says that a segment of a file that was taken over waits. */
  add(segment: Segment): void {
    const { file: name } = segment;
    if (name === undefined) return;
    const file = this.#find(segment) ?? new SpoolFile(this.directory, name, segment.to);
    this.#files.add(file);
    file.live.add(segment);
  }

  #find({ file: name }: Segment): SpoolFile | undefined {
    if (name === undefined) return undefined;
    for (const file of this.#files) if (file.name === name) return file;
    return undefined;
  }

  /** It is not there, while this process is known to live: then another one has renamed it. */
  #isTaken(error: unknown): boolean {
    const socket = this.#names.lock.held;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || socket === undefined) return false;
    return fs.existsSync(path.join(this.directory, socket));
  }

  #release(file: SpoolFile): void {
    if (!file.isHeld || this.#isCurrent(file)) return;
    if ([...file.live].some((segment) => this.#keeper?.canGiveUp(segment) !== true || isUnsaved(segment))) return;
    try {
      file.release();
    } catch (error) {
      diag.debug(`log spool: ${describeError(error)}`);
    }
  }

  #isCurrent(file: SpoolFile): boolean {
    return this.#current.high === file || this.#current.low === file;
  }

  get #maxFileBytes(): number {
    return Math.min(MAX_FILE_BYTES, (this.#keeper?.maxBytes ?? Number.POSITIVE_INFINITY) / PART);
  }

  #findFile(segment: Segment): SpoolFile | undefined {
    if (segment.file !== undefined) return this.hold(segment) ? this.#find(segment) : undefined;
    const { lane } = segment;
    const current = this.#current[lane];
    if (current !== undefined && current.size < this.#maxFileBytes) return current;
    if (performance.now() < this.#fullUntilMs) return undefined;
    this.#current[lane] = undefined;
    if (current?.live.size === 0) this.#drop(current);
    else if (current !== undefined) this.#release(current);
    current?.close();
    if (!this.#makeRoom(lane)) {
      this.#fullUntilMs = performance.now() + FULL_MS;
      return undefined;
    }
    return this.#create(lane);
  }

  #create(lane: Lane): SpoolFile {
    const file = new SpoolFile(this.directory, printHeldName(this.#names.next(lane, Date.now())));
    file.create();
    this.#files.add(file);
    this.#current[lane] = file;
    return file;
  }

  #makeRoom(lane: Lane): boolean {
    const keeper = this.#keeper;
    if (keeper === undefined) return true;
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const needBytes = this.#maxFileBytes;
    return makeRoom({
      ...keeper,
      directory: this.directory,
      needBytes,
      lane,
      process: this.#names.process,
      giveUp: (name) => this.#giveUp(name),
      nextName: (kind) => this.#names.next(kind, Date.now()),
    });
  }

  #giveUp(name: string): boolean {
    const keeper = this.#keeper;
    const file = [...this.#files].find((each) => each.name === name);
    if (file === undefined || keeper === undefined) return false;
    const segments = [...file.live];
    const [first] = segments;
    if (first === undefined || !segments.every((segment) => keeper.canGiveUp(segment))) return false;
    if (!this.hold(first)) return true;
    this.#drop(file);
    fs.rmSync(path.join(this.directory, file.name), { force: true });
    for (const segment of segments) keeper.giveUp(segment, false);
    return true;
  }

  /** Files that are not in the folder any more were removed by hand, or given up by another process to make room. */
  #checkFiles(known: readonly { file: SpoolFile; name: string }[], names: ReadonlySet<string> | undefined): void {
    const socket = this.#names.lock.held;
    // Then it is not this process that others believe to be alive.
    const isEmptied = names === undefined || socket === undefined || !names.has(socket);
    if (isEmptied && socket !== undefined) {
      this.#names.signAgain();
    }
    for (const { file, name } of known) {
      if (!this.#files.has(file)) continue;
      // A file that was renamed meanwhile may be in the list under neither name.
      const isThere = names?.has(name) === true || fs.existsSync(path.join(this.directory, file.name));
      if (isThere) this.#release(file);
      else this.#lose(file, !isEmptied && !file.isHeld);
    }
  }

  #lose(file: SpoolFile, counted: boolean): void {
    this.#drop(file);
    for (const segment of file.live) {
      segment.file = undefined;
      if (counted && this.#keeper?.canGiveUp(segment) === true) this.#keeper.giveUp(segment, true);
      segment.saved = 0;
    }
  }

  #drop(file: SpoolFile): void {
    file.close();
    this.#files.delete(file);
    for (const lane of ['high', 'low'] as const) if (this.#current[lane] === file) this.#current[lane] = undefined;
    this.removeFile(file.name);
  }

  /** Writes a record that is set aside into a file of its own. Undefined where it cannot be written. */
  saveAside(resource: string, line: EncodedRecord): AsideFile | undefined {
    if (!this.usable) return undefined;
    const file = this.#names.next('aside', Date.now());
    return saveAside(path.join(this.directory, file), resource, line);
  }

  /** Removes a file of ours. */
  removeFile(name: string): void {
    this.#removals.add(name);
    fs.unlink(path.join(this.directory, name), (error) => {
      this.#removals.delete(name);
      // ENOENT: another process took it over. Anything else means that it is sent again at the next start.
      if (error !== null && error.code !== 'ENOENT') diag.debug(`log spool: ${describeError(error)}`);
    });
  }

  #fail(error: unknown): void {
    this.#suspendedUntilMs = performance.now() + SUSPEND_MS;
    if (this.#suspended) return;
    this.#suspended = true;
    diag.warn(
      `log spool ${this.directory} cannot be written: ${describeError(error)}; log records wait in memory only`,
    );
  }

  #recovered(): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    diag.info(`log spool ${this.directory} can be written again`);
  }
}

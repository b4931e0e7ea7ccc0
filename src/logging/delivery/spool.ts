import fs from 'node:fs';
import path from 'node:path';
import { describeError, diag } from '../../diag.js';
import { Scratch } from './scratch.js';
import {
  parseFile,
  printHeader,
  printLines,
  printTornMark,
  type Lane,
  type Line,
  type ParsedFile,
  type Segment,
} from './segment.js';
import { adoptFiles, type AdoptedFile } from './spool-adoption.js';
import { findFolderProblem } from './spool-folder.js';
import { currentOwner, printFileName, type SpoolOwner } from './spool-owner.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants;
// Windows has no such flag.
const NO_FOLLOW = (O_NOFOLLOW as number | undefined) ?? 0;
/** After a failed write the folder is left alone for this long. */
const SUSPEND_MS = 15_000;

/**
 * The folder in which segments survive the process. Each process writes files of its own, named after it; what a
 * dead one of the same service left is taken over. Nothing is written outside the folder: files are created
 * exclusively and links are not followed.
 */
export class Spool {
  readonly directory: string;
  readonly #owner: SpoolOwner;
  /** Files that are being removed. */
  readonly #removals = new Set<string>();
  readonly #scratch = new Scratch();
  #sequence = 0;
  #suspendedUntilMs = 0;
  #suspended = false;

  private constructor(directory: string, serviceName: string) {
    this.directory = directory;
    this.#owner = currentOwner(serviceName);
  }

  /** Opens the folder, making it where it is not there. Undefined, with one warning, where it cannot be used. */
  static open(directory: string, serviceName: string): Spool | undefined {
    try {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      const problem = findFolderProblem(directory);
      if (problem === undefined) return new Spool(directory, serviceName);
      diag.warn(`log spool ${directory} is not used: ${problem}; log records wait in memory only`);
    } catch (error) {
      diag.warn(`log spool ${directory} is not used: ${describeError(error)}; log records wait in memory only`);
    }
    return undefined;
  }

  /** Whether writing is worth a try. */
  get usable(): boolean {
    return performance.now() >= this.#suspendedUntilMs;
  }

  /** The end of the process is no time to wait for a disk that failed a while ago: it is tried once more now. */
  retryNow(): void {
    this.#suspendedUntilMs = 0;
  }

  /** Writes what the segment has not on disk yet. Never rejects; a failure suspends the spool. */
  async save(segment: Segment): Promise<void> {
    const { lines } = segment;
    if (lines === undefined || segment.done || segment.writing !== undefined || !this.usable) return;
    const upTo = lines.length;
    if (segment.saved >= upTo) return this.#closeSealed(segment);
    const write = this.#append(segment, lines, upTo);
    segment.writing = write.then(
      () => {
        segment.saved = Math.max(segment.saved, upTo);
        this.#recovered();
      },
      (error: unknown) => this.#fail(segment, error),
    );
    await segment.writing;
    segment.writing = undefined;
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- it may be acknowledged during the write
    if (segment.done) this.remove(segment);
    else this.#closeSealed(segment);
  }

  /** The same at once, for the end of the process and for bursts. What is being written now is written again. */
  saveSync(segment: Segment): boolean {
    const { lines } = segment;
    if (lines === undefined || segment.saved >= lines.length) return true;
    if (segment.done || !this.usable) return false;
    try {
      segment.fd ??= this.#create(segment);
      const bytes = this.#scratch.encode(printUnsaved(segment, lines, lines.length));
      writeAllSync(segment.fd, bytes);
      this.#scratch.giveBack(bytes);
      segment.saved = lines.length;
      if (segment.writing === undefined) this.#closeSealed(segment);
      this.#recovered();
      return true;
    } catch (error) {
      this.#fail(segment, error);
      return false;
    }
  }

  /** A saved segment's lines. Undefined where the file is gone: another process has taken it over. */
  async load(file: string): Promise<ParsedFile | undefined> {
    try {
      const handle = await fs.promises.open(path.join(this.directory, file), O_RDONLY | NO_FOLLOW);
      try {
        return parseFile(await handle.readFile('utf8'));
      } finally {
        await handle.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Removes a segment's file. While a write is under way `save` does it afterwards. */
  remove(segment: Segment): void {
    const { file, fd } = segment;
    if (file !== undefined) this.#removals.add(file);
    if (segment.writing !== undefined) return;
    if (fd !== undefined) closeQuietly(fd);
    segment.fd = undefined;
    segment.file = undefined;
    if (file === undefined) return;
    fs.unlink(path.join(this.directory, file), (error) => {
      this.#removals.delete(file);
      // ENOENT: another process took it over. Anything else means that it is sent again at the next start.
      if (error !== null && error.code !== 'ENOENT') diag.debug(`log spool: ${describeError(error)}`);
    });
  }

  /** What is being removed is gone when this returns: what was delivered shall not be sent again at the next start. */
  removeAllSync(): void {
    for (const file of this.#removals) {
      try {
        fs.rmSync(path.join(this.directory, file), { force: true });
      } catch (error) {
        diag.debug(`log spool: ${describeError(error)}`);
      }
    }
    this.#removals.clear();
  }

  /** Takes over the files of processes that are gone. Never rejects. */
  adopt(): Promise<AdoptedFile[]> {
    return adoptFiles({ directory: this.directory, owner: this.#owner, nextName: (lane) => this.#nextName(lane) });
  }

  async #append(segment: Segment, lines: readonly Line[], upTo: number): Promise<void> {
    const fd = (segment.fd ??= this.#create(segment));
    const bytes = this.#scratch.encode(printUnsaved(segment, lines, upTo));
    for (let at = 0; at < bytes.length;) at += await writeSome(fd, bytes, at);
    this.#scratch.giveBack(bytes);
  }

  #create(segment: Segment): number {
    if (segment.file !== undefined) return this.#reopen(segment, segment.file);
    const file = this.#nextName(segment.lane);
    const at = path.join(this.directory, file);
    const fd = fs.openSync(at, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | NO_FOLLOW, 0o600);
    try {
      // At once, so that no line can come before it, whichever of two writes is carried out first.
      writeAllSync(fd, Buffer.from(printHeader(segment.resource)));
    } catch (error) {
      closeQuietly(fd);
      fs.rmSync(at, { force: true });
      throw error;
    }
    segment.file = file;
    return fd;
  }

  #reopen(segment: Segment, file: string): number {
    try {
      return fs.openSync(path.join(this.directory, file), O_WRONLY | O_APPEND | NO_FOLLOW);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Removed behind our back: all of it is written anew.
      segment.file = undefined;
      segment.saved = 0;
      return this.#create(segment);
    }
  }

  #nextName(lane: Lane): string {
    this.#sequence += 1;
    return printFileName({ owner: this.#owner, sequence: this.#sequence, lane });
  }

  #closeSealed(segment: Segment): void {
    if (!segment.sealed || segment.fd === undefined || segment.saved < segment.count) return;
    closeQuietly(segment.fd);
    segment.fd = undefined;
  }

  #fail(segment: Segment, error: unknown): void {
    segment.torn = true;
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

/** What is not on disk yet, in pieces. */
function* printUnsaved(segment: Segment, lines: readonly Line[], upTo: number): Generator<string> {
  if (segment.torn) yield printTornMark();
  segment.torn = false;
  yield* printLines(lines.slice(segment.saved, upTo));
}

function writeSome(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, bytes, at, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

function writeAllSync(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
}

function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Nothing depends on it: what was written is written.
  }
}

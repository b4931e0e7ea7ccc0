import fs from 'node:fs';
import path from 'node:path';
import { describeError, diag } from '../../diag.js';
import { parseFile, printHeader, printLines, type Lane, type Line, type Segment } from './segment.js';
import { currentOwner, fileName, isGone, parseFileName, type SpoolOwner } from './spool-owner.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants;
// Windows has no such flag, whatever its type says.
const NO_FOLLOW = (O_NOFOLLOW as number | undefined) ?? 0;
/** A file of another host is an orphan when nobody has touched it for this long. */
const FOREIGN_ORPHAN_MS = 60_000;
/** After a failed write the folder is left alone for this long. */
const SUSPEND_MS = 15_000;

/** A file that another process left behind, now ours. */
export interface AdoptedFile {
  readonly lane: Lane;
  readonly file: string;
  readonly bytes: number;
}

/**
 * The folder in which segments survive the process. Each process writes files of its own, named after it; what a
 * dead one left is taken over by renaming, so that of several takers one wins. Nothing is written outside the
 * folder: files are created exclusively and links are not followed.
 */
export class Spool {
  readonly directory: string;
  readonly #owner: SpoolOwner = currentOwner();
  #sequence = 0;
  #suspendedUntilMs = 0;
  #suspended = false;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Opens the folder, making it where it is not there. Undefined, with one warning, where it cannot be used. */
  static open(directory: string): Spool | undefined {
    try {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      const problem = findProblem(directory);
      if (problem === undefined) return new Spool(directory);
      diag.warn(`log spool ${directory} is not used: ${problem}; log records wait in memory only`);
    } catch (error) {
      diag.warn(`log spool ${directory} is not used: ${describeError(error)}; log records wait in memory only`);
    }
    return undefined;
  }

  /** Whether writing is worth a try. */
  get usable(): boolean {
    return Date.now() >= this.#suspendedUntilMs;
  }

  /** Writes what the segment has not on disk yet. Never rejects; a failure suspends the spool. */
  async save(segment: Segment): Promise<void> {
    const { lines } = segment;
    if (lines === undefined || segment.done || segment.writing !== undefined || !this.usable) return;
    const upTo = lines.length;
    if (segment.saved >= upTo) return this.#closeSealed(segment);
    const write = this.#append(segment, printLines(lines.slice(segment.saved, upTo)));
    segment.writing = write.then(
      () => {
        segment.saved = Math.max(segment.saved, upTo);
        this.#recovered();
      },
      (error: unknown) => this.#fail(segment, error),
    );
    await segment.writing;
    delete segment.writing;
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
      writeAllSync(segment.fd, afterTornLine(segment, printLines(lines.slice(segment.saved))));
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
  async load(file: string): Promise<{ resource: string | undefined; lines: Line[]; corrupt: number } | undefined> {
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
    if (segment.writing !== undefined) return;
    if (segment.fd !== undefined) closeQuietly(segment.fd);
    delete segment.fd;
    if (segment.file !== undefined) fs.rm(path.join(this.directory, segment.file), { force: true }, () => {});
    delete segment.file;
  }

  /** Takes over the files of processes that are gone. Never rejects. */
  async adopt(): Promise<AdoptedFile[]> {
    const adopted: AdoptedFile[] = [];
    try {
      for (const entry of await fs.promises.readdir(this.directory, { withFileTypes: true })) {
        const parsed = entry.isFile() ? parseFileName(entry.name) : undefined;
        if (parsed === undefined) continue;
        const file = await this.#takeOver(entry.name, parsed.owner, parsed.lane);
        if (file !== undefined) adopted.push(file);
      }
    } catch (error) {
      diag.debug(`log spool ${this.directory} cannot be searched: ${describeError(error)}`);
    }
    return adopted;
  }

  async #takeOver(name: string, owner: SpoolOwner, lane: Lane): Promise<AdoptedFile | undefined> {
    const from = path.join(this.directory, name);
    const { mtimeMs, size } = await fs.promises.stat(from).catch(() => ({ mtimeMs: Date.now(), size: 0 }));
    const gone = isGone(owner) ?? Date.now() - mtimeMs > FOREIGN_ORPHAN_MS;
    if (!gone) return undefined;
    const file = this.#nextName(lane);
    try {
      await fs.promises.rename(from, path.join(this.directory, file));
      return { lane, file, bytes: size };
    } catch {
      // Another process was quicker.
      return undefined;
    }
  }

  async #append(segment: Segment, text: string): Promise<void> {
    segment.fd ??= this.#create(segment);
    const bytes = Buffer.from(afterTornLine(segment, text));
    for (let at = 0; at < bytes.length;) at += await writeSome(segment.fd, bytes, at);
  }

  #create(segment: Segment): number {
    const file = this.#nextName(segment.lane);
    const fd = fs.openSync(path.join(this.directory, file), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | NO_FOLLOW, 0o600);
    segment.file = file;
    // At once, so that no line can come before it, whichever of two writes is carried out first.
    writeAllSync(fd, printHeader(segment.resource));
    return fd;
  }

  #nextName(lane: Lane): string {
    this.#sequence += 1;
    return fileName(this.#owner, this.#sequence, lane);
  }

  #closeSealed(segment: Segment): void {
    if (!segment.sealed || segment.fd === undefined || segment.saved < segment.count) return;
    closeQuietly(segment.fd);
    delete segment.fd;
  }

  #fail(segment: Segment, error: unknown): void {
    segment.torn = true;
    this.#suspendedUntilMs = Date.now() + SUSPEND_MS;
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

/** A folder that others may write is where somebody else's links and files would be. */
function findProblem(directory: string): string | undefined {
  const stat = fs.lstatSync(directory);
  if (stat.isSymbolicLink()) return 'it is a symbolic link';
  if (!stat.isDirectory()) return 'it is not a folder';
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  if (stat.uid !== uid) return `it belongs to user ${stat.uid}, the application runs as ${uid}`;
  if ((stat.mode & 0o022) !== 0) return 'others may write to it (chmod 700 mends that)';
  fs.accessSync(directory, fs.constants.W_OK);
  return undefined;
}

/** A write that failed may have left half a line: what follows must not become its other half. */
function afterTornLine(segment: Segment, text: string): string {
  if (!segment.torn) return text;
  segment.torn = false;
  return `\n${text}`;
}

function writeSome(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, bytes, at, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

function writeAllSync(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
}

function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Nothing depends on it: what was written is written.
  }
}

import fs from 'node:fs';
import path from 'node:path';
import type { Scratch } from './scratch.js';
import type { Segment, EncodedRecord } from './segment.js';
import { printFreeName, printHeldName } from './spool-owner.js';
import {
  printDoneMark,
  printTornMark,
  type ByteRange,
  indexFile,
  parseRows,
  type ParsedRows,
  printHeader,
  printLines,
} from './spool-text.js';
import { describeError, diag } from '../diagnostics/diag.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants;
// Windows has no such flag.
const NO_FOLLOW = (O_NOFOLLOW as number | undefined) ?? 0;

/** A file of ours in the spool, and the segments that are in it. All is done at once; what fails throws. */
export class SpoolFile {
  /** Those that are not done with. */
  readonly live = new Set<Segment>();
  readonly #directory: string;
  #name: string;
  #fd: number | undefined;
  #size: number;
  /** The last write failed, perhaps in the middle of a line. */
  #torn = false;

  constructor(directory: string, name: string, size = 0) {
    this.#directory = directory;
    this.#name = name;
    this.#size = size;
  }

  get name(): string {
    return this.#name;
  }

  /** No other process may give it up, to make room. */
  get isHeld(): boolean {
    return this.#name !== printFreeName(this.#name);
  }

  /** Keeps it from other processes, by its name: of two that rename a file one succeeds. */
  hold(): void {
    this.#rename(printHeldName(this.#name));
  }

  /** Other processes may give it up. */
  release(): void {
    this.#rename(printFreeName(this.#name));
  }

  /** Makes the file, which must not be there. */
  create(): void {
    this.#fd = fs.openSync(this.#at, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | NO_FOLLOW, 0o600);
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** Somebody has removed it while it was open: what is written into it is in no folder. */
  get isUnlinked(): boolean {
    return this.#fd !== undefined && fs.fstatSync(this.#fd).nlink === 0;
  }

  /** Adds rows. Where the file is empty they come after its header. */
  append(header: string, rows: Iterable<string>, scratch: Scratch): ByteRange {
    const from = this.#size === 0 ? Buffer.byteLength(header) : this.#size;
    const bytes = scratch.encode(this.#print(header, rows));
    this.#write(bytes);
    scratch.giveBack(bytes);
    return { from, to: this.#size };
  }

  /** Says in the file that some bytes are done with, while others are not. */
  markDone(range: ByteRange): void {
    const wasTorn = this.#torn;
    // After half a line, where there is one: the newline makes an empty row where there is none.
    this.#write(Buffer.from(`\n${printDoneMark(range)}`));
    this.#torn = wasTorn;
  }

  /** Takes all out of it. */
  clear(): void {
    fs.ftruncateSync(this.#open(), 0);
    this.#size = 0;
    this.#torn = false;
  }

  /** Nothing is written any more. */
  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    try {
      fs.closeSync(fd);
    } catch {
      // Nothing depends on it: what was written is written.
    }
  }

  *#print(header: string, rows: Iterable<string>): Generator<string> {
    if (this.#size === 0) yield header;
    else if (this.#torn) yield printTornMark();
    yield* rows;
  }

  #write(bytes: Buffer): void {
    const fd = this.#open();
    const wasTorn = this.#torn;
    this.#torn = true;
    try {
      for (let at = 0; at < bytes.length;) {
        const written = fs.writeSync(fd, bytes, at);
        at += written;
        this.#size += written;
      }
      this.#torn = false;
    } finally {
      // What a failed write has left is known to the kernel alone.
      if (this.#torn) this.#findSize(fd, wasTorn);
    }
  }

  #findSize(fd: number, wasTorn: boolean): void {
    try {
      const { size } = fs.fstatSync(fd);
      this.#torn = wasTorn || size !== 0;
      this.#size = size;
    } catch {
      // As far as is known.
    }
  }

  get #at(): string {
    return path.join(this.#directory, this.#name);
  }

  #rename(name: string): void {
    if (name === this.#name) return;
    fs.renameSync(this.#at, path.join(this.#directory, name));
    this.#name = name;
    for (const segment of this.live) segment.file = name;
  }

  #open(): number {
    this.#fd ??= fs.openSync(this.#at, O_WRONLY | O_APPEND | NO_FOLLOW);
    return this.#fd;
  }
}

/** What a file holds. */
export interface LoadedFile extends ParsedRows {
  /** Undefined where the first line is not a resource, or only a part of the file was asked for. */
  readonly resource: string | undefined;
}

/** A file's lines, or those of a part of it. Undefined where there is no such file. */
export async function loadFile(at: string, range?: ByteRange): Promise<LoadedFile | undefined> {
  try {
    const handle = await fs.promises.open(at, O_RDONLY | NO_FOLLOW);
    try {
      if (range !== undefined) return await loadPart(handle, range);
      const bytes = await handle.readFile();
      const header = bytes.indexOf('\n') + 1;
      return { resource: indexFile(bytes).resource, ...parseRows(bytes.toString('utf8', header)) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function loadPart(handle: fs.promises.FileHandle, { from, to }: ByteRange): Promise<LoadedFile> {
  const bytes = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return { resource: undefined, ...parseRows(bytes.toString('utf8', 0, bytesRead)) };
}

/** A file that holds one record, which is set aside. */
export interface AsideFile {
  readonly file: string;
  readonly bytes: number;
}

/** Writes a record that is set aside into a file of its own. Undefined where it cannot be written. */
export function saveAside(at: string, resource: string, line: EncodedRecord): AsideFile | undefined {
  try {
    const bytes = Buffer.from(printHeader(resource) + [...printLines([line])].join(''));
    fs.writeFileSync(at, bytes, { flag: 'wx', mode: 0o600 });
    return { file: path.basename(at), bytes: bytes.length };
  } catch (error) {
    fs.rmSync(at, { force: true });
    diag.debug(`log spool: ${describeError(error)}`);
    return undefined;
  }
}

import fs from 'node:fs';

/** Longest list of logins, longest token. */
const MAX_SECRET_BYTES = 65_536;
/** Longest file in PEM: all public CAs are a quarter of a megabyte. */
export const MAX_PEM_BYTES = 4_194_304;
const PIECE_BYTES = 16_384;

const { O_NONBLOCK, O_RDONLY } = fs.constants;
// For what takes the place of the file behind the look at it. Windows has no such flag.
const FLAGS = O_RDONLY | ((O_NONBLOCK as number | undefined) ?? 0);

/**
 * What a file has whose path comes from a setting: a secret, a certificate, a key. To open a pipe would wait for its other end
 * for ever, in one of the four threads that the application's files need too, so that only what is a file is opened.
 * Rejects, with the path, where it is none, is longer than `maxBytes` (default: 65,536) or cannot be read.
 */
export async function readSmallFile(file: string, maxBytes = MAX_SECRET_BYTES): Promise<Buffer> {
  check(file, await fs.promises.stat(file), maxBytes);
  const handle = await fs.promises.open(file, FLAGS);
  try {
    check(file, await handle.stat(), maxBytes);
    const pieces = new Pieces(file, maxBytes);
    for (;;) {
      const piece = Buffer.alloc(PIECE_BYTES);
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return pieces.join();
      pieces.add(piece.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** The same at once, for the start of the process. @throws {Error} Where `readSmallFile` rejects. */
export function readSmallFileSync(file: string, maxBytes = MAX_SECRET_BYTES): Buffer {
  check(file, fs.statSync(file), maxBytes);
  const fd = fs.openSync(file, FLAGS);
  try {
    check(file, fs.fstatSync(fd), maxBytes);
    const pieces = new Pieces(file, maxBytes);
    for (;;) {
      const piece = Buffer.alloc(PIECE_BYTES);
      const bytesRead = fs.readSync(fd, piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return pieces.join();
      pieces.add(piece.subarray(0, bytesRead));
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** What tells a file from the one that was there before it; why it cannot be looked at, where it cannot. Never rejects. */
export async function identifyFile(file: string): Promise<string> {
  try {
    return identify(await fs.promises.stat(file));
  } catch (error) {
    return codeOf(error);
  }
}

/** The same at once. Never throws. */
export function identifyFileSync(file: string): string {
  try {
    return identify(fs.statSync(file));
  } catch (error) {
    return codeOf(error);
  }
}

/** Whether to read a path would wait for somebody, or never end: what is there is no file. Never throws. */
export function isEndless(file: string): boolean {
  try {
    const about = fs.statSync(file);
    return !about.isFile() && !about.isDirectory();
  } catch {
    return false;
  }
}

/** A file may grow while it is read, and those of /proc say that they are empty. */
class Pieces {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    checkLength(this.#file, this.#bytes, this.#maxBytes);
  }

  join(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

function check(file: string, about: fs.Stats, maxBytes: number): void {
  if (!about.isFile()) throw new Error(`${file} is not a file`);
  checkLength(file, about.size, maxBytes);
}

function checkLength(file: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new Error(`${file} is longer than ${maxBytes} bytes`);
}

function identify({ dev, ino, size, mtimeMs }: fs.Stats): string {
  return `${dev}.${ino}.${size}.${mtimeMs}`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'absent';
}

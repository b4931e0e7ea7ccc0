import fs from 'node:fs';
import { indexFile, parseRows, type ParsedRows, type ByteRange } from './spool-text.js';

const { O_NOFOLLOW, O_RDONLY } = fs.constants;
// Windows has no such flag.
const NO_FOLLOW = (O_NOFOLLOW as number | undefined) ?? 0;

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

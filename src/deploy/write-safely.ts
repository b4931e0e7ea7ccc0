import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

/**
 * Writes a file whole or not at all: beside its place, then renamed to it. A link in its place is replaced and not followed.
 * Modes are the same under any umask, since the users of containers have to read what is mounted.
 * @param root The folder. @param file `path` from there, with `/`.
 */
export function writeSafely(
  root: string,
  file: { path: string; content: string | Uint8Array; executable?: boolean | undefined },
): void {
  const place = path.join(root, file.path);
  makeFolders(root, path.posix.dirname(file.path));
  // The same name each time: what a killed run has left is replaced by the next.
  const draft = path.join(path.dirname(place), `.${path.basename(place)}.part`);
  rmSync(draft, { force: true });
  const mode = file.executable === true ? 0o755 : 0o644;
  try {
    writeSynced(draft, Buffer.from(file.content), mode);
    chmodSync(draft, mode);
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** After a power cut a name has to have its content. */
function writeSynced(draft: string, bytes: Uint8Array, mode: number): void {
  const descriptor = openSync(draft, 'wx', mode);
  try {
    writeAll(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset);
}

/** Folders that are there keep their modes. */
function makeFolders(root: string, folder: string): void {
  const parts = folder === '.' ? [] : folder.split('/');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const place = path.join(root, ...parts.slice(0, depth));
    if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    mkdirSync(place);
    chmodSync(place, 0o755);
  }
}

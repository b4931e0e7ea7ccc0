import { lstatSync, readFileSync, type Stats } from 'node:fs';
import path from 'node:path';
import { hashText } from './stack.js';

/** What stands at a place below the folder. */
export type PlaceContent =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file'; readonly hash: string; /** Absent where it is no UTF-8. */ readonly text?: string }
  /** No file: a link, a folder. */
  | { readonly kind: 'other'; readonly what: string }
  /** A part of the path is no folder, so that nothing can be written there. */
  | { readonly kind: 'blocked'; readonly what: string };

/** A file of ours has at most some 60 kB; what is this long is somebody else's, and is not read. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Looks at a place without following a link below the folder.
 * @param root The folder, as it really is. @param name From the folder, with `/`.
 * @throws {Error} Where the system does not let us look.
 */
export function lookAt(root: string, name: string): PlaceContent {
  const parts = name.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const parent = parts.slice(0, depth).join('/');
    const stats = lookAtOne(path.join(root, parent));
    if (stats === undefined) return { kind: 'nothing' };
    if (!stats.isDirectory()) return { kind: 'blocked', what: `${parent} is ${nameKind(stats)}` };
  }
  const file = path.join(root, name);
  const stats = lookAtOne(file);
  if (stats === undefined) return { kind: 'nothing' };
  if (!stats.isFile()) return { kind: 'other', what: `it is ${nameKind(stats)}` };
  if (stats.size > MAX_BYTES) return { kind: 'file', hash: `of ${stats.size} bytes` };
  const bytes = readFileSync(file);
  const text = bytes.toString('utf8');
  return { kind: 'file', hash: hashText(bytes), ...(Buffer.from(text).equals(bytes) ? { text } : {}) };
}

function lookAtOne(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}

function nameKind(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a link, which is not followed';
  if (stats.isDirectory()) return 'a folder';
  return stats.isFile() ? 'a file' : 'no file';
}

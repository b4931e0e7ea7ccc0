import { chownSync, cpSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Elasticsearch refuses to run as root. For `spawn`: `nobody` where we are root, else nothing, that is ourselves. */
export const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A folder that belongs to that user. */
export function makeFolder(path) {
  mkdirSync(path, { recursive: true });
  give(path);
  return path;
}

/** Makes a file or folder that user's. */
export function give(path) {
  if (UNPRIVILEGED.uid !== undefined) chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
}

/** Makes a folder and all in it that user's. */
export function giveAll(path) {
  give(path);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAll(join(path, name));
}

/** The folder itself, or a copy of it at `copy` where that user cannot get to it. */
export function findReachable(folder, copy) {
  if (UNPRIVILEGED.uid === undefined || isOpen(folder)) return folder;
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Whether everybody may enter a folder and all above it. */
function isOpen(path) {
  const open = (statSync(path).mode & 0o001) !== 0;
  return open && (dirname(path) === path || isOpen(dirname(path)));
}

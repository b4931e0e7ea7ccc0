import { chownSync, cpSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

/** Elasticsearch refuses to run as root. For `spawn`: `nobody` where we are root, else nothing, that is ourselves. */
export const UNPRIVILEGED = isRoot ? NOBODY : {};

/** A folder that belongs to that user. @param {string} path @returns {string} The path. */
export function makeFolder(path) {
  mkdirSync(path, { recursive: true });
  give(path);
  return path;
}

/** Makes a file or folder that user's. @param {string} path */
export function give(path) {
  if (isRoot) chownSync(path, NOBODY.uid, NOBODY.gid);
}

/** Makes a folder and all in it that user's. @param {string} path */
export function giveAll(path) {
  give(path);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAll(join(path, name));
}

/** The folder itself, or a copy of it at `copy` where that user cannot get to it. @param {string} folder @param {string} copy */
export function findReachable(folder, copy) {
  if (!isRoot || isOpen(folder)) return folder;
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Whether everybody may enter a folder and all above it. @param {string} path @returns {boolean} */
function isOpen(path) {
  const open = (statSync(path).mode & 0o001) !== 0;
  return open && (dirname(path) === path || isOpen(dirname(path)));
}

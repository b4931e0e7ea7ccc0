import path from 'node:path';
import { getStartFolder } from './main-script.js';

/**
 * A path as it is meant when the process starts, so that it leads to the same file wherever the application goes later. In pm2's
 * cluster mode it begins in the folder that pm2 goes to behind the preload. Never throws.
 */
export function resolveAtStart(file: string, findFolder = getStartFolder): string {
  // As it is: where `a` is a link, `/a/../b` is not `/b`.
  if (path.isAbsolute(file)) return file;
  try {
    return path.resolve(findFolder(), file);
  } catch {
    // The working directory was removed: it leads nowhere, and whoever reads it says so.
    return file;
  }
}

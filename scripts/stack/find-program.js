import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these folders' programs of that name, then PATH's; undefined where there is none. @param {string} name @param {readonly string[]} [folders] */
export function findProgram(name, folders = []) {
  const all = [...folders, ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')];
  return all.map((folder) => join(folder, name)).find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { STACK_FOLDER } from './paths.js';

/**
 * Something that `npm run stack:install` brings.
 * @typedef {object} Part
 * @property {string} title
 * @property {string} hint What is done where it is not there.
 * @property {() => Promise<boolean>} install Whether anything was done.
 */

const MARK = '.installed';

/**
 * Fills `folder` once. `make` works in a folder of its own beside it, which takes the name at the end, so that what has the
 * name is whole, whenever the work was cut short. `key` says what should be there: another key, another make.
 * @param {{ folder: string, key: string, make: (work: string) => Promise<void> }} part
 * @returns {Promise<boolean>} Whether anything was done.
 */
export async function installPart({ folder, key, make }) {
  if (readMark(folder) === key) return false;
  mkdirSync(STACK_FOLDER, { recursive: true });
  removeLeftovers(folder);
  const work = mkdtempSync(join(STACK_FOLDER, `.${basename(folder)}-`));
  try {
    await make(work);
    writeFileSync(join(work, MARK), key);
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return true;
}

/** @param {string} folder */
function readMark(folder) {
  const file = join(folder, MARK);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Work folders of runs that were killed. @param {string} folder */
function removeLeftovers(folder) {
  for (const name of readdirSync(STACK_FOLDER)) {
    if (name.startsWith(`.${basename(folder)}-`)) rmSync(join(STACK_FOLDER, name), { recursive: true, force: true });
  }
}

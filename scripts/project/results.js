import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inCache } from './root.js';

/**
 * What a command counted, kept in `.cache/results` for the last line of `.ci/run`.
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} notRun By name.
 * @property {string[]} failures Name of each failed test, and the first line of what it says.
 */

/** @param {string} name @param {Counts} counts */
export function writeCounts(name, counts) {
  writeFileSync(inCache('results', `${name}.json`), `${JSON.stringify(counts, undefined, 2)}\n`);
}

/** Everything that is there. @returns {Map<string, Counts>} */
export function readAllCounts() {
  const folder = inCache('results', '.');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  return new Map(
    files.map((file) => [file.replace(/\.json$/, ''), JSON.parse(readFileSync(inCache('results', file), 'utf8'))]),
  );
}

/** Forgets what a command counted before. @param {string} name */
export function removeCounts(name) {
  rmSync(inCache('results', `${name}.json`), { force: true });
}

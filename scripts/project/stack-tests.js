import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inProject } from './root.js';

/**
 * A file of tests with real servers.
 * @typedef {object} StackTest
 * @property {string} file From the root of the checkout.
 * @property {string[]} needs Parts of the stack, as its comment `// @needs collector, Elasticsearch` names them.
 */

/** The tests with real servers. @returns {StackTest[]} @throws {Error} Where one does not say what it needs. */
export function listStackTests() {
  const folder = inProject('test', 'stack');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => {
      const needs = /^\/\/ @needs (.+)$/m.exec(readFileSync(inProject('test', 'stack', name), 'utf8'))?.[1];
      if (needs === undefined) throw new Error(`test/stack/${name} has no "// @needs PART, PART" line`);
      return { file: `test/stack/${name}`, needs: needs.split(',').map((part) => part.trim()) };
    });
}

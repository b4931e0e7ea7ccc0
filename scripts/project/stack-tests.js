import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inProject } from './root.js';

/**
 * A file of tests with real servers.
 * @typedef {object} StackTest
 * @property {string} file From the root of the checkout.
 * @property {string[]} needs Parts of the stack, as its comment `// @needs collector, Elasticsearch` names them.
 */

/**
 * The tests of a folder of test/ that need parts of the stack.
 * @param {string} [name] Default: stack, those with real servers.
 * @returns {StackTest[]} @throws {Error} Where one does not say what it needs.
 */
export function listStackTests(name = 'stack') {
  const folder = inProject('test', name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => {
      const needs = /^\/\/ @needs (.+)$/m.exec(readFileSync(inProject('test', name, file), 'utf8'))?.[1];
      if (needs === undefined) throw new Error(`test/${name}/${file} has no "// @needs PART, PART" line`);
      return { file: `test/${name}/${file}`, needs: needs.split(',').map((part) => part.trim()) };
    });
}

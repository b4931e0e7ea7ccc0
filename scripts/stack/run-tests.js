import { findToolsNode } from '../project/nodes.js';
import { runNode } from '../project/processes.js';
import { writeCounts } from '../project/results.js';
import { say } from '../project/say.js';
import { runVitest } from '../project/vitest.js';
import { findMissingPart } from './parts.js';

/** @typedef {import('../project/stack-tests.js').StackTest & { missing: string | undefined }} KnownTest */

/** Tests with what keeps each from running here. @param {readonly import('../project/stack-tests.js').StackTest[]} tests @returns {KnownTest[]} */
export function lookForParts(tests) {
  return tests.map((test) => ({ ...test, missing: findMissingPart(test.needs) }));
}

/**
 * Runs those tests of a vitest project that can run here, and names the others; with CI=true these are a failure.
 * @param {object} options
 * @param {string} options.name Of the project and of the run.
 * @param {readonly KnownTest[]} options.tests
 * @param {readonly string[]} options.args More arguments for vitest.
 * @returns {Promise<number>} The exit code.
 */
export async function runTestsWithParts({ name, tests, args }) {
  const project = ['--project', name];
  const kept = tests.filter(({ missing }) => missing !== undefined);
  const exclusions = kept.flatMap(({ file }) => ['--exclude', file]);
  const run =
    kept.length < tests.length
      ? await runVitest({ name, args: [...project, ...exclusions, ...args] })
      : { passed: 0, failed: 0, notRun: [], failures: [], code: 0 };
  const files = kept.map(({ file }) => file);
  const notRun = [...run.notRun, ...(await listNames(name, files))];
  const skipped = notRun.length;
  writeCounts(name, { passed: run.passed, failed: run.failed, skipped, notRun, failures: run.failures });
  say(`${run.passed} passed, ${run.failed} failed, ${skipped} not run.`);
  for (const test of notRun) say(`  not run: ${test}`);
  for (const reason of new Set(kept.map(({ missing }) => missing))) say(`  because: ${reason}`);
  const isFailure = skipped > 0 && process.env['CI'] === 'true';
  if (isFailure) say('With CI=true nothing may be left out.');
  return isFailure ? 1 : run.code;
}

/** Names of the tests in some files. @param {string} project @param {readonly string[]} files @returns {Promise<string[]>} */
async function listNames(project, files) {
  if (files.length === 0) return [];
  const args = ['node_modules/vitest/vitest.mjs', 'list', '--project', project, ...files];
  const { code, output } = await runNode(args, { node: await findToolsNode(), quiet: true });
  const names = output
    .split('\n')
    .filter((line) => line.includes(' > '))
    .map((line) => line.replace(`[${project}] `, ''));
  return code === 0 && names.length > 0 ? names : [...files];
}

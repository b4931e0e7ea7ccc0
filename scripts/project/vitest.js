import { existsSync, readFileSync, rmSync } from 'node:fs';
import { findToolsNode } from './nodes.js';
import { runNode } from './processes.js';
import { removeCounts, writeCounts } from './results.js';
import { inCache } from './root.js';

/** @typedef {import('./results.js').Counts & { code: number }} TestRun */

/**
 * Runs vitest, shows its output, and keeps what it counted.
 * @param {object} options
 * @param {string} options.name Of the run, for its files in `.cache`.
 * @param {readonly string[]} options.args More arguments: `--project unit`, a file, `-t name`.
 * @param {string} [options.testNode] The Node that runs the applications under test. Default: this one.
 * @returns {Promise<TestRun>}
 */
export async function runVitest({ name, args, testNode = process.execPath }) {
  const report = inCache('vitest', `${name}.json`);
  rmSync(report, { force: true });
  removeCounts(name);
  const { code } = await runNode(
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    { node: await findToolsNode(), env: { BARBOSSA_TEST_NODE: process.env['BARBOSSA_TEST_NODE'] ?? testNode } },
  );
  const counts = existsSync(report) ? countTests(JSON.parse(readFileSync(report, 'utf8'))) : nothing();
  // A file that cannot be loaded and an error outside a test fail the run, and are no failed test.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  writeCounts(name, counts);
  return { ...counts, code };
}

/** @returns {import('./results.js').Counts} */
function nothing() {
  return { passed: 0, failed: 0, skipped: 0, notRun: [] };
}

/**
 * @param {{ testResults: { status: string, assertionResults: { status: string, fullName: string }[] }[] }} report
 * vitest's JSON report, in Jest's format.
 */
function countTests({ testResults }) {
  const counts = nothing();
  for (const { status, assertionResults } of testResults) {
    const failedTests = assertionResults.filter((test) => test.status === 'failed').length;
    counts.failed += status === 'failed' ? Math.max(failedTests, 1) : failedTests;
    counts.passed += assertionResults.filter((test) => test.status === 'passed').length;
    const others = assertionResults.filter((test) => test.status !== 'failed' && test.status !== 'passed');
    counts.skipped += others.length;
    counts.notRun.push(...others.map((test) => test.fullName));
  }
  return counts;
}

import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
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
    {
      node: await findToolsNode(),
      // What applications of the tests would keep in the home stays in the checkout.
      env: { BARBOSSA_TEST_NODE: process.env['BARBOSSA_TEST_NODE'] ?? testNode, XDG_STATE_HOME: inCache('state') },
    },
  );
  const counts = existsSync(report) ? countTests(JSON.parse(readFileSync(report, 'utf8'))) : nothing();
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1;
    counts.failures.push('an error outside the tests: see the output');
  }
  writeCounts(name, counts);
  return { ...counts, code };
}

/** @returns {import('./results.js').Counts} */
function nothing() {
  return { passed: 0, failed: 0, skipped: 0, notRun: [], failures: [] };
}

/**
 * @typedef {{ status: string, fullName: string, failureMessages?: string[] | null }} ReportedTest
 * @typedef {{ name: string, status: string, message: string, assertionResults: ReportedTest[] }} ReportedFile
 * @param {{ testResults: ReportedFile[] }} report vitest's JSON report, in Jest's format.
 */
function countTests({ testResults }) {
  const counts = nothing();
  for (const { name, status, message, assertionResults } of testResults) {
    const file = path.basename(name);
    const failedTests = assertionResults.filter((test) => test.status === 'failed');
    counts.failures.push(
      ...failedTests.map((test) => `${file}: ${test.fullName}: ${readFirstLine(test.failureMessages?.[0])}`),
    );
    // A file that cannot be loaded has no failed test.
    if (status === 'failed' && failedTests.length === 0) counts.failures.push(`${file}: ${readFirstLine(message)}`);
    counts.passed += assertionResults.filter((test) => test.status === 'passed').length;
    const others = assertionResults.filter((test) => test.status !== 'failed' && test.status !== 'passed');
    counts.skipped += others.length;
    counts.notRun.push(...others.map((test) => test.fullName));
  }
  counts.failed = counts.failures.length;
  return counts;
}

/** @param {string | undefined} text */
function readFirstLine(text = '') {
  return stripVTControlCharacters(text).split('\n', 1)[0] ?? '';
}

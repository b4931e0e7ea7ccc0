import { fail, printDuration, say } from './say.js';
import { installNode } from './nodes.js';

/** @typedef {import('./vitest.js').TestRun} TestRun */

/**
 * The versions that a command is to run on: `22` is every 22. Ends the command where a name is unknown.
 * @param {readonly string[]} wanted What the command was given.
 * @param {readonly string[]} all
 * @param {readonly string[]} usual Where nothing was given. Default: all.
 */
export function chooseVersions(wanted, all, usual = all) {
  /** @param {string} name */
  const matching = (name) => all.filter((version) => version === name || version.startsWith(`${name}.`));
  const unknown = wanted.find((name) => matching(name).length === 0);
  if (unknown !== undefined) fail(`No Node ${unknown} here. There are ${all.join(', ')}.`);
  return wanted.length === 0 ? usual : all.filter((version) => wanted.some((name) => matching(name).includes(version)));
}

/**
 * Runs tests on one Node after the other and says at the end what became of each.
 * @param {string} title @param {readonly string[]} versions
 * @param {(version: string, testNode: string) => Promise<TestRun>} test
 * @returns {Promise<number>} The exit code.
 */
export async function runOnNodes(title, versions, test) {
  const lines = [];
  let failed = false;
  for (const version of versions) {
    const startedMs = Date.now();
    const outcome = await testOn(version, test);
    failed ||= outcome.failed;
    lines.push(`  ${version.padEnd(8)} ${outcome.text} (${printDuration(Date.now() - startedMs)})`);
  }
  say(['', title, ...lines].join('\n'));
  return failed ? 1 : 0;
}

/**
 * @param {string} version @param {(version: string, testNode: string) => Promise<TestRun>} test
 * @returns {Promise<{ failed: boolean, text: string }>}
 */
async function testOn(version, test) {
  say(`\n=== Node ${version}`);
  let testNode;
  try {
    testNode = await installNode(version);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // Without a network some versions are left out, and named. CI has to have them all.
    return { failed: process.env['CI'] === 'true', text: `NOT RUN: ${reason}` };
  }
  const run = await test(version, testNode);
  return { failed: run.code !== 0, text: `${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped` };
}

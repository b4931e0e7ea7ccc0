#!/usr/bin/env node
// npm run test:nodes: the integration tests on every supported Node. `npm run test:nodes -- 20.6.0 26` takes some.
import './project/node-guard.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { installNode, NODE_VERSIONS } from './project/nodes.js';
import { fail, printDuration, say } from './project/say.js';
import { runVitest } from './project/vitest.js';

const versions = chooseVersions(process.argv.slice(2));
await ensureInstalled({ tools: true });
await ensureBuilt();

const lines = [];
let failed = false;
for (const version of versions) {
  const startedMs = Date.now();
  const outcome = await testOn(version);
  failed ||= outcome.failed;
  lines.push(`  ${version.padEnd(8)} ${outcome.text} (${printDuration(Date.now() - startedMs)})`);
}
say(['', 'Integration tests by Node version:', ...lines].join('\n'));
process.exitCode = failed ? 1 : 0;

/** All versions, or those that are named: `22` is every 22. @param {readonly string[]} wanted */
function chooseVersions(wanted) {
  if (wanted.length === 0) return NODE_VERSIONS;
  const unknown = wanted.find((name) => matching(name).length === 0);
  if (unknown !== undefined) fail(`No Node ${unknown} here. There are ${NODE_VERSIONS.join(', ')}.`);
  return NODE_VERSIONS.filter((version) => wanted.some((name) => matching(name).includes(version)));
}

/** @param {string} name */
function matching(name) {
  return NODE_VERSIONS.filter((version) => version === name || version.startsWith(`${name}.`));
}

/** @param {string} version @returns {Promise<{ failed: boolean, text: string }>} */
async function testOn(version) {
  say(`\n=== Node ${version}`);
  let testNode;
  try {
    testNode = await installNode(version);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // Without a network some versions are left out, and named. CI has to have them all.
    return { failed: process.env['CI'] === 'true', text: `NOT RUN: ${reason}` };
  }
  const run = await runVitest({ name: `node-${version}`, args: ['--project', 'integration'], testNode });
  const text = `${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped`;
  return { failed: run.code !== 0, text };
}

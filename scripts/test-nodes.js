#!/usr/bin/env node
// npm run test:nodes: the integration tests on every supported Node but this one, and on one that must be left alone.
// `npm run test:nodes -- 20.6.0 26` takes some.
import './project/node-guard.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { installNode, NODE_VERSIONS } from './project/nodes.js';
import { fail, printDuration, say } from './project/say.js';
import { runVitest } from './project/vitest.js';

/** A Node that is too old: what is tried on it is that the application runs untouched. */
const UNSUPPORTED_VERSION = '18.20.8';
const ALL_VERSIONS = [UNSUPPORTED_VERSION, ...NODE_VERSIONS];
/** The one that runs this is left out unless it is named: `npm test` runs on it. */
const USUAL_VERSIONS = ALL_VERSIONS.filter((version) => version !== process.versions.node);

/** What takes long and is the same on every Node: `npm test` has it. */
const LEFT_OUT = ['test/integration/flood.test.ts'];

/** Many of these tests wait more than they work. */
const WORKERS = '--maxWorkers=4';

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
say(['', `Integration tests by Node version, without ${LEFT_OUT.join(', ')}:`, ...lines].join('\n'));
process.exitCode = failed ? 1 : 0;

/** The usual versions, or those that are named: `22` is every 22. @param {readonly string[]} wanted */
function chooseVersions(wanted) {
  if (wanted.length === 0) return USUAL_VERSIONS;
  const unknown = wanted.find((name) => matching(name).length === 0);
  if (unknown !== undefined) fail(`No Node ${unknown} here. There are ${ALL_VERSIONS.join(', ')}.`);
  return ALL_VERSIONS.filter((version) => wanted.some((name) => matching(name).includes(version)));
}

/** @param {string} name */
function matching(name) {
  return ALL_VERSIONS.filter((version) => version === name || version.startsWith(`${name}.`));
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
  const tests =
    version === UNSUPPORTED_VERSION
      ? ['test/integration/preload-old-node.test.ts']
      : [WORKERS, ...LEFT_OUT.flatMap((file) => ['--exclude', file])];
  const run = await runVitest({ name: `node-${version}`, args: ['--project', 'integration', ...tests], testNode });
  const text = `${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped`;
  return { failed: run.code !== 0, text };
}

#!/usr/bin/env node
// The end of .ci/run: adds up what the commands counted. A skipped test fails the run, as does a command that counted
// nothing because it did not come that far. What it is given are the names of commands that failed: each is said, also
// where it counts nothing.
import './project/node-guard.js';
import { NODE_VERSIONS, UNSUPPORTED_VERSION } from './project/nodes.js';
import { readAllCounts } from './project/results.js';
import { say } from './project/say.js';

/** `npm run test:nodes` leaves out the one that runs this, and `npm test` runs on it. */
const OTHER_NODES = [UNSUPPORTED_VERSION, ...NODE_VERSIONS].filter((version) => version !== process.versions.node);
const EXPECTED = [
  'check',
  'test',
  ...OTHER_NODES.map((version) => `node-${version}`),
  ...NODE_VERSIONS.map((version) => `transparent-${version}`),
  'browser',
  'stack',
  'chart',
];

const all = readAllCounts();
const total = { passed: 0, failed: 0, skipped: 0 };
say('');
for (const name of EXPECTED) {
  const counts = all.get(name);
  if (counts === undefined) {
    total.failed += 1;
    say(`${name}: did not finish`);
    continue;
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  say(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  for (const failure of counts.failures) say(`  failed: ${failure}`);
  for (const skipped of counts.notRun) say(`  skipped, which CI does not allow: ${skipped}`);
}
const failedCommands = process.argv.slice(2);
for (const command of failedCommands) say(`failed: ${command}`);
const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
say(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed + total.skipped + failedCommands.length === 0 ? 0 : 1;

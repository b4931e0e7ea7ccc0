#!/usr/bin/env node
// npm test: installs, builds and runs the unit and integration tests. Arguments go to vitest: a file, `-t name`,
// `--project unit`.
import './project/node-guard.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { say } from './project/say.js';
import { listStackTests } from './project/stack-tests.js';
import { runVitest } from './project/vitest.js';

const args = process.argv.slice(2);
const projects = args.some((arg) => arg.startsWith('--project'))
  ? []
  : ['--project', 'unit', '--project', 'integration'];

await ensureInstalled({ tools: true });
await ensureBuilt();
const run = await runVitest({ name: 'test', args: [...projects, ...args] });
sayNotRun(run.notRun);
process.exitCode = run.code;

/** The last lines: what these tests did not try. @param {readonly string[]} skipped */
function sayNotRun(skipped) {
  const stack = listStackTests();
  say(`${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped.`);
  if (skipped.length + stack.length > 0) say('Not run:');
  for (const name of skipped) say(`  skipped: ${name}`);
  for (const { file, needs } of stack) say(`  ${file}: needs ${needs.join(' and ')} (npm run test:stack)`);
  say('Not run here: the integration tests on the other Node versions (npm run test:nodes).');
  say('Not run here: the live page in a browser (npm run test:browser).');
  say('Not run here: the Helm chart (npm run test:chart, npm run test:kubernetes).');
  say('Not run here: Kafka between agent and gateway (npm run test:kafka).');
  say('Not run here: deploy/compose.yaml under Docker (npm run test:compose).');
  say('Not run here: programs with and without the preload (npm run test:transparent).');
}

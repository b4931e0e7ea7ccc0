#!/usr/bin/env node
// npm run test:stack: the tests with the real collector and the real Elasticsearch, which `npm run stack:install` brings.
// Arguments go to vitest: a file, `-t name`. What a missing part keeps from running is named; with CI=true it is a failure.
import './project/node-guard.js';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { findToolsNode } from './project/nodes.js';
import { runNode } from './project/processes.js';
import { writeCounts } from './project/results.js';
import { say } from './project/say.js';
import { listStackTests } from './project/stack-tests.js';
import { runVitest } from './project/vitest.js';
import { findMissingPart } from './stack/parts.js';
import { preparation } from './stack/prepare-elasticsearch.js';
import { removeFolder } from './stack/server-process.js';

const NAME = 'stack';
const PROJECT = ['--project', 'stack'];
/** One more than elsewhere: servers are waited for more than they work, and one file waits for alerts for minutes. */
const WORKERS = '--maxWorkers=3';

await ensureInstalled({ tools: true });
await ensureBuilt();
const tests = listStackTests().map((test) => ({ ...test, missing: findMissingPart(test.needs) }));
const kept = tests.filter(({ missing }) => missing !== undefined);
// Once, before the test files that would each do it beside each other.
const usesElasticsearch = tests.some(({ needs, missing }) => missing === undefined && needs.includes('Elasticsearch'));
if (usesElasticsearch) await preparation.install();

// All that the tests write, so that it goes also when they are cut short.
const folder = mkdtempSync(join(tmpdir(), 'barbossa-test-stack-'));
// The user that Elasticsearch runs as has to get in.
chmodSync(folder, 0o711);
process.env['TMPDIR'] = folder;
// Ctrl-C reaches vitest too, which ends; what follows is still done.
process.on('SIGINT', () => {});
const exclusions = kept.flatMap(({ file }) => ['--exclude', file]);
const run =
  kept.length < tests.length
    ? await runVitest({ name: NAME, args: [...PROJECT, WORKERS, ...exclusions, ...process.argv.slice(2)] })
    : { passed: 0, failed: 0, notRun: [], code: 0 };
removeFolder(folder);
const notRun = [...run.notRun, ...(await listNames(kept.map(({ file }) => file)))];
const skipped = notRun.length;
writeCounts(NAME, { passed: run.passed, failed: run.failed, skipped, notRun });
say(`${run.passed} passed, ${run.failed} failed, ${skipped} not run.`);
for (const name of notRun) say(`  not run: ${name}`);
for (const reason of new Set(kept.map(({ missing }) => missing))) say(`  because: ${reason}`);
const isFailure = skipped > 0 && process.env['CI'] === 'true';
if (isFailure) say('With CI=true nothing may be left out.');
process.exitCode = isFailure ? 1 : run.code;

/** Names of the tests in some files. @param {readonly string[]} files @returns {Promise<string[]>} */
async function listNames(files) {
  if (files.length === 0) return [];
  const { code, output } = await runNode(['node_modules/vitest/vitest.mjs', 'list', ...PROJECT, ...files], {
    node: await findToolsNode(),
    quiet: true,
  });
  const names = output
    .split('\n')
    .filter((line) => line.includes(' > '))
    .map((line) => line.replace(/^\[stack\] /, ''));
  return code === 0 && names.length > 0 ? names : [...files];
}

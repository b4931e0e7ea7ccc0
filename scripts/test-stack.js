#!/usr/bin/env node
// npm run test:stack: the tests with the real collector and the real Elasticsearch, which `npm run stack:install` brings.
// Arguments go to vitest: a file, `-t name`. What a missing part keeps from running is named; with CI=true it is a failure.
import './project/node-guard.js';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { listStackTests } from './project/stack-tests.js';
import { unmountBelow } from './stack/disk.js';
import { preparation } from './stack/prepare-elasticsearch.js';
import { lookForParts, runTestsWithParts } from './stack/run-tests.js';
import { removeFolder } from './stack/server-process.js';

/** One more than elsewhere: servers are waited for more than they work, and one file waits for alerts for minutes. */
const WORKERS = '--maxWorkers=3';

await ensureInstalled({ tools: true });
await ensureBuilt();
const tests = lookForParts(listStackTests());
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
process.exitCode = await runTestsWithParts({ name: 'stack', tests, args: [WORKERS, ...process.argv.slice(2)] });
unmountBelow(folder);
removeFolder(folder);

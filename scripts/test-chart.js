#!/usr/bin/env node
// npm run test:chart: the chart of deploy/helm, rendered by the real Helm, which `npm run stack:install -- helm` brings.
// Arguments go to vitest: a file, `-t name`. What a missing part keeps from running is named; with CI=true it is a failure.
import './project/node-guard.js';
import { ensureFolderInstalled, ensureInstalled } from './project/install.js';
import { listStackTests } from './project/stack-tests.js';
import { lookForParts, runTestsWithParts } from './stack/run-tests.js';

await ensureInstalled({ tools: true });
await ensureFolderInstalled('test/chart-types');
const tests = lookForParts(listStackTests('chart'));
process.exitCode = await runTestsWithParts({ name: 'chart', tests, args: process.argv.slice(2) });

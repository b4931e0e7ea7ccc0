#!/usr/bin/env node
// npm run test:kubernetes: the objects of the chart of deploy/helm, given to a real API server of Kubernetes, which
// `npm run stack:install -- kubernetes` brings. Arguments go to vitest: a file, `-t name`. What a missing part keeps from
// running is named; with CI=true it is a failure.
import './project/node-guard.js';
import { ensureInstalled } from './project/install.js';
import { listStackTests } from './project/stack-tests.js';
import { lookForParts, runTestsWithParts } from './stack/run-tests.js';

await ensureInstalled({ tools: true });
const tests = lookForParts(listStackTests('kubernetes'));
process.exitCode = await runTestsWithParts({ name: 'kubernetes', tests, args: process.argv.slice(2) });

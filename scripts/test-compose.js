#!/usr/bin/env node
// npm run test:compose: deploy/compose.yaml under a real Docker daemon, which `npm run stack:install -- docker` brings beside
// the servers of `npm run stack:install`. Arguments go to vitest: a file, `-t name`. What a missing part keeps from running is
// named; with CI=true it is a failure.
import './project/node-guard.js';
import { ensureInstalled } from './project/install.js';
import { listStackTests } from './project/stack-tests.js';
import { lookForParts, runTestsWithParts } from './stack/run-tests.js';

await ensureInstalled({ tools: true });
const tests = lookForParts(listStackTests('compose'));
process.exitCode = await runTestsWithParts({ name: 'compose', tests, args: process.argv.slice(2) });

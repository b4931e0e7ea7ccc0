#!/usr/bin/env node
// npm run test:kafka: agent, Kafka, gateway and Elasticsearch, all real. `npm run stack:install` and `npm run stack:install --
// kafka` bring them. Arguments go to vitest: a file, `-t name`. What a missing part keeps from running is named; with CI=true
// it is a failure.
import './project/node-guard.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { listStackTests } from './project/stack-tests.js';
import { lookForParts, runTestsWithParts } from './stack/run-tests.js';

/** Each file has an Elasticsearch and a Kafka of its own. */
const WORKERS = '--maxWorkers=1';

await ensureInstalled({ tools: true });
await ensureBuilt();
const tests = lookForParts(listStackTests('kafka'));
process.exitCode = await runTestsWithParts({ name: 'kafka', tests, args: [WORKERS, ...process.argv.slice(2)] });

#!/usr/bin/env node
/*
 * npm run stack:up: what deploy/compose.yaml describes, with real programs in place of images, on addresses of the
 * loopback network, until Ctrl-C. What it stores is in a temporary folder, which goes at the end.
 *
 *   npm run stack:up [-- --profile metrics]      all (the default), metrics or logs
 */
import './project/node-guard.js';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { fail, say } from './project/say.js';
import { waitForEnd } from './stack/end-signal.js';
import { findMissingPart } from './stack/parts.js';
import { describeStack } from './stack/places.js';
import { killServers, removeFolder } from './stack/server-process.js';
import { startWhole } from './stack/whole/whole.js';

const METRICS = ['Prometheus', 'Alertmanager', 'node exporter', 'Redis exporter', 'PostgreSQL exporter'];
const LOGS = ['Elasticsearch', 'collector'];
/** What each profile takes, beside what all do. @type {Record<string, string[]>} */
const NEEDED = { all: [...LOGS, ...METRICS], logs: LOGS, metrics: METRICS };

const profile = readProfile();
for (const part of ['containers', 'compose files', 'PostgreSQL', 'Redis', ...(NEEDED[profile] ?? [])]) {
  const missing = findMissingPart([part]);
  if (missing !== undefined) fail(`Nothing is started: ${missing}`);
}
await ensureInstalled({ tools: false });
await ensureBuilt();

const { ended, end } = waitForEnd();
const ending = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'barbossa-stack-'));
/** @type {import('./stack/whole/whole.js').Whole | undefined} */
let whole;

const started = start().catch((/** @type {unknown} */ error) => {
  // What is killed while it starts fails, too.
  if (ending.signal.aborted) return;
  say(`Failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
  end();
});
await ended;
ending.abort();
say('\nStopping ...');
// As an operator does it: the applications finish what they are at.
await whole?.stopApplications();
await killServers();
await started;
removeFolder(folder);
say('All is stopped, and what it stored is removed.');
process.exit();

async function start() {
  say('Starting what deploy/compose.yaml describes ...');
  whole = await startWhole({ folder, profile, say: (line) => say(`  ${line}`), signal: ending.signal });
  for (const name of whole.names) void watch(whole.get(name));
  say(describeStack(whole, profile));
}

/** Says so when a service ends by itself. @param {import('./stack/whole/running-container.js').Container} container */
async function watch({ name, service, exited }) {
  if (service.restart === 'no') return;
  const { code, signal } = await exited;
  if (!ending.signal.aborted) say(`${name} has ended (${signal ?? code}).`);
}

function readProfile() {
  try {
    const { values } = parseArgs({ options: { profile: { type: 'string', default: 'all' } } });
    if (NEEDED[values.profile] !== undefined) return values.profile;
    return fail(`No profile "${values.profile}". There are: ${Object.keys(NEEDED).join(', ')}.`);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

#!/usr/bin/env node
// npm start: installs, builds and runs the sample application under the preload, then says where everything is.
import './project/node-guard.js';
import { findAddresses, findListenProblem, waitForListener } from './project/addresses.js';
import { runInstead } from './project/application.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { fail, say } from './project/say.js';

const COMMAND = ['--import', './dist/register.js', 'server.js'];
const START_DEADLINE_MS = 20_000;

const { app, admin } = findAddresses(process.env);
const problem = await findListenProblem(app);
if (problem === 'EADDRINUSE') {
  fail(`Port ${app.port} is in use by another program. Choose another one: PORT=${(app.port ?? 0) + 1} npm start`);
}
if (problem !== undefined) fail(`The application cannot listen at ${app.host}, port ${app.port}: ${problem}`);

await ensureInstalled({ tools: false });
await ensureBuilt();

const adminProblem = await findListenProblem(admin);
say(`$ node ${COMMAND.join(' ')}`);
const ended = new AbortController();
runInstead(COMMAND, () => ended.abort());
await announce();

/** Says where the application, the metrics and the health page are, once they are there. */
async function announce() {
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  const stop = new AbortController();
  for (const signal of [ended.signal, deadline]) signal.addEventListener('abort', () => stop.abort());
  const appRuns = app.port === undefined || (await waitForListener(app, stop.signal));
  const metrics = await findMetricsProblem(stop.signal);
  if (ended.signal.aborted) return;
  if (!appRuns) {
    say(`\nNothing answers at ${app.url} after ${START_DEADLINE_MS / 1000} s. What the application said is above.`);
    return;
  }
  say(printPlaces(metrics));
}

/** Why there are no metrics. @param {AbortSignal} signal @returns {Promise<string | undefined>} */
async function findMetricsProblem(signal) {
  if (process.env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return 'OTEL_SDK_DISABLED is true';
  if (adminProblem === 'EADDRINUSE') {
    return `port ${admin.port} is in use by another program; set ${admin.variable} to another one`;
  }
  if (adminProblem !== undefined) return `${admin.host}, port ${admin.port}: ${adminProblem}`;
  if (admin.port === undefined) return undefined;
  return (await waitForListener(admin, signal)) ? undefined : `nothing answers at ${admin.url}`;
}

function isLivePageOn() {
  return !['false', '0', 'no', 'off'].includes(process.env['BARBOSSA_LIVE_PAGE']?.trim().toLowerCase() ?? '');
}

/** @param {string | undefined} metricsProblem */
function printPlaces(metricsProblem) {
  const inItsLine = 'at the address that its own line names';
  const lines = ['', 'The sample application runs. Ctrl-C ends it.', '', `  application  ${app.url || inItsLine}`];
  const hasAdmin = metricsProblem === undefined;
  if (hasAdmin) {
    if (isLivePageOn()) lines.push(`  live page    ${admin.url ? `${admin.url}/` : `${inItsLine}, /`}`);
    lines.push(`  metrics      ${admin.url ? `${admin.url}/metrics` : inItsLine}`);
    lines.push(`  health       ${admin.url ? `${admin.url}/health/live` : `${inItsLine}, /health/live`}`);
  } else {
    lines.push(`  metrics      not served: ${metricsProblem}`);
  }
  const pastes = [];
  if (app.url) pastes.push(`curl -i -H 'X-Request-ID: hello-1' ${app.url}/api/tracks/7`);
  if (hasAdmin && admin.url) {
    pastes.push(`curl -s ${admin.url}/metrics | grep '^barbossa_requests_total'`, `curl -i ${admin.url}/health/live`);
  }
  if (pastes.length > 0) lines.push('', 'Paste into another terminal:', '', ...pastes.map((paste) => `  ${paste}`));
  return [...lines, ''].join('\n');
}

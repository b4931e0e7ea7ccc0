#!/usr/bin/env node
/*
 * npm run dashboards:draw: starts what deploy/compose.yaml describes, drives traffic, and draws each dashboard of
 * deploy/grafana/dashboards in Chromium with Grafana's own components. The pictures go to deploy/grafana/pictures.
 *
 *   npm run dashboards:draw [-- --minutes 10]
 *   npm run dashboards:draw -- --again       the answers of the run before in the panels as they are now
 */
import './project/node-guard.js';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';
import { ensureBuilt, TSC } from './project/build.js';
import { ensureFolderInstalled, ensureInstalled } from './project/install.js';
import { runNode } from './project/processes.js';
import { inCache, inProject } from './project/root.js';
import { fail, say } from './project/say.js';
import { createClient } from './stack/elasticsearch-client.js';
import { findProgram } from './stack/find-program.js';
import { findMissingPart } from './stack/parts.js';
import { killServers, removeFolder } from './stack/server-process.js';
import { startWhole } from './stack/whole/whole.js';

const DRAW = 'deploy/grafana/draw';
const RATE_SECONDS = 60;
const POINTS = 240;

const ANSWERS = inCache('dashboards', 'answers.json');

const { minutes, again } = readOptions();
const chromium =
  findProgram('chromium') ??
  findProgram('chromium-browser') ??
  findProgram('google-chrome') ??
  fail('Nothing is drawn: there is no chromium (Debian: apt-get install chromium).');
if (again && !existsSync(ANSWERS)) fail('--again: nothing was drawn here before.');
if (!again) requireParts();
await ensureInstalled({ tools: true });
await ensureFolderInstalled(DRAW);
await checkTypes();
const { askForDrawings, drawDashboards, renewPanels } = await tsImport(`../${DRAW}/draw.ts`, import.meta.url);

try {
  const answers = again ? JSON.parse(readFileSync(ANSWERS, 'utf8')) : await collectAnswers();
  await drawDashboards(renewPanels(answers), { chromium, folder: inProject('deploy/grafana/pictures'), say });
} catch (error) {
  fail(`Not drawn: ${error instanceof Error ? error.message : String(error)}`);
}
process.exit();

function requireParts() {
  const missing = findMissingPart(['containers', 'compose files', 'Elasticsearch', 'collector', 'Prometheus']);
  if (missing !== undefined) fail(`Nothing is drawn: ${missing}`);
}

/** The folder has packages of its own, without which `npm run check` cannot read it. */
async function checkTypes() {
  const { code } = await runNode([TSC, '-p', `${DRAW}/tsconfig.json`], {});
  if (code !== 0) fail('Nothing is drawn: what tsc says is above.');
}

/** Runs the stack under traffic, asks, and ends it. */
async function collectAnswers() {
  await ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-draw-'));
  try {
    say('Starting what deploy/compose.yaml describes ...');
    const whole = await startWhole({ folder, say: (line) => say(`  ${line}`) });
    const fromMs = Date.now();
    const args = ['--url', whole.urlOf('web', 8080), '--seconds', String(minutes * 60)];
    await runNode(['scripts/traffic.js', ...args], {});
    const asked = await askForDrawings(findSources(whole, { fromMs, toMs: Date.now() }));
    writeFileSync(ANSWERS, JSON.stringify(asked));
    await whole.stopApplications();
    return asked;
  } finally {
    await killServers();
    removeFolder(folder);
  }
}

/** @param {import('./stack/whole/whole.js').Whole} whole @param {{ fromMs: number, toMs: number }} time */
function findSources(whole, time) {
  const secrets = whole.findVolume('secrets');
  const { address } = whole.get('elasticsearch');
  const client = createClient({ url: 'https://elasticsearch:9200', caFile: join(secrets, 'ca.crt'), address });
  const auth = `barbossa_reader:${readFileSync(join(secrets, 'reader.password'), 'utf8').trim()}`;
  return {
    prometheus: {
      url: whole.urlOf('prometheus', 9090),
      time,
      rateSeconds: RATE_SECONDS,
      stepSeconds: Math.max(1, Math.round((time.toMs - time.fromMs) / 1_000 / POINTS)),
    },
    elasticsearch: {
      request: (/** @type {string} */ method, /** @type {string} */ path, /** @type {{ body: string }} */ { body }) =>
        client.request(method, path, { auth, body }),
    },
  };
}

function readOptions() {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, again: { type: 'boolean', default: false } },
  });
  const whole = Number(values.minutes);
  if (Number.isInteger(whole) && whole >= 1 && whole <= 60) return { minutes: whole, again: values.again };
  return fail(`--minutes "${values.minutes}" is no whole number from 1 to 60.`);
}

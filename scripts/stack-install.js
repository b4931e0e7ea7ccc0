#!/usr/bin/env node
/*
 * npm run stack:install: brings the real servers that `npm run test:stack`, `npm run faults` and `npm run stack:up` run
 * into .stack/, at the versions that are pinned. What is there already is left alone.
 *
 * npm run stack:install -- helm: a part that these do without, alone. There is helm, for `npm run test:chart`;
 * kubernetes, for `npm run test:kubernetes`: its API server and what else that needs, helm included; kafka, for
 * `npm run test:kafka`; and docker, for `npm run test:compose`.
 */
import './project/node-guard.js';
import { fail, printDuration, say } from './project/say.js';
import { alertmanager } from './stack/install-alertmanager.js';
import { celery } from './stack/install-celery.js';
import { composeCheck } from './stack/install-compose-check.js';
import { collector } from './stack/install-collector.js';
import { docker } from './stack/docker/install-docker.js';
import { elasticsearch } from './stack/install-elasticsearch.js';
import { helm } from './stack/install-helm.js';
import { kafka } from './stack/install-kafka.js';
import { kubernetes } from './stack/install-kubernetes.js';
import { nodeExporter } from './stack/install-node-exporter.js';
import { postgres } from './stack/install-postgres.js';
import { prometheus } from './stack/install-prometheus.js';
import { redis } from './stack/install-redis.js';
import { postgresExporter, redisExporter } from './stack/install-server-exporters.js';
import { MissingError } from './stack/missing.js';
import { preparation } from './stack/prepare-elasticsearch.js';

/** @typedef {import('./stack/install-part.js').Part} Part */

const PROGRESS_MS = 15_000;
const THERE_MS = 200;

const usual = [
  postgres,
  redis,
  celery,
  redisExporter,
  postgresExporter,
  elasticsearch,
  preparation,
  composeCheck,
  nodeExporter,
  alertmanager,
  collector,
  prometheus,
];
/** Installed only where they are named. @type {Readonly<Record<string, readonly Part[]>>} */
const OPTIONAL = { docker, helm: [helm], kafka: [kafka], kubernetes };

const parts = chooseParts(process.argv.slice(2));
const failed = [];
for (const [index, part] of parts.entries()) {
  if (!(await install(part, `[${index + 1}/${parts.length}] ${part.title}`))) failed.push(part.title);
}
if (failed.length > 0) {
  say(`Not installed: ${failed.join('; ')}. Run this again when the machine has what it lacks.`);
  process.exitCode = 1;
}

/** @param {readonly string[]} names @returns {readonly Part[]} */
function chooseParts(names) {
  if (names.length === 0) return usual;
  return names.flatMap(
    (name) => OPTIONAL[name] ?? fail(`No optional part "${name}". There are: ${Object.keys(OPTIONAL).join(', ')}.`),
  );
}

/** @param {Part} part @param {string} name @returns {Promise<boolean>} Whether it is there now. */
async function install(part, name) {
  const startMs = Date.now();
  const first = setTimeout(() => say(`${name}: not there; ${part.hint}`), THERE_MS);
  const progress = setInterval(() => say(`${name}: at work, ${printDuration(Date.now() - startMs)}`), PROGRESS_MS);
  try {
    say(`${name}: ${(await part.install()) ? `installed in ${printDuration(Date.now() - startMs)}` : 'there already'}`);
    return true;
  } catch (error) {
    say(`${name}: ${describe(error)}`);
    return false;
  } finally {
    clearTimeout(first);
    clearInterval(progress);
  }
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof MissingError) return `missing: ${error.message}`;
  return `failed: ${error instanceof Error ? error.stack : String(error)}`;
}

#!/usr/bin/env node
/*
 * Gives Elasticsearch what the log indices need, then looks whether it has it: waits for the server, stores the ILM
 * policy and the index template, reads both back, and checks what a new index would really get and what today's have.
 * Says a line for each. May run any number of times. Exit code 0: all is in force; 1: the last line says what is not.
 *
 *   node setup.js [--without-ilm]
 *
 *   BARBOSSA_ELASTICSEARCH_URL                  https://localhost:9200
 *   BARBOSSA_ELASTICSEARCH_CA_FILE              certificate authority; empty: those that Node has
 *   BARBOSSA_ELASTICSEARCH_SETUP_USER           barbossa_setup
 *   BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE  /run/secrets/setup.password
 *   BARBOSSA_LOG_RETENTION_DAYS                 days until an index is deleted: 30
 *   BARBOSSA_SETUP_WAIT_SECONDS                 how long to wait for the server: 180
 *
 * --without-ilm is for a server whose distribution lacks ILM; there somebody else has to delete old indices.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const NAME = 'barbossa-logs';
const PATTERNS = 'barbossa-logs-*,celery-logs-*';
const REQUEST_TIMEOUT_MS = 30_000;

/** A failure that its message alone explains. */
class SetupError extends Error {}

function say(text) {
  process.stdout.write(`setup: ${text}\n`);
}

function readSettings() {
  const { env } = process;
  const { values } = parseArgs({ options: { 'without-ilm': { type: 'boolean', default: false } } });
  const passwordFile = env.BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE ?? '/run/secrets/setup.password';
  const caFile = env.BARBOSSA_ELASTICSEARCH_CA_FILE ?? '';
  const user = env.BARBOSSA_ELASTICSEARCH_SETUP_USER ?? 'barbossa_setup';
  return {
    url: new URL(env.BARBOSSA_ELASTICSEARCH_URL ?? 'https://localhost:9200'),
    ca: caFile === '' ? undefined : readFile(caFile),
    auth: `${user}:${readFile(passwordFile).trim()}`,
    retentionDays: readWhole(env.BARBOSSA_LOG_RETENTION_DAYS, 'BARBOSSA_LOG_RETENTION_DAYS', 30),
    waitMs: readWhole(env.BARBOSSA_SETUP_WAIT_SECONDS, 'BARBOSSA_SETUP_WAIT_SECONDS', 180) * 1000,
    withoutIlm: values['without-ilm'],
  };
}

function readFile(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SetupError(`${path} cannot be read: ${error.message}`);
  }
}

function readWhole(text, name, fallback) {
  if (text === undefined || text === '') return fallback;
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new SetupError(`${name} is "${text}"; allowed: a whole number from 1 to 99999`);
  return Number(text);
}

function readJson(name) {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}

/** One request. Resolves with status and parsed body whatever the status; rejects where there was no answer. */
function request({ url, ca, auth }, method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const { promise, resolve, reject } = deferred();
  const client = url.protocol === 'http:' ? http : https;
  const sent = client.request(
    new URL(path, url),
    { method, auth, ca, headers, timeout: REQUEST_TIMEOUT_MS },
    (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, body: parse(Buffer.concat(chunks).toString()) }));
    },
  );
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
  sent.on('error', reject);
  sent.end(text);
  return promise;
}

function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // Not Elasticsearch's own answer; the text says more than the syntax error would.
    return { error: text.slice(0, 200) };
  }
}

function reason({ status, body }) {
  const error = body?.error;
  return `${status} ${error?.reason ?? error ?? ''}`.trim();
}

/** Mistakes that no waiting mends. */
const PERMANENT = new Map([
  ['CERT_HAS_EXPIRED', 'the certificate has expired; make a new one with prepare.sh'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet; look at the clocks'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'the certificate is for other host names; see BARBOSSA_ELASTICSEARCH_NAMES in prepare.sh',
  ],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate is of another authority; see BARBOSSA_ELASTICSEARCH_CA_FILE'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate is of another authority; see BARBOSSA_ELASTICSEARCH_CA_FILE'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate is of another authority; see BARBOSSA_ELASTICSEARCH_CA_FILE'],
]);

async function waitForServer(settings) {
  const deadline = Date.now() + settings.waitMs;
  for (let said = ''; ;) {
    const problem = await findProblem(settings);
    if (problem === undefined) return;
    if (Date.now() >= deadline)
      throw new SetupError(`${settings.url.origin} was not ready in ${settings.waitMs / 1000} s: ${problem}`);
    if (problem !== said) say(`waiting for ${settings.url.origin}: ${problem}`);
    said = problem;
    await sleep(1000);
  }
}

async function findProblem(settings) {
  let answer;
  try {
    answer = await request(settings, 'GET', '/_cluster/health?wait_for_status=yellow&timeout=1s');
  } catch (error) {
    const permanent = PERMANENT.get(error.code);
    if (permanent !== undefined) throw new SetupError(`${settings.url.origin}: ${permanent}`);
    return error.message || error.code;
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new SetupError(`the server does not take this user or password: ${reason(answer)}`);
  }
  return answer.status === 200 ? undefined : `status ${answer.body?.status ?? reason(answer)}`;
}

async function applyPolicy(settings) {
  const path = `/_ilm/policy/${NAME}`;
  if (settings.withoutIlm) {
    say('ILM: left out (--without-ilm); old indices are not deleted by this server');
    return;
  }
  const wanted = readJson('ilm-policy.json');
  wanted.policy.phases.delete.min_age = `${settings.retentionDays}d`;
  const before = await request(settings, 'GET', path);
  if (lacksHandler(before)) {
    throw new SetupError(
      `this server has no ILM (${reason(before)}), so old indices would stay for ever; --without-ilm goes on all the same`,
    );
  }
  const isThere = (answer) => isCovered(wanted.policy, answer.body?.[NAME]?.policy);
  await apply(settings, {
    path,
    wanted,
    before,
    isThere,
    title: `ILM policy ${NAME} (deleted after ${settings.retentionDays} days)`,
  });
}

/** Elasticsearch's answer where no part of it knows the path. */
function lacksHandler({ status, body }) {
  return (status === 400 || status === 405) && JSON.stringify(body ?? '').includes('no handler found');
}

async function applyTemplate(settings) {
  const path = `/_index_template/${NAME}`;
  const wanted = readJson('index-template.json');
  if (settings.withoutIlm) delete wanted.template.settings.index.lifecycle;
  const find = (answer) => answer.body?.index_templates?.[0]?.index_template;
  const isThere = (answer) => {
    const found = find(answer);
    // Covered both ways: a setting or field that somebody added is a difference too.
    return isCovered(wanted, found) && isCovered(found.template, wanted.template);
  };
  await apply(settings, {
    path,
    wanted,
    before: await request(settings, 'GET', path),
    isThere,
    title: `index template ${NAME}`,
  });
  return wanted.template;
}

async function apply(settings, { path, wanted, before, isThere, title }) {
  if (before.status !== 200 && before.status !== 404)
    throw new SetupError(`${title} cannot be read: ${reason(before)}`);
  if (before.status === 200 && isThere(before)) {
    say(`${title}: unchanged`);
    return;
  }
  const answer = await request(settings, 'PUT', path, wanted);
  if (answer.status !== 200) throw new SetupError(`${title} was refused: ${reason(answer)}`);
  const after = await request(settings, 'GET', path);
  if (after.status !== 200 || !isThere(after))
    throw new SetupError(`${title} was taken but is not what the server has: ${reason(after)}`);
  say(`${title}: ${before.status === 404 ? 'created' : 'was different, put right'}`);
}

/** Whether all of `wanted` is in `actual`. The server writes numbers and booleans of settings as text, and adds its own. */
function isCovered(wanted, actual) {
  if (Array.isArray(wanted)) return isDeepStrictEqual(wanted, actual);
  if (typeof wanted !== 'object' || wanted === null) return String(wanted) === String(actual);
  return (
    typeof actual === 'object' &&
    actual !== null &&
    Object.keys(wanted).every((key) => isCovered(wanted[key], actual[key]))
  );
}

/** Another template with a higher priority would win, and nobody would see it until a search finds nothing. */
async function checkNewIndex(settings, template) {
  for (const index of ['barbossa-logs-2000.01.01', 'celery-logs-2000.01.01']) {
    const answer = await request(settings, 'POST', `/_index_template/_simulate_index/${index}`);
    if (answer.status !== 200) throw new SetupError(`what ${index} would get cannot be found out: ${reason(answer)}`);
    const got = answer.body.template;
    if (isCovered(template.settings, got.settings) && isDeepStrictEqual(template.mappings, normalize(got.mappings)))
      continue;
    throw new SetupError(
      `an index ${index} would not get this template: is there one with a priority of more than 500 for its name?`,
    );
  }
  say(`new indices ${PATTERNS}: get this template`);
}

/** The server returns `dynamic` as text. */
function normalize(mappings) {
  return mappings?.dynamic === 'false' ? { ...mappings, dynamic: false } : mappings;
}

/** Indices that were written before this script ran first have a mapping of their own, and keep it. */
async function checkOldIndices(settings, template) {
  const answer = await request(settings, 'GET', `/${PATTERNS}/_mapping`);
  if (answer.status !== 200) throw new SetupError(`the mappings of ${PATTERNS} cannot be read: ${reason(answer)}`);
  const mappings = Object.entries(answer.body).map(([index, { mappings: found }]) => ({
    index,
    found: normalize(found),
  }));
  const open = mappings.filter(
    ({ found }) => found.dynamic !== false || found.properties?.extras?.type !== 'flattened',
  );
  if (open.length > 0) {
    const names = open.map(({ index }) => index).join(', ');
    throw new SetupError(`made without this template, so records may be refused: ${names}; delete or reindex them`);
  }
  const older = mappings.filter(({ found }) => !isDeepStrictEqual(found, template.mappings)).length;
  say(`existing indices: ${mappings.length}${older > 0 ? `, ${older} of them with an earlier mapping` : ''}`);
}

try {
  const settings = readSettings();
  await waitForServer(settings);
  await applyPolicy(settings);
  const template = await applyTemplate(settings);
  await checkNewIndex(settings, template);
  await checkOldIndices(settings, template);
  say('done');
} catch (error) {
  say(`failed: ${error instanceof SetupError ? error.message : (error?.stack ?? error)}`);
  process.exitCode = 1;
}

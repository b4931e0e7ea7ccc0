import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SetupError } from './failure.js';

/**
 * @typedef {object} Settings
 * @property {URL} url
 * @property {string | undefined} ca Certificate of the authority; `undefined`: those that Node has.
 * @property {string} auth User and password.
 * @property {'daily' | 'datastream'} target Where the collector writes records: an index a day, or data streams.
 * @property {string} namespace Last part of a data stream's name.
 * @property {number} retentionDays
 * @property {number | undefined} warmDays Days until an index moves to warm nodes; `undefined`: never.
 * @property {number | undefined} coldDays Days until it moves to cold nodes; `undefined`: never.
 * @property {number} replicas
 * @property {number} waitMs
 * @property {boolean} withoutIlm
 */

/** Reads environment and arguments. @returns {Settings} @throws {SetupError} That names the variable. */
export function readSettings() {
  const { env } = process;
  const caFile = env['BARBOSSA_ELASTICSEARCH_CA_FILE'] ?? '';
  const user = env['BARBOSSA_ELASTICSEARCH_SETUP_USER'] || 'barbossa_setup';
  const passwordFile = env['BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE'] || '/run/secrets/setup.password';
  return {
    url: readUrl(env['BARBOSSA_ELASTICSEARCH_URL'] || 'https://localhost:9200'),
    ca: caFile === '' ? undefined : readFile(caFile, 'BARBOSSA_ELASTICSEARCH_CA_FILE'),
    auth: `${user}:${readFile(passwordFile, 'BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE').trim()}`,
    target: readTarget(),
    namespace: readNamespace(),
    ...readDays(),
    replicas: readReplicas(),
    waitMs: (readWhole('BARBOSSA_SETUP_WAIT_SECONDS') ?? 180) * 1000,
    withoutIlm: readArguments(),
  };
}

/** Whether --without-ilm is there. */
function readArguments() {
  try {
    return parseArgs({ options: { 'without-ilm': { type: 'boolean', default: false } } }).values['without-ilm'];
  } catch (error) {
    throw new SetupError(`${readMessage(error)} There is --without-ilm.`);
  }
}

/** @param {string} text */
function readUrl(text) {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new SetupError(`BARBOSSA_ELASTICSEARCH_URL is "${text}"; allowed: an http:// or https:// URL`);
}

/** @param {string} path @param {string} variable */
function readFile(path, variable) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SetupError(`${variable}: the file cannot be read: ${readMessage(error)}`);
  }
}

/** Whether records go to an index a day or to data streams. @returns {'daily' | 'datastream'} */
function readTarget() {
  const text = process.env['BARBOSSA_LOG_TARGET'] || 'daily';
  if (text === 'daily' || text === 'datastream') return text;
  throw new SetupError(`BARBOSSA_LOG_TARGET is "${text}"; allowed: daily, datastream`);
}

/** As Elasticsearch takes it: what is left out would end in the name of another stream, or in none. */
function readNamespace() {
  const text = process.env['BARBOSSA_LOG_NAMESPACE'] || 'default';
  if (/^[a-z0-9_.]{1,100}$/.test(text)) return text;
  throw new SetupError(
    `BARBOSSA_LOG_NAMESPACE is "${text}"; allowed: 1 to 100 small letters, digits, underscores and dots`,
  );
}

/** The days of an index's life. @throws {SetupError} Where they are not in the order of its life. */
function readDays() {
  const warmDays = readWhole('BARBOSSA_LOG_WARM_DAYS');
  const coldDays = readWhole('BARBOSSA_LOG_COLD_DAYS');
  const retentionDays = readWhole('BARBOSSA_LOG_RETENTION_DAYS') ?? 30;
  const phases = /** @type {const} */ ([
    ['BARBOSSA_LOG_WARM_DAYS', warmDays],
    ['BARBOSSA_LOG_COLD_DAYS', coldDays],
    ['BARBOSSA_LOG_RETENTION_DAYS', retentionDays],
  ]).filter(([, days]) => days !== undefined);
  for (const [index, [variable, days = 0]] of phases.entries()) {
    const [before, earlier = 0] = phases[index - 1] ?? [];
    if (before === undefined || earlier < days) continue;
    throw new SetupError(`${before} is ${earlier} and ${variable} is ${days}; allowed: fewer days than that`);
  }
  return { warmDays, coldDays, retentionDays };
}

/** @param {string} variable @returns {number | undefined} `undefined`: it is not set. */
function readWhole(variable) {
  const text = process.env[variable] ?? '';
  if (text === '') return undefined;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new SetupError(`${variable} is "${text}"; allowed: a whole number from 1 to 99999`);
}

/** How many copies of an index there are beside the first. */
function readReplicas() {
  const text = process.env['BARBOSSA_LOG_REPLICAS'] || '0';
  if (/^\d$/.test(text)) return Number(text);
  throw new SetupError(`BARBOSSA_LOG_REPLICAS is "${text}"; allowed: a whole number from 0 to 9`);
}

/** @param {unknown} error */
function readMessage(error) {
  return error instanceof Error ? error.message : String(error);
}

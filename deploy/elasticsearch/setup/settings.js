import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SetupError } from './failure.js';

/**
 * @typedef {object} Settings
 * @property {URL} url
 * @property {string | undefined} ca Certificate of the authority; `undefined`: those that Node has.
 * @property {string} auth User and password.
 * @property {number} retentionDays
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
    retentionDays: readWhole('BARBOSSA_LOG_RETENTION_DAYS', 30),
    replicas: readReplicas(),
    waitMs: readWhole('BARBOSSA_SETUP_WAIT_SECONDS', 180) * 1000,
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

/** @param {string} variable @param {number} fallback */
function readWhole(variable, fallback) {
  const text = process.env[variable] ?? '';
  if (text === '') return fallback;
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

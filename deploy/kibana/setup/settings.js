import { readFileSync } from 'node:fs';
import { SetupError } from './failure.js';

/**
 * @typedef {object} Settings
 * @property {URL} url Ends with a slash: Kibana may live below a path.
 * @property {string | undefined} ca Certificate of the authority; `undefined`: those that Node has.
 * @property {string | undefined} auth User and password; `undefined`: Kibana asks for none.
 * @property {number} waitMs
 */

/** Reads the environment. @returns {Settings} @throws {SetupError} That names the variable. */
export function readSettings() {
  const { env } = process;
  const caFile = env['BARBOSSA_KIBANA_CA_FILE'] ?? '';
  const user = env['BARBOSSA_KIBANA_USER'] ?? '';
  const passwordFile = env['BARBOSSA_KIBANA_PASSWORD_FILE'] || '/run/secrets/kibana-user.password';
  return {
    url: readUrl(env['BARBOSSA_KIBANA_URL'] || 'http://localhost:5601'),
    ca: caFile === '' ? undefined : readFile(caFile, 'BARBOSSA_KIBANA_CA_FILE'),
    auth: user === '' ? undefined : `${user}:${readFile(passwordFile, 'BARBOSSA_KIBANA_PASSWORD_FILE').trim()}`,
    waitMs: readWhole('BARBOSSA_SETUP_WAIT_SECONDS', 300) * 1000,
  };
}

/** @param {string} text */
function readUrl(text) {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new SetupError(`BARBOSSA_KIBANA_URL is "${text}"; allowed: an http:// or https:// URL`);
  }
  const url = new URL(text);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** @param {string} path @param {string} variable */
function readFile(path, variable) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SetupError(
      `${variable}: the file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** @param {string} variable @param {number} fallback */
function readWhole(variable, fallback) {
  const text = process.env[variable] ?? '';
  if (text === '') return fallback;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new SetupError(`${variable} is "${text}"; allowed: a whole number from 1 to 99999`);
}

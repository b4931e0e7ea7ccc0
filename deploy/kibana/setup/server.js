import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, SetupError } from './failure.js';

/** @typedef {import('./settings.js').Settings} Settings */

/**
 * What Kibana says. `body` is its JSON, else the beginning of its text as `message`.
 * @typedef {{ status: number, body: any }} Answer
 */

/** A first import starts with the making of Kibana's indices. */
const REQUEST_TIMEOUT_MS = 120_000;
const PAUSE_MS = 1000;

/** Mistakes that no waiting mends. */
const CERTIFICATE_ERRORS = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * One request. Resolves with status and body whatever the status; rejects where there was no answer.
 * @param {Settings} settings @param {string} method @param {string} path Below Kibana's address, without a slash at its
 *   beginning. @param {{ type: string, bytes: Buffer }} [sent]
 * @returns {Promise<Answer>}
 */
function request({ url, ca, auth }, method, path, sent) {
  const open = url.protocol === 'http:' ? requestHttp : requestHttps;
  // Without the first header Kibana takes a request for a browser's that somebody else's page has sent.
  const headers = {
    'kbn-xsrf': 'barbossa',
    ...(sent === undefined ? {} : { 'content-type': sent.type, 'content-length': sent.bytes.length }),
  };
  return new Promise((resolve, reject) => {
    const asked = open(
      new URL(path, url),
      { method, ...(auth === undefined ? {} : { auth }), ca, headers, timeout: REQUEST_TIMEOUT_MS },
      (/** @type {import('node:http').IncomingMessage} */ answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: parse(text) }));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
    asked.on('error', reject);
    asked.end(sent?.bytes);
  });
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // While it starts Kibana answers in plain text; what it says is more use than the syntax error.
    return { message: text.slice(0, 200) };
  }
}

/**
 * The same of a Kibana that was there. @type {typeof request}
 * @throws {SetupError} Where it went away.
 */
export async function ask(settings, method, path, sent) {
  try {
    return await request(settings, method, path, sent);
  } catch (error) {
    throw new SetupError(
      `Kibana gave no answer to ${method} ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** What an answer says went wrong. @param {Answer} answer */
export function describe({ status, body }) {
  return `${status} ${body?.message ?? body?.error ?? ''}`.trim();
}

/** Waits until Kibana is available. @param {Settings} settings @throws {SetupError} Where it never will be, or not in time. */
export async function waitForServer(settings) {
  const { url, waitMs } = settings;
  const deadline = Date.now() + waitMs;
  for (let said = ''; ;) {
    const problem = await findProblem(settings);
    if (problem === undefined) return;
    if (Date.now() >= deadline) throw new SetupError(`${url.href} was not ready in ${waitMs / 1000} s: ${problem}`);
    if (problem !== said) say(`waiting for ${url.href}: ${problem}`);
    said = problem;
    await sleep(PAUSE_MS);
  }
}

/** @param {Settings} settings @returns {Promise<string | undefined>} `undefined`: it is ready. */
async function findProblem(settings) {
  /** @type {Answer} */
  let answer;
  try {
    answer = await request(settings, 'GET', 'api/status');
  } catch (error) {
    const { code = '', message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (CERTIFICATE_ERRORS.has(code)) {
      throw new SetupError(`${settings.url.href}: ${message}; see BARBOSSA_KIBANA_CA_FILE`);
    }
    return message || code;
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new SetupError(`Kibana does not take this user or password: ${describe(answer)}`);
  }
  const level = answer.body?.status?.overall?.level;
  if (level === undefined) return describe(answer);
  return answer.status === 200 && level === 'available' ? undefined : `it is ${level}`;
}

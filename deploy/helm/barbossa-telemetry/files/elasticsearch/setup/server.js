import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError, say } from './failure.js';

/** @typedef {import('./settings.js').Settings} Settings */

/**
 * What the server says. `body` is its JSON.
 * @typedef {{ status: number, body: any }} Answer
 */

const REQUEST_TIMEOUT_MS = 30_000;
const PAUSE_MS = 1000;

const OTHER_AUTHORITY = 'the certificate is of another authority; see BARBOSSA_ELASTICSEARCH_CA_FILE';

/** Mistakes that no waiting mends. */
const PERMANENT = new Map([
  ['CERT_HAS_EXPIRED', 'the certificate has expired; make a new one with prepare.sh'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet; look at the clocks'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'the certificate is for other host names; see BARBOSSA_ELASTICSEARCH_NAMES in prepare.sh',
  ],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', OTHER_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', OTHER_AUTHORITY],
  ['SELF_SIGNED_CERT_IN_CHAIN', OTHER_AUTHORITY],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', OTHER_AUTHORITY],
]);

/**
 * One request. Resolves with status and body whatever the status; rejects where there was no answer.
 * @param {Settings} settings @param {string} method @param {string} path @param {unknown} [body]
 * @returns {Promise<Answer>}
 */
export function request({ url, ca, auth }, method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const open = url.protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const sent = open(
      new URL(path, url),
      { method, auth, ca, headers, timeout: REQUEST_TIMEOUT_MS },
      (/** @type {import('node:http').IncomingMessage} */ answer) => {
        let answered = '';
        answer.setEncoding('utf8').on('data', (chunk) => (answered += chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: parse(answered) }));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
    sent.on('error', reject);
    sent.end(text);
  });
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // Not Elasticsearch's own answer; the text says more than the syntax error would.
    return { error: text.slice(0, 200) };
  }
}

/** What an answer says went wrong. @param {Answer} answer */
export function describe({ status, body }) {
  const error = body?.error;
  return `${status} ${error?.reason ?? error ?? ''}`.trim();
}

/** Waits until the server is ready. @param {Settings} settings @throws {SetupError} Where it never will be, or not in time. */
export async function waitForServer(settings) {
  const { url, waitMs } = settings;
  const deadline = Date.now() + waitMs;
  for (let said = ''; ;) {
    const problem = await findProblem(settings);
    if (problem === undefined) return;
    if (Date.now() >= deadline) throw new SetupError(`${url.origin} was not ready in ${waitMs / 1000} s: ${problem}`);
    if (problem !== said) say(`waiting for ${url.origin}: ${problem}`);
    said = problem;
    await sleep(PAUSE_MS);
  }
}

/** @param {Settings} settings @returns {Promise<string | undefined>} `undefined`: it is ready. */
async function findProblem(settings) {
  /** @type {Answer} */
  let answer;
  try {
    answer = await request(settings, 'GET', '/_cluster/health?wait_for_status=yellow&timeout=1s');
  } catch (error) {
    const { code = '', message } = /** @type {NodeJS.ErrnoException} */ (error);
    const permanent = PERMANENT.get(code);
    if (permanent !== undefined) throw new SetupError(`${settings.url.origin}: ${permanent}`);
    return message || code;
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new SetupError(`the server does not take this user or password: ${describe(answer)}`);
  }
  return answer.status === 200 ? undefined : `status ${answer.body?.status ?? describe(answer)}`;
}

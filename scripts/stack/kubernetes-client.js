import { request } from 'node:https';

const TIMEOUT_MS = 30_000;

/**
 * What the API server answered.
 * @typedef {object} KubernetesAnswer
 * @property {number} status
 * @property {readonly string[]} warnings Texts of its `Warning` headers.
 * @property {unknown} body The object, or a `Status` that says what is wrong.
 */

/**
 * @typedef {object} KubernetesServer
 * @property {number} port Of the loopback address.
 * @property {Buffer} certificate Of the server, which is its own authority.
 * @property {string} token
 */

/**
 * Asks an API server of Kubernetes.
 * @param {KubernetesServer} server
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] Sent as JSON. @param {string} [type] Of the body. Default: application/json.
 * @returns {Promise<KubernetesAnswer>} Refusals too.
 * @throws {Error} Where there is no answer within 30 s.
 */
export function askKubernetes({ port, certificate, token }, method, path, body, type = 'application/json') {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': type };
    const options = { host: '127.0.0.1', port, method, path, headers, ca: certificate, timeout: TIMEOUT_MS };
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (/** @type {string} */ piece) => (text += piece));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        resolve({ status, warnings: listWarnings(response.rawHeaders), body: read(text) });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer within ${TIMEOUT_MS} ms`)));
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** `299 - "text"`, one a header. @param {readonly string[]} rawHeaders */
function listWarnings(rawHeaders) {
  const values = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === 'warning' && index % 2 === 1);
  return values.map((value) => /^\d{3} \S+ "(.*)"$/.exec(value)?.[1] ?? value);
}

/** Health pages are no JSON. @param {string} text @returns {unknown} */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

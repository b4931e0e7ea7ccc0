import { readFileSync } from 'node:fs';
import https from 'node:https';

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Elasticsearch's answer. `body` is what its JSON says, else the text.
 * @typedef {{ status: number, body: unknown }} Answer
 */

/**
 * Asks an Elasticsearch over HTTPS, with kept connections.
 * @param {{ url: string, caFile: string, address?: string }} server `address`: the URL's host, where no name server knows it.
 */
export function createClient({ url, caFile, address }) {
  const agent = new https.Agent({
    keepAlive: true,
    ca: readFileSync(caFile),
    ...(address === undefined ? {} : { lookup: (_host, _options, found) => found(null, [{ address, family: 4 }]) }),
  });
  return {
    /**
     * One request; gives status and body, whatever the status.
     * @param {string} method @param {string} path
     * @param {{ auth?: string, token?: string, body?: unknown }} options `auth` is user:password.
     */
    request: (method, path, { auth, token, body }) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      };
      return send(new URL(path, url), { agent, method, headers, auth }, text);
    },
    close: () => agent.destroy(),
  };
}

/** @param {URL} url @param {https.RequestOptions} options @param {string | undefined} text @returns {Promise<Answer>} */
function send(url, options, text) {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { ...options, timeout: REQUEST_TIMEOUT_MS }, (answer) => {
      let answered = '';
      answer.setEncoding('utf8').on('data', (chunk) => (answered += chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: parse(answered) }));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
    request.on('error', reject);
    request.end(text);
  });
}

/** @param {string} text @returns {unknown} */
function parse(text) {
  return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
}

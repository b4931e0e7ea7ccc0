// Makes outgoing requests, one after the other, each to a path that is its name.
// Arguments: the address of an http server, of an https server.
'use strict';
const http = require('node:http');
const https = require('node:https');

const [base, secureBase] = process.argv.slice(2);
const { hostname, port } = new URL(base);
const plain = (path, options, body) => http.request(`${base}/${path}`, { agent: false, ...options }).end(body);
const afterHead = (request, step) => request.on('response', (response) => response.once('data', () => step(request)));

const CALLS = {
  get: () => http.get(`${base}/get`),
  'get-kept': () => http.get(`${base}/get-kept`),
  options: () => http.get({ hostname, port, path: '/options' }),
  'options-host': () => http.get({ host: hostname, port: Number(port), path: '/options-host' }),
  url: () => http.get(new URL(`${base}/url#hash`)),
  post: () => plain('post', { method: 'POST', headers: { 'content-type': 'text/plain' } }, 'body'),
  head: () => plain('head', { method: 'HEAD' }),
  lower: () => plain('lower', { method: 'put' }, 'body'),
  purge: () => plain('purge', { method: 'PURGE' }),
  agent: () => plain('agent', { headers: { 'user-agent': 'mine/1' } }),
  'agent-upper': () => plain('agent-upper', { headers: { 'User-Agent': 'mine/1' } }),
  302: () => plain('302'),
  404: () => plain('404'),
  500: () => plain('500'),
  https: () => https.get(`${secureBase}/https`, { rejectUnauthorized: false }),
  untrusted: () => https.get(`${secureBase}/untrusted`, { agent: false }),
  query: () => plain('query?page=2&q=a%20b'),
  secrets: () => plain('secrets?page=2&sig=hunter2&X-Plex-Token=hunter2'),
  credentials: () => http.get(`http://anne:hunter2@${hostname}:${port}/credentials`),
  'own-host': () => plain('own-host', { headers: { host: 'other.example' } }),
  refused: () => http.get('http://127.0.0.1:1/refused'),
  'no-answer': () => plain('no-answer'),
  cut: () => plain('cut'),
  'destroyed-early': () => plain('destroyed-early').destroy(),
  destroyed: () =>
    plain('destroyed').on('socket', (socket) => socket.on('connect', () => socket._httpMessage.destroy())),
  'destroyed-with': () => plain('destroyed-with').destroy(new TypeError('mine')),
  aborted: () => {
    const request = plain('aborted');
    Reflect.get(request, 'abort').call(request);
    return request;
  },
  signal: () => plain('signal', { signal: AbortSignal.timeout(100) }),
  'half-destroyed': () => afterHead(plain('half-destroyed'), (request) => request.destroy()),
  'half-destroyed-with': () =>
    afterHead(plain('half-destroyed-with'), (request) => request.destroy(new TypeError('mine'))),
  'half-aborted': () => afterHead(plain('half-aborted'), (request) => Reflect.get(request, 'abort').call(request)),
  upgrade: () =>
    plain('upgrade', { headers: { connection: 'upgrade', upgrade: 'x' } }).on('upgrade', (_, socket) =>
      socket.destroy(),
    ),
  // Told behind all others.
  last: () => plain('last'),
};

async function main() {
  for (const call of Object.values(CALLS)) {
    await new Promise((resolve) => {
      const request = call();
      request.on('error', () => {});
      request.on('response', (response) => response.on('error', () => {}).resume());
      request.on('close', () => setImmediate(resolve));
    });
  }
  console.log('called all');
  // What is to be sent is sent meanwhile; the test ends the process.
  setInterval(() => {}, 1_000);
}

void main();

// Passes on what came in, as a proxy does, and calls in the other ways that the tests ask for.
import { get, createServer, request as makeRequest } from 'node:http';

const read = async (answer) => Buffer.concat(await answer.toArray()).toString();

const WAYS = {
  fetch: async (to, headers) => (await fetch(to, { headers })).text(),
  object: (to, headers) => viaHttp(to, { headers }),
  pairs: (to, _headers, raw) => viaHttp(to, { headers: raw }),
  get: (to) =>
    new Promise((resolve, reject) => {
      get(to, undefined, (answer) => resolve(read(answer))).on('error', reject);
    }),
  expect: (to) => viaHttp(to, { method: 'POST', headers: { expect: '100-continue', 'content-length': '0' } }),
  other: async (to) =>
    (await fetch(to, { headers: { traceparent: '00-11111111111111111111111111111111-2222222222222222-01' } })).text(),
  aborted: async (to) => {
    const silent = makeRequest(to);
    silent.on('error', () => {});
    silent.on('socket', () => silent.destroy(new DOMException('called off', 'AbortError')));
    silent.end();
    return 'aborted';
  },
  refused: () => viaHttp('http://127.0.0.1:1/', {}).catch(String),
};

function viaHttp(to, options) {
  return new Promise((resolve, reject) => {
    const request = makeRequest(to, options, (answer) => resolve(read(answer)));
    request.on('error', reject);
    request.end();
  });
}

const KEPT = (name) => !['host', 'connection', 'content-length', 'transfer-encoding'].includes(name.toLowerCase());

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://a');
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => KEPT(name)));
  const raw = request.rawHeaders.filter((_, at) => KEPT(request.rawHeaders[at - (at % 2)]));
  const to = url.searchParams.get('to');
  response.end(await WAYS[url.pathname.slice(1)](to, headers, ['Host', 'a', ...raw]));
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));

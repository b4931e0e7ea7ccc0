// Every form in which fetch takes its arguments, and what is sent for it.
'use strict';
const { describe, describeThrown, print, printBytes, startRecorder } = require('../support/seen.cjs');

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OWN = { TraceParent: TRACEPARENT, tracestate: 'x=y', BAGGAGE: 'a=1' };

const WHERE = (url) => ({
  text: () => `${url}a?b=c#d`,
  URL: () => new URL(`${url}a?b=c`),
  Request: () => new Request(`${url}r`, { headers: { 'x-r': '1' } }),
  'a Request with a body': () => new Request(`${url}r`, { method: 'PUT', body: 'ab', headers: OWN }),
  'an object with toString': () => ({ toString: () => `${url}s` }),
});

const INIT = {
  absent: undefined,
  undefined: () => undefined,
  null: () => null,
  empty: () => ({}),
  object: () => ({ headers: { 'X-A': '1', 'x-b': 'ü' } }),
  frozen: () => Object.freeze({ headers: Object.freeze({ 'X-A': '1' }) }),
  pairs: () => ({
    headers: [
      ['X-A', '1'],
      ['x-a', '2'],
    ],
  }),
  Headers: () => ({ headers: new Headers({ 'X-A': '1' }) }),
  Map: () => ({ headers: new Map([['x-a', '1']]) }),
  'own as an object': () => ({ headers: { ...OWN } }),
  'own as pairs': () => ({ headers: Object.entries(OWN) }),
  'own as Headers': () => ({ headers: new Headers(OWN) }),
  'own as a Map': () => ({ headers: new Map(Object.entries(OWN)) }),
  'one that is none': () => ({ headers: { traceparent: 'none' } }),
  'own baggage alone': () => ({ headers: { baggage: 'a=1', tracestate: 'x=y' } }),
  'a body': () => ({ method: 'POST', body: JSON.stringify({ a: 1 }) }),
  'a form': () => ({ method: 'POST', body: new URLSearchParams({ a: '1' }) }),
  bytes: () => ({ method: 'post', body: new Uint8Array([97, 98]) }),
  'method patch': () => ({ method: 'patch', body: '' }),
  'GET with a body': () => ({ method: 'GET', body: 'a' }),
  'method TRACE': () => ({ method: 'TRACE' }),
  'a bad header name': () => ({ headers: { 'a b': '1' } }),
  'a bad header value': () => ({ headers: { a: 'b\nc' } }),
  'headers 5': () => ({ headers: 5 }),
  'odd pairs': () => ({ headers: [['a']] }),
  'signal {}': () => ({ signal: {} }),
  'redirect text': () => ({ redirect: 'never' }),
  'called off': () => ({ signal: AbortSignal.abort() }),
};

const ODD = {
  nothing: [],
  undefined: [undefined],
  'text that is no URL': ['nowhere'],
  'a protocol that is none': ['ftp://127.0.0.1/'],
  credentials: ['http://a:b@127.0.0.1/'],
  refused: ['http://127.0.0.1:2/'],
  data: ['data:text/plain,ab'],
};

async function send(given) {
  try {
    const response = await fetch(...given);
    return `answered ${response.status} ${await response.text()}`;
  } catch (error) {
    return `threw ${describeThrown(error)}, for ${error.cause?.code ?? error.cause?.message ?? 'no cause'}`;
  }
}

async function main() {
  print('fetch', [fetch.name, fetch.length, Object.keys(fetch)]);
  const recorder = await startRecorder();
  for (const [where, makeWhere] of Object.entries(WHERE(`http://127.0.0.1:${recorder.port}/`))) {
    for (const [how, makeInit] of Object.entries(INIT)) {
      const given = makeInit === undefined ? [makeWhere()] : [makeWhere(), makeInit()];
      const before = JSON.stringify(given.map((each) => [each, headersOf(each)]));
      const outcome = await send(given);
      print(`${where}, ${how}`, outcome);
      print('  unchanged', JSON.stringify(given.map((each) => [each, headersOf(each)])) === before);
      if (outcome.startsWith('answered')) printBytes('sent', await recorder.takeBytes(), [recorder.port]);
    }
  }
  for (const [how, given] of Object.entries(ODD)) print(how, await send(given));
  recorder.close();
  const response = new Response('');
  print('a response', describe(response));
}

function headersOf(given) {
  const headers = given?.headers;
  return typeof headers?.[Symbol.iterator] === 'function' ? [...headers] : headers;
}

void main();

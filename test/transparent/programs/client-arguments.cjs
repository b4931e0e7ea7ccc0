// Every form in which http(s).request and get take their arguments: the product of where, how and what with.
'use strict';
const http = require('node:http');
const https = require('node:https');
const url = require('node:url');
const { describe, describeThrown, print, printBytes, show, startRecorder } = require('../support/seen.cjs');

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** What the request is made to: makers, for each request gets its own objects. */
const WHERE = (port) => ({
  text: () => `http://127.0.0.1:${port}/a?b=c`,
  'text with credentials': () => `http://u%40:p%23@127.0.0.1:${port}/`,
  URL: () => new URL(`http://127.0.0.1:${port}/a?b=c#d`),
  'URL with credentials': () => new URL(`http://u%40:p%23@127.0.0.1:${port}/`),
  'URL with properties of its own': () =>
    Object.assign(new URL(`http://127.0.0.1:${port}/own`), { method: 'PUT', headers: { foo: 'Bar' } }),
  'what url.parse gives': () => Reflect.get(url, 'parse')(`http://u%40:p@127.0.0.1:${port}/a?b=c`),
  'a frozen object': () => Object.freeze({ host: '127.0.0.1', port, path: '/frozen' }),
  'an object without a prototype': () => Object.assign(Object.create(null), { hostname: '127.0.0.1', port }),
  'inherited properties': () => Object.create({ host: '127.0.0.1', port, path: '/inherited' }),
  'getters only': () => ({
    get host() {
      return '127.0.0.1';
    },
    get port() {
      return String(port);
    },
  }),
  'host and hostname': () => ({ host: 'nowhere.invalid', hostname: '127.0.0.1', port, path: '/%7Ex' }),
});

/** The second argument: undefined is given as such, `absent` not at all. */
const OPTIONS = {
  absent: undefined,
  undefined: () => undefined,
  null: () => null,
  empty: () => ({}),
  'an object': () => ({ method: 'post', headers: { 'X-A': '1', 'x-b': ['2', '3'] } }),
  frozen: () => Object.freeze({ path: '/other', headers: Object.freeze({ 'X-A': '1' }) }),
  pairs: () => ({ headers: ['Host', 'x', 'X-A', '1', 'X-A', '2'] }),
  'nested pairs': () => ({
    headers: [
      ['Host', 'x'],
      ['X-A', '1'],
      ['Cookie', ['a', 'b']],
    ],
  }),
  'a Map': () => ({ headers: new Map([['x-a', '1']]) }),
  'headers without a prototype': () => ({
    headers: Object.assign(Object.create(null), { Host: 'y', 'content-length': 0 }),
  }),
  'its own traceparent': () => ({ headers: { TraceParent: TRACEPARENT, baggage: 'a=1', tracestate: 'x=y' } }),
  'its own traceparent in pairs': () => ({ headers: ['Host', 'x', 'TRACEPARENT', TRACEPARENT, 'Baggage', 'a=1'] }),
  'method QUERY': () => ({ method: 'QUERY' }),
  'setHost false': () => ({ setHost: false, headers: { 'X-A': '1' } }),
  auth: () => ({ auth: 'a:b', headers: { authorization: 'mine' } }),
  'auth alone': () => ({ auth: 'a:ü' }),
  'expect in pairs': () => ({
    method: 'POST',
    headers: ['Host', 'x', 'Expect', '100-continue', 'Content-Length', '0'],
  }),
  expect: () => ({ method: 'POST', headers: { expect: '100-continue', 'content-length': '0' } }),
  'no agent': () => ({ agent: false }),
  uniqueHeaders: () => ({ uniqueHeaders: ['x-u'], headers: { 'x-u': ['a', 'b'] } }),
};

/** Arguments that Node refuses, or takes where one would not think so. */
const ODD = (port) => ({
  nothing: [],
  undefined: [undefined],
  null: [null],
  'a number': [7],
  'a function': [() => {}],
  true: [true],
  'an array': [[]],
  'text that is no URL': ['nowhere'],
  'an empty text': [''],
  'another protocol': ['ftp://127.0.0.1/'],
  'method -1': [{ port, method: -1 }],
  'method of spaces': [{ port, method: 'A B' }],
  'an empty method': [{ port, host: '127.0.0.1', method: '' }],
  'host 5': [{ host: 5 }],
  'hostname {}': [{ hostname: {} }],
  'path 7': [{ host: '127.0.0.1', port, path: 7 }],
  'path with a space': [{ host: '127.0.0.1', port, path: '/a b' }],
  'path with an umlaut': [{ host: '127.0.0.1', port, path: '/ü' }],
  'agent {}': [{ agent: {} }],
  'agent true': [{ agent: true }],
  'timeout text': [{ timeout: 'soon' }],
  'maxHeaderSize -1': [{ maxHeaderSize: -1 }],
  'insecureHTTPParser 1': [{ insecureHTTPParser: 1 }],
  'joinDuplicateHeaders 1': [{ joinDuplicateHeaders: 1 }],
  'signal {}': [{ signal: {} }],
  'protocol https:': [{ protocol: 'https:' }],
  'header name': [{ port, headers: { 'a b': '1' } }],
  'header value': [{ port, headers: { a: 'b\nc' } }],
  'header undefined': [{ port, headers: { a: undefined } }],
  'odd pairs': [{ port, headers: ['a'] }],
  'headers text': [{ host: '127.0.0.1', port, headers: 'ab' }],
  'headers number': [{ host: '127.0.0.1', port, headers: 5 }],
  'a port that is none': [{ host: '127.0.0.1', port: 70_000 }],
  'callback text': [{ host: '127.0.0.1', port }, 'callback'],
  'callback and more': [`http://127.0.0.1:${port}/`, {}, undefined, () => {}],
});

/** Copies of what the caller gave, to see whether it was changed. */
const picture = (given) => show(given, { showHidden: true });

function send(module, way, given) {
  return new Promise((resolve) => {
    let request;
    const settle = (what) => resolve(what);
    let called = 0;
    const callback = () => (called += 1);
    try {
      request = module[way](...given.map((each) => (each === CALLBACK ? callback : each)));
    } catch (error) {
      return settle(`threw ${describeThrown(error)}`);
    }
    const [first] = request.listeners('response');
    print('  listeners', [
      request.listenerCount('response'),
      first === callback,
      request.rawListeners('response').length,
    ]);
    // A callback that Node does not take as one is never called: the answer is read here.
    request.once('response', (response) => take(response, () => settle(describeAnswer(response, request, called))));
    request.on('error', (error) => settle(`failed: ${error.code}`));
    request.on('socket', (socket) => socket.setTimeout(5_000, () => socket.destroy()));
    print('  request', `${nameShape(request)} ${request.method} ${request.path}`);
    request.end();
  });
}

const shapes = new Map();

/** What the request shows of itself, printed where it is new. */
function nameShape(request) {
  const shape = show({ ...describe(request), own: Object.getOwnPropertySymbols(request).length });
  if (!shapes.has(shape)) {
    shapes.set(shape, `shape ${shapes.size + 1}`);
    print('  new shape', shape);
  }
  return shapes.get(shape);
}

function take(response, done) {
  response.resume();
  response.on('end', done);
}

function describeAnswer(response, request, called) {
  return `answered ${response.statusCode}, callback ${called}, ${request.getHeaderNames().join(' ')}`;
}

const CALLBACK = Symbol('callback');

async function main() {
  for (const [name, module] of Object.entries({ http, https })) {
    for (const way of ['request', 'get', 'Agent']) print(`${name}.${way}`, [module[way].name, module[way].length]);
  }
  print('http.ClientRequest', [http.ClientRequest.name, http.ClientRequest.length]);
  const recorder = await startRecorder();
  for (const way of ['request', 'get']) {
    for (const where of Object.keys(WHERE(0))) {
      for (const how of Object.keys(OPTIONS)) await compareForm(recorder, way, where, how);
    }
  }
  recorder.close();
}

async function compareForm(recorder, way, where, how) {
  for (const last of [[], [CALLBACK]]) {
    const makers = [WHERE(recorder.port)[where], OPTIONS[how]].filter((make) => make !== undefined);
    const given = makers.map((make) => make());
    const before = picture(given);
    print(`${way}, ${where}, ${how}, ${last.length === 0 ? 'none' : 'callback'}`, '');
    const outcome = await send(http, way, [...given, ...last]);
    print('  outcome', outcome.replaceAll(`:${recorder.port}`, ':PORT'));
    print('  unchanged', picture(given) === before);
    if (outcome.startsWith('answered')) printBytes('', await recorder.takeBytes(), [recorder.port]);
  }
}

async function mainOdd() {
  const recorder = await startRecorder();
  // Nobody listens on port 1: what is taken is refused there.
  for (const [name, module] of Object.entries({ http, https })) {
    for (const [how, given] of Object.entries(ODD(module === http ? recorder.port : 1))) {
      const outcome = await attemptOdd(module, given);
      print(`${name}, ${how}`, outcome.replaceAll(`${recorder.port}`, 'PORT'));
    }
  }
  recorder.close();
}

function attemptOdd(module, given) {
  return new Promise((resolve) => {
    try {
      const request = module.request(...given);
      request.on('error', (error) => resolve(`failed: ${error.code ?? error.message}`));
      request.on('response', (response) =>
        response.resume().on('end', () => resolve(`answered ${response.statusCode}`)),
      );
      request.end();
    } catch (error) {
      resolve(`threw ${describeThrown(error)}`);
    }
  });
}

void main().then(mainOdd);

// What a copy of undici from npm sends, by each of its functions and in each form of headers.
'use strict';
const { once } = require('node:events');
const { createServer } = require('node:http');
const { Readable, Writable, PassThrough } = require('node:stream');
const { describe, describeThrown, print, printBytes, startRecorder } = require('./seen.cjs');

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OWN = { TraceParent: TRACEPARENT, tracestate: 'x=y', BAGGAGE: 'a=1' };

const HEADERS = {
  none: () => undefined,
  object: () => ({ 'X-A': '1', 'x-b': ['1', '2'] }),
  'own as an object': () => ({ ...OWN }),
  'own as a frozen object': () => Object.freeze({ ...OWN }),
  'own as pairs': () => Object.entries(OWN),
  'own as a flat array': () => Object.entries(OWN).flat(),
  'own as Headers': ({ Headers }) => new Headers(OWN),
  'own as a Map': () => new Map(Object.entries(OWN)),
  'own twice': () => ['traceparent', TRACEPARENT, 'TRACEPARENT', TRACEPARENT, 'baggage', 'a=1', 'Baggage', 'b=2'],
  'own in a list': () => ({ traceparent: [TRACEPARENT], baggage: ['a=1', 'b=2'] }),
  'one that is none': () => ({ traceparent: 'none' }),
  'baggage alone': () => ({ baggage: 'a=1' }),
};

/** Those that are tried with every dispatcher. */
const FEW = new Set(['none', 'own as an object', 'own as a flat array']);

const readAll = async (body) => Buffer.concat(await body.toArray()).toString();

const WAYS = {
  request: async (undici, url, given) => {
    const { statusCode, headers, trailers, body, opaque, ...more } = await undici.request(url, { ...given, opaque: 1 });
    return [statusCode, headers, trailers, opaque, Object.keys(more), await readAll(body)];
  },
  'request with a body': async (undici, url, given) =>
    readAll((await undici.request(url, { ...given, method: 'POST', body: 'ab' })).body),
  'request with a stream': async (undici, url, given) =>
    readAll((await undici.request(url, { ...given, method: 'PUT', body: Readable.from(['a', 'b']) })).body),
  'request with a callback': (undici, url, given) =>
    new Promise((resolve, reject) => {
      const client = new undici.Client(url.origin, { keepAliveTimeout: 1 });
      client.request({ ...given, method: 'GET', path: '/cb' }, (error, data) => {
        if (error) reject(error);
        else resolve(data.body);
      });
    }).then(readAll),
  fetch: async (undici, url, given) => (await undici.fetch(url, given)).text(),
  'fetch of a Request': async (undici, url, given) => (await undici.fetch(new undici.Request(url, given))).text(),
  stream: async (undici, url, given) => {
    const chunks = [];
    const factory = () => new Writable({ write: (chunk, _, done) => done(null, chunks.push(chunk)) });
    await undici.stream(url, { ...given, method: 'GET' }, factory);
    return Buffer.concat(chunks).toString();
  },
  pipeline: async (undici, url, given) => {
    const duplex = undici.pipeline(url, { ...given, method: 'PUT' }, ({ body }) => body.pipe(new PassThrough()));
    duplex.end('ab');
    return readAll(duplex);
  },
  dispatch: (undici, url, given) =>
    new Promise((resolve, reject) => {
      const { origin, pathname: path } = url;
      const handler = {
        onConnect() {},
        onHeaders: () => true,
        onData: () => true,
        onComplete: resolve,
        onError: reject,
      };
      given.dispatcher.dispatch({ ...given, origin, path, method: 'GET' }, handler);
    }),
  pool: async (undici, url, given) => {
    const pool = new undici.Pool(url.origin, { connections: 1, pipelining: 2 });
    const answer = await pool.request({ headers: given.headers, method: 'GET', path: '/pool' });
    const text = await readAll(answer.body);
    await pool.close();
    return text;
  },
};

/** What stands between a request and its sending. */
const DISPATCHERS = {
  Agent: ({ Agent }) => new Agent(),
  RetryAgent: ({ Agent, RetryAgent }) => RetryAgent && new RetryAgent(new Agent()),
  interceptors: ({ Agent, interceptors }) =>
    interceptors && new Agent().compose(interceptors.redirect({ maxRedirections: 2 }), interceptors.retry()),
  'an own one': ({ Agent }) => {
    const agent = new Agent();
    const add = (dispatch) => (options, handler) =>
      dispatch({ ...options, headers: { ...OWN, 'x-added': '1' } }, handler);
    return agent.compose?.(add);
  },
};

async function sendAll(undici, recorder) {
  for (const [between, make] of Object.entries(DISPATCHERS)) {
    const dispatcher = make(undici);
    if (!dispatcher) continue;
    const forms = Object.keys(HEADERS).filter((form) => between === 'Agent' || FEW.has(form));
    for (const way of Object.keys(WAYS)) {
      print('--', `${between}, ${way}`);
      for (const form of forms) await sendOne({ undici, recorder, dispatcher }, way, form);
    }
    await dispatcher.close();
  }
}

async function sendOne({ undici, recorder, dispatcher }, way, form) {
  const headers = HEADERS[form](undici);
  const given = headers === undefined ? { dispatcher } : { dispatcher, headers };
  const before = showHeaders(headers);
  try {
    print(form, await WAYS[way](undici, new URL(`http://127.0.0.1:${recorder.port}/a?b=c`), given));
    printBytes('sent', await recorder.takeBytes(), [recorder.port]);
  } catch (error) {
    print(`${form} threw`, [describeThrown(error), describeThrown(error.cause ?? 'no cause')]);
  }
  print('  unchanged', [showHeaders(headers) === before, Object.keys(given)]);
}

function showHeaders(headers) {
  return JSON.stringify(typeof headers?.[Symbol.iterator] === 'function' ? [...headers] : headers);
}

/** Upgrades, tunnels, redirects, answers from mocks, failures and what was called off. */
async function sendOthers(undici) {
  const server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/moved') return void response.writeHead(302, { location: '/' }).end();
    if (request.url === '/cut') return void response.write('half', () => response.destroy());
    response.end(JSON.stringify(request.rawHeaders.filter((_, at) => at % 2 === 0)));
  });
  const answer = (head) => (request, socket) => {
    socket.on('error', () => {});
    socket.end(
      `${head}\r\n\r\n${JSON.stringify(request.rawHeaders.filter((_, at) => at % 2 === 0)).replace(/,"traceparent"/i, '')}`,
    );
  };
  server.on('connect', answer('HTTP/1.1 200 Established'));
  server.on('upgrade', answer('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const to = `http://127.0.0.1:${server.address().port}`;
  const dispatcher = new undici.Agent();
  const names = (emitter) => emitter.eventNames().map((name) => `${String(name)} ${emitter.listenerCount(name)}`);
  const open = async ({ socket, headers, ...more }) => {
    const { 'x-request-id': _added, ...own } = headers;
    const seen = [own, names(socket), Object.keys(more), await readAll(socket)];
    socket.destroy();
    return seen;
  };
  const controller = new AbortController();
  const steps = {
    upgrade: async () => open(await undici.upgrade(to, { protocol: 'x', dispatcher })),
    'upgrade with own headers': async () => open(await undici.upgrade(to, { headers: OWN, protocol: 'x', dispatcher })),
    connect: async () => open(await undici.connect(to, { dispatcher })),
    'connect with own headers': async () => open(await undici.connect(to, { headers: OWN, dispatcher })),
    redirect: async () => (await undici.fetch(`${to}/moved`, { dispatcher })).redirected,
    'cut off': async () => readAll((await undici.request(`${to}/cut`, { dispatcher })).body),
    'called off': () => {
      setImmediate(() => controller.abort());
      return undici.request(`${to}/silent`, { signal: controller.signal, dispatcher });
    },
    'called off before': () => undici.request(to, { signal: controller.signal, dispatcher }),
    'too late': () => undici.request(`${to}/silent`, { headersTimeout: 50, dispatcher }),
    refused: () => undici.request('http://127.0.0.1:1/', { dispatcher }),
    'a bad header': () => undici.request(to, { headers: { 'a b': '1' }, dispatcher }),
    'a mock': async () => {
      const mock = new undici.MockAgent();
      mock
        .get(to)
        .intercept({ path: '/', headers: (given) => print('mock gets', given) ?? true })
        .reply(200, 'mocked');
      return readAll((await undici.request(to, { dispatcher: mock })).body);
    },
    'a body unread': async () => {
      const { body } = await undici.request(to, { dispatcher });
      print('body', [describe(body).keys, names(body)]);
      body.destroy();
      await once(body, 'close').catch(describeThrown);
    },
    'the dispatcher': () => [describe(dispatcher), names(dispatcher)],
  };
  for (const [label, step] of Object.entries(steps)) {
    try {
      print(label, await step());
    } catch (error) {
      print(`${label} threw`, describeThrown(error).replaceAll(/:\d{4,5}/g, ':PORT'));
    }
  }
  await dispatcher.destroy();
  server.close();
  server.closeAllConnections();
}

/** @param {() => object} load Throws where the copy is not for this Node. */
exports.showUndici = async function showUndici(load) {
  let undici;
  try {
    undici = load();
  } catch (error) {
    return print('not for this Node', describeThrown(error));
  }
  const recorder = await startRecorder();
  await sendAll(undici, recorder);
  recorder.close();
  await sendOthers(undici);
};

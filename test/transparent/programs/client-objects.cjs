// What an outgoing request, its agent, its socket and its answer show of themselves, and what they let others see.
'use strict';
const { once } = require('node:events');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const { attempt, describe, print, printBytes, show, startRecorder, startServer } = require('../support/seen.cjs');

const events = (emitter) => emitter.eventNames().map((name) => `${String(name)} ${emitter.listenerCount(name)}`);

async function readWhole(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function showRequest() {
  const { server, port } = await startServer((request, response) => response.end('answer'));
  const callback = () => {};
  const request = http.request({ host: '127.0.0.1', port }, callback);
  print('own', describe(request));
  print('symbols', Object.getOwnPropertySymbols(request).map(String));
  print('inherited', show(Object.getPrototypeOf(request) === http.ClientRequest.prototype));
  print('enumerable', forIn(request).sort().join(' '));
  print('its callback', request.listeners('response')[0] === callback);
  print('class', [http.ClientRequest.name, http.ClientRequest.length]);
  print('rendering', [request._storeHeader.name, request._storeHeader.length, request.emit.name, request.emit.length]);
  for (const name of ['on', 'once', 'addListener', 'removeListener', 'prependListener', 'end', 'write']) {
    print(`${name} is its own`, Object.hasOwn(request, name));
  }
  print('headers before', request.getHeaderNames());
  const closed = once(request, 'close');
  request.end();
  print('headers after', request.getHeaderNames());
  const [response] = await once(request, 'response');
  print('with an answer', [events(request), events(response), describe(response).keys]);
  print('socket', events(request.socket));
  print('answer', await readWhole(response));
  await closed;
  print('closed', events(request));
  server.close();
  http.globalAgent.destroy();
}

function forIn(object) {
  const names = [];
  for (const name in object) names.push(name);
  return names;
}

async function showAgents() {
  const { server, port } = await startServer((request, response) => response.end());
  const headers = { 'x-a': '1' };
  const options = { host: '127.0.0.1', port, headers, mine: Symbol.for('mine') };
  const agent = new (class extends http.Agent {
    addRequest(request, given, ...more) {
      print('addRequest', [Object.keys(given), given.headers === headers, given.mine, more.length]);
      return super.addRequest(request, given, ...more);
    }
    createConnection(given, ...more) {
      print('createConnection', [Object.keys(given), given.headers === headers, typeof more[0]]);
      return super.createConnection(given, ...more);
    }
  })({ keepAlive: true, maxSockets: 1 });
  const answered = [1, 2, 3].map(() => get({ ...options, agent }));
  print('sockets', [Object.keys(agent.sockets).length, agent.requests && Object.values(agent.requests).flat().length]);
  print('agent', [describe(agent), await Promise.all(answered)]);
  const [free] = Object.values(agent.freeSockets).flat();
  print('kept socket', [free && events(free), free?._httpMessage]);
  agent.destroy();
  const createConnection = (given, done) => {
    print('own createConnection', [Object.keys(given), given.headers === headers, typeof done]);
    return net.connect(given);
  };
  print('without an agent', await get({ ...options, createConnection }));
  server.close();
}

function get(options) {
  return new Promise((resolve, reject) => {
    const request = http.get(options, (response) => {
      response.resume();
      request.once('close', () => resolve([response.statusCode, request.reusedSocket]));
    });
    request.on('error', reject);
  });
}

async function showPorts() {
  const seen = [];
  const createConnection = ({ port, host, defaultPort }) => {
    seen.push([host, port, defaultPort]);
    const socket = new net.Socket();
    setImmediate(() => socket.destroy(new Error('seen')));
    return socket;
  };
  const agent = Object.assign(new https.Agent(), { defaultPort: 8445, createConnection });
  const forms = [
    { host: 'a.invalid', defaultPort: 8444, createConnection },
    { host: 'b.invalid', createConnection },
    { host: 'c.invalid', agent },
    { host: 'd.invalid', port: 9, createConnection },
  ];
  for (const form of forms) {
    const request = https.request(form);
    request.end();
    const [error] = await once(request, 'error');
    print('port', [seen.pop(), request.getHeader('host'), error.message]);
  }
  const before = https.globalAgent.defaultPort;
  https.globalAgent.defaultPort = 1;
  const request = https.get('https://127.0.0.1/');
  const [error] = await once(request, 'error');
  print('of the global agent', [error.port, error.code, request.getHeader('host')]);
  https.globalAgent.defaultPort = before;
}

async function showTunnels() {
  const { server, port } = await startServer(() => {});
  const answer = (head) => (request, socket) => socket.end(`${head}\r\n\r\nmore`);
  server.on('connect', answer('HTTP/1.1 200 Established'));
  server.on('upgrade', answer('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x'));
  const forms = {
    connect: { method: 'CONNECT', path: 'a.invalid:1' },
    upgrade: { headers: { connection: 'upgrade', upgrade: 'x' } },
  };
  for (const [event, form] of Object.entries(forms)) {
    const request = http.request({ host: '127.0.0.1', port, ...form });
    request.end();
    const [response, socket, head] = await once(request, event);
    print(event, [response.statusCode, head.toString(), events(socket), events(request), events(response)]);
    socket.destroy();
    await once(socket, 'close');
  }
  server.close();
}

async function showFailures() {
  const { server, port } = await startServer((request, response) => {
    if (request.url === '/cut') return response.write('half', () => response.destroy());
    if (request.url === '/gone') return request.socket.destroy();
  });
  const at = (path) => ({ host: '127.0.0.1', port, path });
  const steps = {
    'cut off': (request) => request,
    'no answer': (request) => request,
    destroyed: (request) => request.destroy(),
    'destroyed with an error': (request) => request.destroy(new Error('mine')),
    'abort()': (request) => request.abort(),
    'destroyed when connected': (request) => request.on('socket', () => request.destroy()),
    'timed out': (request) => request.setTimeout(20, () => request.destroy(new Error('late'))),
  };
  for (const [label, step] of Object.entries(steps)) await attempt(label, () => follow(label, step, at));
  for (const when of ['before', 'after']) await attempt(`signal ${when}`, () => followSignal(when, at));
  await attempt('refused', () => followEvents(http.get({ host: '127.0.0.1', port: 1 })));
  await attempt(
    'without a listener of errors',
    () =>
      new Promise((resolve) => {
        process.once('uncaughtException', (error, origin) => resolve([error.code, origin]));
        http.get({ host: '127.0.0.1', port: 1 });
      }),
  );
  server.close();
  server.closeAllConnections();
}

function follow(label, step, at) {
  const path = { 'cut off': '/cut', 'no answer': '/gone' }[label] ?? '/silent';
  const request = http.get(at(path));
  step(request);
  return followEvents(request);
}

function followSignal(when, at) {
  const controller = new AbortController();
  if (when === 'before') controller.abort();
  const request = http.get({ ...at('/silent'), signal: controller.signal });
  if (when === 'after') setImmediate(() => controller.abort());
  return followEvents(request);
}

/** The events of a request and its answer, in their order. */
function followEvents(request) {
  const seen = [];
  request.on('error', (error) => seen.push(`error ${error.name} ${error.code} ${error.message}`));
  request.on('abort', () => seen.push('abort'));
  request.on('response', (response) => {
    seen.push('response');
    response.on('data', (chunk) => seen.push(`data ${chunk}`));
    response.on('aborted', () => seen.push('aborted'));
    response.on('error', (error) => seen.push(`answer failed: ${error.code}`));
    response.on('close', () => seen.push('answer closed'));
  });
  return new Promise((resolve) => request.on('close', () => setImmediate(() => resolve(seen))));
}

/** Whoever patches emitters later, and domains, which do that when they are loaded. */
async function showPatched() {
  const { EventEmitter } = require('node:events');
  const original = EventEmitter.prototype.emit;
  const seen = new Set();
  EventEmitter.prototype.emit = function emit(...args) {
    if (this instanceof http.ClientRequest) seen.add(String(args[0]));
    return original.apply(this, args);
  };
  const recorder = await startRecorder();
  await new Promise((resolve) =>
    http.get({ port: recorder.port, host: '127.0.0.1' }, (response) => response.resume()).on('close', resolve),
  );
  print('seen by a later patch', [...seen]);
  printBytes('sent', await recorder.takeBytes(), [recorder.port]);
  recorder.close();
  EventEmitter.prototype.emit = original;
  const domain = require('node:domain').create();
  const caught = once(domain, 'error');
  domain.run(() => http.get({ host: '127.0.0.1', port: 1 }));
  const [error] = await caught;
  print('caught by a domain', [error.code, error.domain === domain, error.domainThrown]);
}

/** Headers that are set after the request was made, and what is sent of them. */
async function showLateHeaders() {
  const recorder = await startRecorder();
  const forms = {
    set: (request) => request.setHeader('x-late', '1'),
    removed: (request) => request.removeHeader('host'),
    'its own traceparent': (request) =>
      request.setHeader('TraceParent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    flushed: (request) => request.flushHeaders(),
    'written in pieces': (request) => request.write('ab') && request.write(Buffer.from('c')),
    'all removed': (request) => {
      for (const name of request.getHeaderNames()) request.removeHeader(name);
    },
  };
  for (const [label, step] of Object.entries(forms)) {
    const request = http.request({ host: '127.0.0.1', port: recorder.port, method: 'POST', agent: false });
    step(request);
    print(label, [request.headersSent, request.getHeaderNames()]);
    await attempt(`${label}, too late`, () => request.end('x') && request.setHeader('x-late', '2'));
    const [response] = await once(request, 'response');
    response.resume();
    printBytes(label, await recorder.takeBytes(), [recorder.port]);
  }
  recorder.close();
}

async function main() {
  for (const step of [showRequest, showAgents, showPorts, showTunnels, showFailures, showLateHeaders, showPatched]) {
    print('--', step.name);
    await step();
  }
}

void main();

// What the programs print with, the same with and without the preload. Nothing in here knows the package.
'use strict';
const http = require('node:http');
const net = require('node:net');
const { inspect } = require('node:util');

/** One observation, on a line of its own. Functions are printed by their names and lengths. */
exports.print = function print(label, value) {
  process.stdout.write(`${label}: ${typeof value === 'string' ? value : show(value)}\n`);
};

function show(value) {
  return inspect(value, { breakLength: Infinity, depth: 6, sorted: false, getters: false });
}
exports.show = show;

/** What an object shows of itself: own keys in their order, descriptors, and the events that are listened to. */
exports.describe = function describe(object) {
  return {
    keys: Object.keys(object),
    names: Object.getOwnPropertyNames(object).toSorted?.() ?? Object.getOwnPropertyNames(object).sort(),
    events: typeof object.eventNames === 'function' ? countListeners(object) : undefined,
  };
};

function countListeners(emitter) {
  return emitter.eventNames().map((name) => `${String(name)} ${emitter.listenerCount(name)}`);
}

/** What was thrown: class, code and message, without a stack. */
exports.describeThrown = function describeThrown(thrown) {
  return thrown instanceof Error
    ? `${thrown.constructor.name} ${thrown.code ?? 'no code'}: ${thrown.message}`
    : show(thrown);
};

/** Runs a step; prints what it returned or threw. */
exports.attempt = async function attempt(label, step) {
  try {
    exports.print(label, await step());
  } catch (error) {
    exports.print(`${label} threw`, exports.describeThrown(error));
  }
};

/** Bytes as lines: a header each, `>` or `<` before it. Ports are named, so that two runs are equal. */
exports.printBytes = function printBytes(label, bytes, ports = []) {
  let text = bytes.toString('latin1');
  for (const port of ports) text = text.replaceAll(`:${port}`, ':PORT');
  text = text.replaceAll(/^date: .*$/gim, (line) => `${line.slice(0, 4)}: NOW`);
  process.stdout.write(`${label}\n${text.replaceAll(/^/gm, '  | ')}\n\n`);
};

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok';

/**
 * A server that keeps the bytes of every connection and gives each request the same answer.
 * @param {object} [options]
 * @param {string} [options.answer] Bytes of the answer. Default: 200, `ok`, and the end of the connection.
 * @returns {Promise<{ port: number, takeBytes: () => Promise<Buffer>, close: () => void }>} `takeBytes` gives what the
 * next finished connection has sent.
 */
exports.startRecorder = async function startRecorder({ answer = ANSWER } = {}) {
  const finished = [];
  const waiting = [];
  const server = net.createServer((socket) => {
    const chunks = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks))) socket.end(answer);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      finished.push(Buffer.concat(chunks));
      waiting.shift()?.();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    takeBytes: async () => {
      if (finished.length === 0) await new Promise((resolve) => waiting.push(resolve));
      return finished.shift();
    },
    close: () => server.close(),
  };
};

/** Whether a request has arrived with its body, by its own account of its length. */
function isWhole(bytes) {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const head = text.slice(0, end).toLowerCase();
  if (/^transfer-encoding: chunked$/m.test(head)) return text.includes('0\r\n\r\n', end);
  const [, length = '0'] = /^content-length: (\d+)$/m.exec(head) ?? [];
  return bytes.length >= end + 4 + Number(length);
}

/**
 * Sends bytes to a server of this process and resolves with all that it answers until it closes.
 * @param {number} port @param {string} request Its bytes; `connection: close` ends the exchange.
 * @returns {Promise<Buffer>}
 */
exports.exchangeBytes = function exchangeBytes(port, request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
  });
};

/** An HTTP server on a free port. @returns {Promise<{ server: http.Server, port: number }>} */
exports.startServer = async function startServer(handler) {
  const server = http.createServer(handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: server.address().port };
};

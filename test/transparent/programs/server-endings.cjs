'use strict';
const { Readable } = require('node:stream');
const { exchangeBytes, print, printBytes, show, startServer } = require('../support/seen.cjs');

const GET = 'GET /x HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n';
const HEAD = GET.replace('GET', 'HEAD');
const OLD = 'GET /x HTTP/1.0\r\n\r\n';
const POST = 'POST /x HTTP/1.1\r\nhost: example\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc';
const EXPECT = POST.replace('connection', 'expect: 100-continue\r\nconnection');
const PIPELINED = `${GET.replace('connection: close', 'x-n: 1')}${GET}`;

const HANDLERS = {
  'end()': (request, response) => response.end(),
  'end(data)': (request, response) => response.end('hello'),
  'end(data, encoding)': (request, response) => response.end('68656c6c6f', 'hex'),
  'end(data, callback)': (request, response) => response.end('hello', () => print('ended', 'yes')),
  'end(data, encoding, callback)': (request, response) => response.end('aGk=', 'base64', () => print('ended', 'yes')),
  'end(callback)': (request, response) => response.end(() => print('ended', 'yes')),
  'end(bytes)': (request, response) => response.end(Buffer.from('bytes')),
  'end(null)': (request, response) => response.end(null),
  'end(5)': (request, response) => {
    try {
      response.end(5);
    } catch (error) {
      response.end(error.code);
    }
  },
  'end twice': (request, response) => {
    response.on('error', (error) => print('error', error.code));
    response.end('one');
    response.end('two', (error) => print('second end', show(error?.code)));
  },
  'write after end': (request, response) => {
    response.on('error', (error) => print('error', error.code));
    response.end('one');
    print('write', show(response.write('two', (error) => print('written', show(error?.code)))));
  },
  'setHeader after the head': (request, response) => {
    response.write('one');
    try {
      response.setHeader('x-request-id', 'late');
    } catch (error) {
      print('threw', `${error.code}: ${error.message}`);
    }
    response.end();
  },
  'write and end': (request, response) => {
    response.write('one');
    response.write('dHdv', 'base64');
    response.end('three');
  },
  'cork and uncork': (request, response) => {
    response.cork();
    response.write('one');
    response.write('two');
    response.uncork();
    response.end();
  },
  'destroy()': (request, response) => void response.destroy(),
  'destroy(error)': (request, response) => {
    response.on('error', (error) => print('error', error.message));
    response.destroy(new Error('on purpose'));
  },
  'destroy after a part': (request, response) => {
    response.write('part');
    setImmediate(() => response.destroy());
  },
  'request.destroy()': (request) => void request.destroy(),
  'socket.destroy()': (request) => void request.socket.destroy(),
  'pipe of the request': (request, response) => void request.pipe(response),
  'pipe of a stream': (request, response) => void Readable.from(['a', 'b', 'c']).pipe(response),
  204: (request, response) => response.writeHead(204).end(),
  '204 with a body': (request, response) => response.writeHead(204).end('body'),
  304: (request, response) => response.writeHead(304, { etag: '"x"' }).end(),
  'statusCode alone': (request, response) => {
    response.statusCode = 503;
    response.end('busy');
  },
  trailers: (request, response) => {
    try {
      response.writeHead(200, { trailer: 'x-sum' });
    } catch (error) {
      print('threw', error.code);
      return response.destroy();
    }
    response.write('body');
    response.addTrailers({ 'x-sum': '1' });
    response.end();
  },
  'early hints': (request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-trace': 'n' });
    response.end('after hints');
  },
  writeContinue: (request, response) => {
    response.writeContinue();
    response.end('after continue');
  },
  writeProcessing: (request, response) => {
    response.writeProcessing();
    response.end('after processing');
  },
  flushHeaders: (request, response) => {
    response.flushHeaders();
    response.end('flushed');
  },
  'its own id': (request, response) => {
    response.setHeader('X-Request-ID', 'mine');
    print('headers', show(response.getHeaderNames()));
    response.end();
  },
  'appendHeader and removeHeader': (request, response) => {
    response.appendHeader('x-a', '1').appendHeader('x-a', '2');
    response.setHeader('x-b', '1');
    response.removeHeader('x-b');
    response.end();
  },
  'setHeaders of a Map': (request, response) => {
    response.setHeaders(
      new Map([
        ['x-a', '1'],
        ['x-b', '2'],
      ]),
    );
    print('returned', show(response.setHeader('x-c', '3') === response));
    response.end();
  },
  strictContentLength: (request, response) => {
    response.strictContentLength = true;
    response.setHeader('content-length', 2);
    try {
      response.end('three');
    } catch (error) {
      print('threw', error.code);
      response.destroy();
    }
  },
};

async function run(label, handler, bytes) {
  const { server, port } = await startServer((request, response) => {
    for (const event of ['end', 'close', 'aborted']) request.on(event, () => print(`  request ${event}`, request.url));
    for (const event of ['prefinish', 'finish', 'close']) {
      response.on(event, () => print(`  response ${event}`, show([response.statusCode, response.writableFinished])));
    }
    if (!label.includes('pipe of the request')) request.resume();
    handler(request, response);
  });
  const answered = await exchangeBytes(port, bytes).catch(() => Buffer.from('refused'));
  printBytes(label, answered, [port]);
  await new Promise((resolve) => server.close(resolve));
}

async function main() {
  for (const [name, handler] of Object.entries(HANDLERS)) {
    for (const [method, bytes] of Object.entries({ GET, HEAD, OLD, POST, EXPECT, PIPELINED })) {
      await run(`${method} ${name}`, handler, bytes);
    }
  }
}

void main();

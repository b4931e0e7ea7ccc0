import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs';
import express from 'express';
import winston from 'winston';
import { getRequestId } from '../../../dist/index.js';

const log = winston.createLogger({ transports: [new winston.transports.Console({ format: winston.format.json() })] });
const say = (message) => log.info(message, { known: getRequestId() });
const app = express();

app.get('/id', (request, response) => response.json({ id: getRequestId() }));
app.get('/throws', () => {
  throw new Error('a route fails');
});

// Each way in which an application can set the header itself.
const ways = {
  set: (response, id) => response.set('X-Request-ID', id).send('set'),
  lower: (response, id) => response.setHeader('x-request-id', id).end('lower'),
  append: (response, id) => response.appendHeader('X-Request-Id', id).end('append'),
  object: (response, id) => response.writeHead(200, { 'X-REQUEST-ID': id }).end('object'),
  list: (response, id) => response.writeHead(200, 'OK', ['Vary', 'Accept', 'X-Request-ID', id]).end('list'),
  headers: (response, id) => response.setHeaders(new Map([['X-Request-ID', id]])).end('headers'),
};
app.get('/own/:way/:id', (request, response) => {
  say('before');
  ways[request.params.way](response, request.params.id);
  say('after');
  setTimeout(() => say('later'), 20);
});
app.get('/own/not-possible', (request, response) => {
  try {
    response.setHeader('X-Request-ID', 'a\r\nSet-Cookie: b=1');
  } catch (error) {
    response.end(error.code);
  }
  say('not possible');
});

app.get('/later', (request, response) => {
  response.on('finish', () => say('finish'));
  response.on('close', () => say('close'));
  response.end('answered');
  setTimeout(() => say('timer'), 30);
  setImmediate(() => say('immediate'));
  process.nextTick(() => say('tick'));
  queueMicrotask(() => say('microtask'));
  void Promise.resolve()
    .then(() => new Promise((resolve) => setTimeout(resolve, 10)))
    .then(() => say('promise'));
  readFile(import.meta.filename ?? new URL(import.meta.url), () => say('file'));
  const emitter = new EventEmitter();
  emitter.on('event', () => say('emitter'));
  setTimeout(() => emitter.emit('event'), 5);
  const ticks = setInterval(() => {
    clearInterval(ticks);
    say('interval');
  }, 5);
});
app.post('/body', (request, response) => {
  request.on('data', () => say('data'));
  request.on('end', () => {
    say('end');
    response.end('read');
  });
});

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
server.on('upgrade', (request, socket) => {
  say('upgrade');
  setTimeout(() => {
    say('upgraded');
    const own = request.url === '/own' ? 'X-Request-ID: of-the-application\r\n' : '';
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: own\r\nConnection: Upgrade\r\n${own}\r\nhello`);
    if (own !== '') say('answered');
  }, 5);
});

'use strict';
const domain = require('node:domain');
const { EventEmitter } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { inspect } = require('node:util');
const { describe, exchangeBytes, print, printBytes, show, startServer } = require('../support/seen.cjs');

const GET = 'GET /x?y=1 HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n';
const UPGRADE = 'GET /ws HTTP/1.1\r\nhost: example\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
const CONNECT = 'CONNECT example:443 HTTP/1.1\r\nhost: example\r\n\r\n';

function shape(object) {
  const symbols = Object.getOwnPropertySymbols(object).map(String);
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(object)).map(
    ([key, { enumerable, writable, get }]) => `${key} ${enumerable} ${writable} ${get !== undefined}`,
  );
  return { ...describe(object), symbols, descriptors, inherited: inheritedKeys(object), name: object.constructor.name };
}

function inheritedKeys(object) {
  const keys = [];
  for (const key in object) keys.push(key);
  return keys.sort();
}

function printAll(label, objects) {
  for (const [name, object] of Object.entries(objects)) print(`${label}, ${name}`, shape(object));
}

async function main() {
  for (const [name, { prototype }] of Object.entries({
    server: http.Server,
    socket: net.Socket,
    emitter: EventEmitter,
  })) {
    print(
      `prototype of ${name}`,
      show(
        Object.keys(prototype)
          .filter((key) => key !== 'emit')
          .sort(),
      ),
    );
  }
  for (const prototype of [http.OutgoingMessage.prototype, http.ServerResponse.prototype]) {
    print(
      'prototype',
      show(
        Object.keys(prototype)
          .filter((key) => key !== 'emit')
          .sort(),
      ),
    );
  }
  for (const label of ['first', 'second']) {
    const { server, port } = await startServer((request, response) => {
      printAll(label, { request, response, server, socket: request.socket });
      print('copies', show([Object.keys({ ...request }).sort(), Object.keys({ ...response }).sort()]));
      print(
        'inspected',
        String(/barbossa|exchange|opentelemetry/i.test(inspect(request, { showHidden: true, depth: 4 }))),
      );
      const timer = response.setTimeout(1000) === response;
      response.on('finish', () => printAll(`${label}, finished`, { request, response }));
      response.on('close', () => printAll(`${label}, closed`, { request, response }));
      response.end(String(timer));
    });
    printBytes('answered', await exchangeBytes(port, GET), [port]);
    await new Promise((resolve) => server.close(resolve));
  }
  await pipelined();
  await upgraded('upgrade', UPGRADE);
  await upgraded('connect', CONNECT);
  await inDomain();
}

async function pipelined() {
  const { server, port } = await startServer((request, response) => {
    printAll(`pipelined ${request.url}`, { request, response, socket: request.socket });
    setTimeout(() => response.end(request.url), 20);
  });
  const bytes = `${GET.replace('close', 'keep-alive')}${GET.replace('/x', '/z')}`;
  printBytes('pipelined', await exchangeBytes(port, bytes), [port]);
  await new Promise((resolve) => server.close(resolve));
}

async function upgraded(event, bytes) {
  const { server, port } = await startServer(() => {});
  server.on(event, (request, socket, head) => {
    printAll(event, { request, socket });
    print('head', show(head.length));
    print('methods', show([socket.write.name, socket.write.length, socket.end.name, socket.end.length]));
    const write = socket.write;
    const wrapped = (...args) => write.apply(socket, args);
    socket.write = wrapped;
    print('assigned', show([Object.keys(socket).includes('write'), socket.write === wrapped]));
    socket.write('HTTP/1.1 403 Forb');
    socket.write('idden\r\nx-a: 1\r\n');
    socket.write('\r\nbody', 'latin1', () => print('written', 'yes'));
    delete socket.write;
    printAll(`${event}, answered`, { socket });
    socket.on('close', () => printAll(`${event}, closed`, { socket }));
    socket.end(Buffer.from('more'));
  });
  printBytes(event, await exchangeBytes(port, bytes), [port]);
  await new Promise((resolve) => server.close(resolve));
}

async function inDomain() {
  const before = EventEmitter.prototype.emit;
  const seen = [];
  EventEmitter.prototype.emit = function emit(...args) {
    const kind = [http.IncomingMessage, http.ServerResponse, http.Server].find((type) => this instanceof type);
    if (kind !== undefined) seen.push(`${kind.name} ${String(args[0])}`);
    return before.apply(this, args);
  };
  const { server, port } = await startServer((request, response) => {
    const caught = domain.create();
    caught.on('error', (error) => response.end(`caught ${error.message}`));
    caught.add(request);
    request.emit('error', new Error('from the request'));
  });
  server.on('close', () => {});
  printBytes('domain', await exchangeBytes(port, GET), [port]);
  await new Promise((resolve) => server.close(resolve));
  print('emitted', show(seen));
  EventEmitter.prototype.emit = before;
}

void main();

'use strict';
const { attempt, describeThrown, exchangeBytes, print, printBytes, show, startServer } = require('../support/seen.cjs');

const STATUSES = [[200], [404], ['201'], [204], [304], [99], [1000], ['abc'], [undefined], [null], [200.5], [{}], []];
const REASONS = [[], ['Fine'], [''], [undefined], [null], ['bad\nreason'], ['caf\u00e9']];
const HEADERS = {
  nothing: () => [],
  undefined: () => [undefined],
  null: () => [null],
  'a number': () => [5],
  'a text': () => ['ab'],
  'an empty object': () => [{}],
  'an object': () => [{ 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'], vary: 'Accept' }],
  'a frozen object': () => [Object.freeze({ 'X-A': '1' })],
  'an object with a prototype': () => [Object.create({ 'x-above': 'no' }, { 'x-a': { value: '1', enumerable: true } })],
  'an object without a prototype': () => [Object.assign(Object.create(null), { 'X-A': '1' })],
  'a getter': () => [Object.defineProperty({}, 'x-a', { get: () => '1', enumerable: true })],
  'a getter that throws': () => [
    Object.defineProperty({}, 'x-a', {
      get: () => {
        throw new Error('from the getter');
      },
      enumerable: true,
    }),
  ],
  'an undefined value': () => [{ 'x-a': undefined }],
  'a bad name': () => [{ 'bad name': '1' }],
  'a bad value': () => [{ 'x-a': 'b\r\nc' }],
  'an empty list': () => [[]],
  'a flat list': () => [['X-A', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']],
  'an odd list': () => [['x-a', '1', 'x-b']],
  'a list of one': () => [['x-a']],
  'a frozen list': () => [Object.freeze(['x-a', '1'])],
  'one pair': () => [[['x-a', '1']]],
  pairs: () => [
    [
      ['X-A', '1'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ],
  ],
  'three pairs': () => [
    [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ],
  ],
  'content-length': () => [{ 'content-length': 2 }],
  'transfer-encoding': () => [{ 'transfer-encoding': 'chunked' }],
  connection: () => [{ connection: 'close', date: 'today' }],
};
const BEFORE = {
  'nothing before': () => {},
  setHeader: (response) => response.setHeader('x-a', 'before'),
  'two cookies': (response) => response.setHeader('set-cookie', ['c=3', 'd=4']),
  'statusCode and statusMessage': (response) => Object.assign(response, { statusCode: 202, statusMessage: 'Before' }),
};

async function answer(label, handler) {
  const { server, port } = await startServer((request, response) => {
    try {
      const returned = handler(response);
      print(`${label} returned`, returned === response ? 'the response' : show(returned));
      print('  status', show([response.statusCode, response.statusMessage, response.headersSent]));
    } catch (error) {
      print(`${label} threw`, describeThrown(error));
      print('  status', show([response.statusCode, response.statusMessage, response.headersSent]));
    }
    try {
      response.end('ok');
    } catch (error) {
      print('end threw', describeThrown(error));
      response.destroy();
    }
  });
  const bytes = await exchangeBytes(port, 'GET /x HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n');
  printBytes(label, bytes, [port]);
  await new Promise((resolve) => server.close(resolve));
}

async function main() {
  for (const status of STATUSES) {
    await answer(`status ${show(status)}`, (response) => response.writeHead(...status));
    await answer(`status ${show(status)}, headers`, (response) => response.writeHead(...status, { 'x-a': '1' }));
  }
  for (const [before, prepare] of Object.entries(BEFORE)) {
    for (const [name, make] of Object.entries(HEADERS)) {
      for (const reason of REASONS.slice(0, 4)) {
        const given = make();
        const copy = show(given);
        await answer(`${before}, ${show(reason)}, ${name}`, (response) => {
          prepare(response);
          return response.writeHead(200, ...reason, ...given);
        });
        print('  given', show(given) === copy ? 'unchanged' : show(given));
      }
    }
  }
  for (const reason of REASONS) await answer(`reason ${show(reason)}`, (r) => r.writeHead(200, ...reason));
  await answer('twice', (response) => {
    response.writeHead(200, { 'x-a': '1' });
    return response.writeHead(201, { 'x-b': '2' });
  });
  await answer('after a failure', (response) => {
    try {
      response.writeHead(42);
    } catch {
      // The next one counts.
    }
    return response.writeHead(200, [
      ['x-a', '1'],
      ['x-b', '2'],
    ]);
  });
  await answer('setHeader afterwards', (response) => response.writeHead(200).setHeader('x-late', '1'));
  await answer('the status as an own property', (response) => {
    Object.defineProperty(response, 'statusCode', { value: 203, writable: true });
    return response.writeHead(203);
  });
  await attempt('the functions', () => {
    const { ServerResponse } = require('node:http');
    return ['writeHead', 'setHeader', 'appendHeader', 'emit', 'end', 'write'].map((name) => {
      const method = ServerResponse.prototype[name];
      return `${name}: ${method.name} ${method.length}`;
    });
  });
}

void main();

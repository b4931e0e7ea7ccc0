// Loggers that are set up anew while their lines wait, objects that change meanwhile, and what winston's classes show.
'use strict';
const { setTimeout: sleep } = require('node:timers/promises');
const winston = require('winston');
const Logger = require('winston/lib/winston/logger');
const { print } = require('../support/seen.cjs');

const { format, Transport } = winston;
const MESSAGE = Symbol.for('message');
/** Longer than any line waits before its format runs early. */
const LATER_MS = 300;

class Slow extends Transport {
  lines = [];
  log(info, done) {
    this.lines.push(info[MESSAGE]);
    setTimeout(() => done(), 1);
  }
}

const as = (name) => format.printf((info) => [name, info.message, info.state].join(' '));

/** Waits until a transport has had nothing for a while. */
async function drain({ lines }) {
  for (let quiet = 0, before = -1; quiet < 10; quiet++) {
    await sleep(20);
    if (lines.length !== before) quiet = 0;
    before = lines.length;
  }
}

async function run(name, { first, change, make = () => ({}) }) {
  const transport = new Slow();
  const logger = winston.createLogger(first?.(transport));
  const objects = Array.from({ length: 40 }, (_, n) => ({ level: 'info', message: `line ${n}`, ...make() }));
  for (const object of objects) logger.log(object);
  await sleep(LATER_MS);
  change({ logger, transport, objects });
  await drain(transport);
  // When a transport was free is another time in each run; which format a line has that waited is not.
  for (const line of transport.lines.slice(-16)) print(name, line);
  print(`${name}, lines`, transport.lines.length);
  print(`${name}, the last`, objects.at(-1));
}

async function main() {
  // Winston says of each line that there is no transport.
  console.error = () => {};
  await run('configured late', {
    change: ({ logger, transport }) => logger.configure({ format: as('new'), transports: [transport] }),
  });
  await run('a transport, late', {
    first: () => ({ format: as('old') }),
    change: ({ logger, transport }) => logger.add(transport),
  });
  await run('another format', {
    first: () => ({ format: as('old') }),
    change: ({ logger, transport }) => Object.assign(logger, { format: as('new') }).add(transport),
  });
  await run('other objects', {
    first: () => ({ format: as('old') }),
    make: () => ({ state: 'before' }),
    change: ({ logger, transport, objects }) => {
      for (const object of objects) object.state = 'after';
      logger.add(transport);
    },
  });
  for (const name of ['write', 'push', '_transform', 'log', 'add']) {
    const method = Logger.prototype[name];
    print(name, { name: method.name, length: method.length });
  }
  const { add } = winston.Container.prototype;
  print('loggers.add', { name: add.name, length: add.length });
  const found = [];
  for (const name in winston.createLogger()) found.push(name);
  print('for in', found.sort());
}

void main();

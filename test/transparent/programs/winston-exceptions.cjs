// Errors that nobody takes, where winston does: by its handlers, in a request and outside of one, with and without an end.
'use strict';
const { fork } = require('node:child_process');
const { once } = require('node:events');
const winston = require('winston');
const { exchangeBytes, print, printBytes, startServer } = require('../support/seen.cjs');
const { withoutIds } = require('../support/describe-object.cjs');

const { Transport } = winston;
const LEVEL = Symbol.for('level');
/** Of what winston itself says about a process: none of it is the same in two runs. */
const CHANGES = new Set(['date', 'os', 'process', 'stack', 'trace']);

class Taking extends Transport {
  constructor(name, options) {
    super(options);
    this.name = name;
  }
  log(info, done) {
    const fields = Object.keys(info).filter((key) => !/^(?:trace|span|request)_id$/.test(key));
    const shown = fields.map((key) => [key, CHANGES.has(key) ? typeof info[key] : firstLine(info[key])]);
    print(`  ${this.name}, ${info[LEVEL]}`, Object.fromEntries(shown));
    done();
  }
}

function firstLine(value) {
  return withoutIds(String(value)).split('\n')[0];
}

/** How a logger is told to take them. */
const LOGGERS = {
  exceptionHandlers: () => ({
    transports: [new Taking('transport')],
    exceptionHandlers: [new Taking('exception handler')],
    rejectionHandlers: [new Taking('rejection handler')],
    exitOnError: false,
  }),
  'a transport with handleExceptions': () => ({
    transports: [new Taking('transport', { handleExceptions: true, handleRejections: true })],
    exitOnError: false,
  }),
  'exitOnError by a function': () => ({
    transports: [new Taking('transport', { handleExceptions: true, handleRejections: true })],
    exitOnError: (error) => error?.message === 'the last',
  }),
  'it ends': () => ({ transports: [new Taking('transport', { handleExceptions: true, handleRejections: true })] }),
};

const THROWS = {
  'an error': () => {
    throw new RangeError('overboard');
  },
  'an error with fields': () => {
    throw Object.assign(new Error('overboard'), { code: 'EDECK', port: 1 });
  },
  'a text': () => {
    // oxlint-disable-next-line typescript/only-throw-error
    throw 'just a text';
  },
  nothing: () => {
    // oxlint-disable-next-line typescript/only-throw-error
    throw undefined;
  },
  'a rejection': () => void Promise.reject(new TypeError('not kept')),
  'a rejection without a reason': () => void Promise.reject(),
  'the last': () => {
    throw new Error('the last');
  },
};

async function runOne(kind) {
  winston.createLogger({ level: 'silly', ...LOGGERS[kind]() });
  const { server, port } = await startServer((request, response) => {
    response.end('ok', () => throwSoon(decodeURIComponent(request.url.slice(1))));
  });
  for (const name of Object.keys(THROWS)) {
    print('outside of a request', name);
    throwSoon(name);
    await settled();
    print('in a request', name);
    const url = `/${encodeURIComponent(name)}`;
    printBytes('answered', await exchangeBytes(port, `GET ${url} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`), [
      port,
    ]);
    await settled();
  }
  server.close();
}

function throwSoon(name) {
  const step = THROWS[name];
  setImmediate(() => step());
}

/** Winston ends a process three seconds after the error at the latest, and at once where all is written. */
function settled() {
  return new Promise((resolve) => setTimeout(resolve, 60));
}

async function main() {
  for (const kind of Object.keys(LOGGERS)) {
    print('logger', kind);
    const child = fork(__filename, [kind], { stdio: 'inherit' });
    const [code, signal] = await once(child, 'exit');
    print('ended', code ?? signal);
  }
}

void (process.argv[2] === undefined ? main() : runOne(process.argv[2]));

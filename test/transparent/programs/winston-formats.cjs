// Formats with a state before transports with back pressure: each line is formatted once, in the order of writing.
'use strict';
const { setTimeout: sleep } = require('node:timers/promises');
const { Writable } = require('node:stream');
const winston = require('winston');
const { print } = require('../support/seen.cjs');

const { format, Transport } = winston;
const MESSAGE = Symbol.for('message');
const LINES = 60;

/** How long a transport keeps the ones behind it waiting, in ms. */
const TRANSPORTS = {
  'at once': (take) => new Taking(take, (done) => done()),
  'in the next turn': (take) => new Taking(take, (done) => setImmediate(() => done())),
  'in 4 ms': (take) => new Taking(take, (done) => setTimeout(() => done(), 4)),
  'a stream with room for one': (take) =>
    Object.assign(new Writable({ objectMode: true, highWaterMark: 1, write: takeSlowly(take) }), { log() {} }),
  'stuck for a while': (take) => {
    const free = new Promise((resolve) => setTimeout(resolve, 250));
    return new Taking(take, (done) => void free.then(done));
  },
  'two of them': (take) => [
    new Taking(take, (done) => done()),
    new Taking(
      () => {},
      (done) => setTimeout(() => done(), 4),
    ),
  ],
};

function takeSlowly(take) {
  return (info, _encoding, done) => {
    take(info[MESSAGE]);
    setTimeout(() => done(), 4);
  };
}

class Taking extends Transport {
  constructor(take, wait) {
    super();
    this.take = take;
    this.wait = wait;
  }
  log(info, done) {
    this.take(info[MESSAGE]);
    this.wait(done);
  }
}

const line = format.printf((info) => [info.number, info.level, info.message].join(' '));

/** Formats, each with a state of its own; `calls` says how often it ran. */
const FORMATS = {
  'a counter': (count) => format.combine(format((info) => Object.assign(info, { number: count() }))(), line),
  'a sample': (count) => format.combine(format((info) => (count() % 3 === 0 ? info : false))(), line),
  'once each': (count) => {
    const seen = new Set();
    return format.combine(
      format((info) => {
        count();
        if (seen.has(info.message)) return false;
        seen.add(info.message);
        return info;
      })(),
      line,
    );
  },
  'one that logs': (count, { audit }) =>
    format.combine(
      format((info) => {
        if (count() % 10 === 0) audit.info('audited', { of: info.message });
        return info;
      })(),
      line,
    ),
  'one that throws': (count, { name }) =>
    format.combine(
      format((info) => {
        if (count() === 30) throw new RangeError(`the thirtieth of ${name}`);
        return info;
      })(),
      line,
    ),
};

/** Longest pause between two lines that a transport takes, with room for a machine that is busy. */
const PAUSE_MS = 2_000;

/**
 * Waits until the transports have what they take: whether a line finds one free, and whether its format throws into the
 * caller, is the same in every run. The one that is stuck is so for longer.
 */
async function settle(seen) {
  await sleep(100);
  // By timers, one after the other: by a clock, a process that had no turn for a while would look settled.
  for (let quiet = 0, before = -1; quiet < 5; quiet++) {
    await sleep(10);
    if (seen.calls + seen.taken.length !== before) quiet = 0;
    before = seen.calls + seen.taken.length;
  }
}

async function run(name, makeTransport, makeFormat) {
  const seen = { calls: 0, taken: [], audited: [], thrown: [], lastMs: Date.now() };
  const audit = winston.createLogger({
    transports: [
      new Taking(
        (text) => seen.audited.push(text),
        (done) => done(),
      ),
    ],
  });
  const count = () => {
    seen.lastMs = Date.now();
    return (seen.calls += 1);
  };
  const logger = winston.createLogger({
    format: makeFormat(count, { name, audit }),
    transports: makeTransport((text) => {
      seen.lastMs = Date.now();
      seen.taken.push(text);
    }),
  });
  for (let n = 1; n <= LINES; n++) {
    try {
      // Every fourth is below the level: its format runs all the same.
      logger[n % 4 === 0 ? 'debug' : 'info'](`line ${n}`);
    } catch (error) {
      seen.thrown.push(error.message);
    }
    if (n % 20 === 0) await settle(seen);
  }
  while (Date.now() - seen.lastMs < PAUSE_MS) await sleep(PAUSE_MS / 4);
  return { name, ...seen };
}

async function main() {
  const uncaught = [];
  process.on('uncaughtException', (error) => uncaught.push(error.message));
  const runs = Object.entries(FORMATS).flatMap(([ofFormat, makeFormat]) =>
    Object.entries(TRANSPORTS).map(([ofTransport, makeTransport]) =>
      run(`${ofFormat}, ${ofTransport}`, makeTransport, makeFormat),
    ),
  );
  for (const { name, calls, taken, audited, thrown } of await Promise.all(runs)) {
    const late = uncaught.filter((message) => message.includes(name));
    print(name, { calls, thrown: [...thrown, ...late] });
    for (const text of [...taken, ...audited]) print('  ', text);
  }
}

void main();

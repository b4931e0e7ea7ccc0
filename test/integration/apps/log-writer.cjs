'use strict';
const fs = require('node:fs');
const { Writable } = require('node:stream');
const cluster = require('node:cluster');
const winston = require('winston');

/** Writes numbered lines in the way that its first argument names, says `done`, and goes on living. */
const [, , how, name = 'line', countText = '100', file] = process.argv;
const count = Number(countText);
const logger = winston.createLogger({ level: 'debug', transports: [new winston.transports.Console()] });
let written = 0;

function write(level = 'info', fields = {}) {
  logger.log(level, `${name} ${written}`, { at: Date.now(), ...fields });
  written += 1;
}

function stay() {
  console.log('done');
  setInterval(() => {}, 1_000);
}

const ways = {
  /** A thousand lines a second. */
  steady() {
    const timer = setInterval(() => {
      for (let n = 0; n < 5 && written < count; n++) write();
      if (written < count) return;
      clearInterval(timer);
      stay();
    }, 5);
  },
  /** Two thousand lines a second; each thousandth is an error. */
  errors() {
    const timer = setInterval(() => {
      for (let n = 0; n < 10 && written < count; n++) write(written % 1_000 === 500 ? 'error' : 'info');
      if (written < count) return;
      clearInterval(timer);
      stay();
    }, 5);
  },
  /** As many in one loop, which nothing can interrupt. */
  burst() {
    while (written < count) write();
    stay();
  },
  /** The same at two thousand lines a second, into a file: no timer fires, no socket is written. */
  busy() {
    const sink = fs.openSync(file, 'a');
    const writeNow = (chunk, _encoding, done) => {
      fs.writeSync(sink, chunk);
      done();
    };
    logger.configure({ transports: [new winston.transports.Stream({ stream: new Writable({ write: writeNow }) })] });
    for (const startMs = performance.now(); written < count; write()) {
      while (performance.now() < startMs + written / 2);
    }
    stay();
  },
  /** A line a turn of the event loop. Into a file: how many were logged in earlier turns. */
  turns() {
    const sink = fs.openSync(file, 'a');
    const turn = () => {
      fs.writeSync(sink, `${written}\n`);
      write();
      if (written < count) setTimeout(turn, 0);
    };
    turn();
  },
  /** Few lines: five a second. */
  seldom() {
    const timer = setInterval(() => {
      write();
      if (written < count) return;
      clearInterval(timer);
      stay();
    }, 200);
  },
  /** Long lines: one in ten is a warning. */
  bulky() {
    const timer = setInterval(() => {
      for (let n = 0; n < 50 && written < count; n++) {
        write(written % 10 === 0 ? 'warn' : 'info', { bulk: 'x'.repeat(2_000) });
      }
      if (written < count) return;
      clearInterval(timer);
      stay();
    }, 5);
  },
  cluster() {
    if (cluster.isPrimary) {
      for (const worker of ['a', 'b']) cluster.fork({ WORKER: worker });
      cluster.on('exit', (worker) => console.log(`worker ${worker.id} ended`));
      return;
    }
    console.log(`worker ${process.env.WORKER} is ${process.pid}`);
    setInterval(() => {
      logger.info(`${process.env.WORKER} ${written}`, { at: Date.now() });
      written += 1;
    }, 5);
  },
};

ways[how]();

/**
 * The application of the fault runs: Express and winston, no word of telemetry; CommonJS, since the stock instrumentation
 * sees nothing else without a loader. Writes lines whose keys count up, and tells
 * on file descriptor 3 which ones it has written: `<lane> <last number> <pid>` a row.
 *
 *   node app.cjs --rate 1000 --seconds 30    lines at a steady rate
 *   node app.cjs --burst 100000              all in one loop
 *   … --end exit|throw|reject|wait         how it ends; `wait`: it stays until a signal
 *   … --poison 3000                         the line of this number is an error that says POISON
 *   … --workers 2                           as a cluster, each worker with that load
 *   node app.cjs --idle                      nothing but what a start does
 */
const cluster = require('node:cluster');
const { writeSync } = require('node:fs');
const { parseArgs } = require('node:util');
const express = require('express');
const winston = require('winston');

const TICK_MS = 10;
const REPORT_FD = 3;

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    rate: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '0' },
    burst: { type: 'string', default: '0' },
    poison: { type: 'string', default: '-1' },
    workers: { type: 'string', default: '0' },
    end: { type: 'string', default: 'wait' },
    idle: { type: 'boolean', default: false },
  },
});
const lane = cluster.isWorker ? `w${cluster.worker.id}` : 'a';

const logger = winston
  .createLogger({
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console()],
  })
  .child({ logger: values.run });

const written = new Map();

function writeLine(inLane) {
  const number = (written.get(inLane) ?? -1) + 1;
  written.set(inLane, number);
  const isPoison = inLane === lane && number === Number(values.poison);
  const [level, text] = isPoison ? ['error', 'POISON in the library'] : ['info', 'a line of the library'];
  logger.log(level, text, { key: `${inLane}-${number}`, artist: 'The Bilge Rats', tracks: number % 17 });
}

function report(inLane) {
  writeSync(REPORT_FD, `${inLane} ${written.get(inLane)} ${process.pid}\n`);
}

function serve() {
  const app = express();
  app.get('/ping', (_request, response) => {
    writeLine('h');
    response.send('pong');
    report('h');
  });
  const server = app.listen(0, '127.0.0.1', () =>
    writeSync(REPORT_FD, `port ${server.address().port} ${process.pid}\n`),
  );
  return server;
}

function writeBurst(lines, end) {
  for (let line = 0; line < lines; line++) writeLine(lane);
  report(lane);
  end();
}

function writeSteadily({ rate, seconds }, end) {
  const startedMs = performance.now();
  const total = rate * seconds;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) * rate) / 1_000));
    const before = written.get(lane) ?? -1;
    while ((written.get(lane) ?? -1) + 1 < due) writeLine(lane);
    if (written.get(lane) !== before && written.has(lane)) report(lane);
    if (due < total) return;
    clearInterval(timer);
    end();
  }, TICK_MS);
}

const ENDS = {
  wait: () => writeSync(REPORT_FD, `done 0 ${process.pid}\n`),
  exit: () => process.exit(0),
  throw: () => {
    throw new Error('nobody catches this');
  },
  reject: () => void Promise.reject(new Error('nobody handles this')),
};

function work() {
  const finish = ENDS[values.end];
  const burst = Number(values.burst);
  if (burst > 0) writeBurst(burst, finish);
  else writeSteadily({ rate: Number(values.rate), seconds: Number(values.seconds) }, finish);
}

const workers = Number(values.workers);
if (workers > 0 && cluster.isPrimary) {
  // The workers tell on descriptor 3 too.
  cluster.setupPrimary({ stdio: ['ignore', 'ignore', 'inherit', 3, 'ipc'] });
  for (let index = 0; index < workers; index++) cluster.fork();
} else if (values.idle) {
  ENDS.wait();
  setInterval(() => {}, 60_000);
} else {
  if (!cluster.isWorker) serve();
  // After the first requests could be taken; a burst would hold them up.
  setTimeout(work, 200);
}

'use strict';
const winston = require('winston');

/** Ends in the way that its argument names; prints `ready` where it waits for a signal. */
const { File, Console } = winston.transports;
const logger = winston.createLogger({ transports: [new Console()] });
const [, , how, file] = process.argv;
const later = (work) => setTimeout(() => work(), 20);

function wait() {
  const timer = setInterval(() => {}, 1_000);
  logger.info('waiting');
  console.log('ready');
  return () => clearInterval(timer);
}

function onSignals(handle) {
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
  return wait();
}

const ways = {
  natural() {
    logger.info('line 1');
    logger.info('line 2');
    logger.info('line 3');
  },
  silent() {
    console.log('three');
    console.log('lines');
    console.log('of work');
  },
  exit() {
    // More than some 270 are more than the socket behind stdout holds for a slow reader: Node itself then loses the rest.
    for (let n = 0; n < 200; n++) logger.info(`line ${n}`);
    process.exit(7);
  },
  file() {
    logger.configure({ transports: [new File({ filename: file })] });
    for (let n = 0; n < 300; n++) logger.info(`line ${n} ${'-'.repeat(100)}`);
    console.log('written');
    process.exit(7);
  },
  atexit() {
    process.on('exit', (code) => logger.info(`exit with ${code}`));
    logger.info('line 1');
    later(() => process.exit(0));
  },
  throws() {
    logger.info('line 1');
    later(() => {
      throw new RangeError('thrown');
    });
  },
  throwsAtOnce() {
    logger.warn('line 1');
    throw new RangeError('thrown at once');
  },
  rejects() {
    logger.info('line 1');
    later(() => Promise.reject(new TypeError('rejected')));
  },
  catches() {
    process.on('uncaughtException', (error) => {
      logger.error(`caught ${error.message}`);
      process.exit(4);
    });
    later(() => {
      throw new RangeError('thrown');
    });
  },
  winstonCatches() {
    logger.exceptions.handle(new Console());
    later(() => {
      throw new RangeError('thrown');
    });
  },
  winstonGoesOn() {
    logger.exitOnError = false;
    logger.rejections.handle(new Console());
    later(() => Promise.reject(new RangeError('rejected')));
    setTimeout(() => logger.info('goes on'), 100);
  },
  waits: () => void wait(),
  handles() {
    onSignals((signal) => {
      logger.info(`handled ${signal}`);
      process.exit(3);
    });
  },
  beforeExit() {
    // A console that is not silent asks for one more turn of the event loop at each line.
    logger.configure({ transports: [new Console({ silent: true })] });
    logger.info('line 1');
    process.on('beforeExit', (code) => {
      console.log('nothing more to do', code);
      logger.info('summary 1');
    });
  },
  goesOn() {
    logger.info('line 1');
    const more = [
      () => setTimeout(() => {}, 20),
      () => setImmediate(() => {}),
      async () => {
        await Promise.resolve();
        process.nextTick(() => setTimeout(() => {}, 1));
      },
      () => require('node:fs').stat(__filename, () => {}),
      () => require('node:child_process').spawn(process.execPath, ['--version'], { env: {} }),
    ];
    process.on('beforeExit', () => {
      if (more.length > 3) logger.info(`summary ${more.length}`);
      console.log(Object.hasOwn(process, 'emit'), process.listenerCount('removeListener'));
      more.pop()?.();
    });
    process.on('exit', () => console.log(Object.hasOwn(process, 'emit')));
  },
  emits() {
    logger.info('line 1');
    process.emit('SIGTERM', 'SIGTERM', 15);
    process.emit('SIGINT');
    setTimeout(() => logger.info('goes on'), 100);
  },
  handlesOnceFirst() {
    process.prependOnceListener('SIGTERM', (...args) => {
      logger.info('handled first');
      console.log(args);
      setTimeout(() => process.exit(5), 2_500);
    });
    wait();
  },
  countsAndKills() {
    process.once('SIGTERM', () => {
      logger.info('handled once');
      if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM');
    });
    wait();
  },
  countsAndKillsLater() {
    const handle = () => {
      logger.info('handled once');
      setTimeout(() => {
        process.removeListener('SIGINT', handle);
        logger.info('handled all');
        if (process.listenerCount('SIGINT') === 0) process.kill(process.pid, 'SIGINT');
      }, 50);
    };
    process.on('SIGINT', handle);
    wait();
  },
  handlesEach() {
    let count = 0;
    const handle = () => {
      count += 1;
      if (count < 3) process.once('SIGTERM', handle);
      console.log('signal', count);
      if (count === 3) process.exit(6);
    };
    process.once('SIGTERM', handle);
    wait();
  },
  handlesOnce() {
    process.once('SIGTERM', () => logger.info('handled once'));
    wait();
  },
  drains() {
    const stop = onSignals((signal) => {
      logger.info(`draining after ${signal}`);
      setTimeout(() => {
        logger.info('drained');
        stop();
      }, 3_000);
    });
  },
  stops() {
    const stop = onSignals(() => {
      logger.info('stopping');
      stop();
    });
  },
};

ways[how]();

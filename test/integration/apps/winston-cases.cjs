'use strict';
const { Readable, Writable } = require('node:stream');
const { setTimeout: sleep } = require('node:timers/promises');

/**
 * Ways in which applications use winston, each run in the course of one request: name -> function.
 * @param winston The copy of winston that the application imported.
 */
module.exports = function makeCases(winston) {
  const { format, transports, createLogger } = winston;
  const toConsole = (options) => new transports.Console(options);
  const make = (options = {}) => createLogger({ transports: [toConsole()], ...options });
  const everyLevel = (levels) => {
    const names = Object.keys(levels);
    const logger = make({ levels, level: names.at(-1) });
    for (const name of names) logger[name](`at ${name}`);
  };
  const containers = new winston.Container({ transports: [toConsole()] });
  const shared = { message: 'logged twice' };
  const stamped = make({ format: format.combine(format.timestamp(), format.json()) });
  winston.configure({ transports: [toConsole()] });

  /** Takes a line every few milliseconds, as a transport over the network does. */
  class Slow extends Writable {
    constructor() {
      super({ objectMode: true, highWaterMark: 1 });
    }
    _write(info, _encoding, done) {
      process.stdout.write(`${info[Symbol.for('message')]}\n`);
      setTimeout(() => done(), 5);
    }
    log() {}
  }
  const slow = make({ transports: [new Slow()] });

  return {
    plain() {
      stamped.info('one');
      stamped.warn('two', { album: 'Kind of Blue', year: 1959 });
      stamped.log('error', 'three');
      stamped.log({ level: 'info', message: 'four', nested: { deep: [1, 'a', null] } });
      stamped.info({ an: 'object' });
      stamped.info(42);
      stamped.info();
    },
    standard() {
      winston.info('by the default logger');
      winston.log('warn', 'and again');
      winston.child({ part: 'default child' }).error('by its child');
    },
    child() {
      const child = make({ defaultMeta: { app: 'barbossa' } }).child({ part: 'child' });
      child.info('by a child');
      child.child({ part: 'grandchild' }).warn('by a grandchild', { own: true });
      child.error(new RangeError('by a child, an error'));
    },
    npm: () => everyLevel(winston.config.npm.levels),
    syslog: () => everyLevel(winston.config.syslog.levels),
    cli: () => everyLevel(winston.config.cli.levels),
    custom: () => everyLevel({ fatal: 0, error: 1, caution: 2, info: 3, chatter: 4 }),
    container() {
      containers.add('library').info('by a container');
      containers.get('library').warn('by the same');
      winston.loggers.add('shelf', { transports: [toConsole()] }).info('by the common container');
    },
    named() {
      make({ format: format.combine(format.label({ label: 'imports' }), format.json()) }).info('by its label');
      make({ defaultMeta: { logger: 'downloads' } }).info('by its field');
    },
    readable() {
      const line = format.printf((info) => `${info.level}: ${info.message} request_id="${info.request_id}"`);
      make({ format: format.combine(format.colorize({ all: true }), line) }).warn('in color');
      make({ format: format.simple() }).info('simple', { a: 1 });
      make({ format: format.combine(format.errors({ stack: true }), format.logstash()) }).info('logstash');
    },
    filtered() {
      const logger = make({ level: 'warn' });
      logger.info('below the level');
      logger.debug('far below the level');
      logger.warn('at the level');
      logger.level = 'debug';
      logger.debug('at the new level');
    },
    transports() {
      const second = toConsole({ level: 'debug', format: format.printf((info) => `second ${info.request_id}`) });
      const logger = make({ transports: [toConsole(), second] });
      logger.info('printed by both');
      logger.debug('printed by the second');
      logger.silly('printed by none');
    },
    silent() {
      const logger = make({ silent: true });
      logger.error('silenced');
      logger.silent = false;
      logger.error('heard');
      make({ transports: [toConsole({ silent: true })] }).info('for a silent transport');
    },
    exceptions() {
      const logger = make({ format: format.combine(format.errors({ stack: true, cause: true }), format.json()) });
      const cause = new TypeError('the disk is full', { cause: new Error('no inodes') });
      const error = new RangeError('the scan failed', { cause });
      logger.error(error);
      logger.error('with an error behind', error);
      logger.error('with an error in a field', { error });
      logger.log({ level: 'error', message: error });
      make().error(new AggregateError([new Error('first'), new Error('second')], 'several'));
      logger.error('a message with a stack of its own', { stack: 'Error: by hand\n    at nowhere' });
    },
    splat() {
      const logger = make({ format: format.combine(format.splat(), format.json()) });
      logger.info('%s has %d tracks', 'Blue Train', 5, { year: 1957 });
      logger.info('100%% of %j', { a: 1 });
      make().info('%s without the format', 'Giant Steps');
    },
    dropping() {
      const odd = format((info) => (info.even === true ? info : false));
      const logger = make({ format: format.combine(odd(), format.json()) });
      logger.info('dropped by the format');
      logger.info('let through', { even: true });
      const scrub = format((info) => ({ ...info, message: 'scrubbed', card: undefined }));
      make({ format: format.combine(scrub(), format.json()) }).info('4111 1111', { card: '4111 1111' });
    },
    async timers() {
      const logger = make();
      const timer = logger.startTimer();
      logger.profile('scan');
      await sleep(5);
      logger.profile('scan');
      timer.done({ message: 'timed', level: 'warn' });
    },
    moving() {
      const first = toConsole();
      const logger = make({ transports: [first] });
      logger.info('to the first');
      logger.add(toConsole());
      logger.info('to both');
      logger.remove(first);
      logger.info('to the second');
      logger.configure({ level: 'error', transports: [toConsole()] });
      logger.info('too low');
      logger.error('after configure');
      logger.clear().add(toConsole());
      logger.error('after clear');
    },
    async piped() {
      const lines = [1, 2, 3].map((n) => ({ level: 'info', message: `piped ${n}` }));
      const logger = make();
      Readable.from(lines).pipe(logger, { end: false });
      await sleep(20);
      logger.write({ level: 'warn', message: 'written' });
    },
    nowhere() {
      // Winston keeps what it cannot give to a transport, sixteen lines on one side of the logger, the rest on the other.
      const logger = createLogger();
      for (let n = 0; n < 40; n++) logger.info(`to nobody ${n}`);
    },
    async slowly() {
      for (let n = 0; n < 60; n++) slow.info(`slowly ${n}`);
      await sleep(1);
    },
    ownfields() {
      make().info('its own', { trace_id: 'mine', request_id: 'mine-too', user_id: 'anne' });
    },
    shared() {
      make().info(shared);
    },
    async later() {
      const logger = make();
      setTimeout(() => logger.info('by a timer'), 5);
      process.nextTick(() => logger.info('by a tick'));
      await sleep(1);
      logger.info('by a promise');
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
    nested() {
      const inner = make();
      const chatty = format((info) => {
        inner.info('by the format');
        return info;
      });
      const outer = make({ format: format.combine(chatty(), format.json()) });
      outer.info('outer');
      const self = make();
      const echo = format((info) => {
        if (info.echo === true) self.debug('below the level, within a line');
        if (info.echo === true) self.info('within a line');
        return info;
      });
      self.format = format.combine(echo(), format.json());
      self.info('with an echo', { echo: true });
    },
  };
};

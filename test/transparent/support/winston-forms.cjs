// Ways to log an object, the kinds of objects, and loggers with their formats and transports.
'use strict';
const { inspect, types } = require('node:util');
const winston = require('winston');
const { withoutIds } = require('./describe-object.cjs');

const { format, Transport } = winston;
const MESSAGE = Symbol.for('message');
const LEVEL = Symbol.for('level');

/** A transport that makes lines of what it is given, in one of the ways that transports do. */
class Lines extends Transport {
  constructor(options) {
    super(options);
    this.make = options.make ?? ((info) => info[MESSAGE] ?? JSON.stringify(info));
    this.take = options.take;
  }
  log(info, done) {
    this.take(withoutIds(this.make(info)));
    done();
  }
}

function make(take, options, transport = {}) {
  return winston.createLogger({ level: 'silly', transports: [new Lines({ take, ...transport })], ...options });
}

let counted = 0;
const count = format((info) => {
  info.counted = counted += 1;
  return info;
});
const scrub = format((info) => {
  delete info.password;
  info.title = 'scrubbed';
  return info;
});
const renew = format((info) => ({ ...info, renewed: true }));
/** What an application does that gives its lines the id of the request itself, here and in its data. */
const ownId = format((info) => {
  if (!Object.isExtensible(info)) return info;
  info.request_id = 'of-the-client';
  if (info.nested !== undefined) info.nested = { ...info.nested };
  info.copied = { ...info.nested, request_id: 'of-the-client' };
  return info;
});
/** What a format can tell of the object that it is given, if that is of a class. */
const identify = format((info) => {
  const prototype = Object.getPrototypeOf(info);
  const isOfClass = ![null, Object.prototype, Array.prototype, TypeError.prototype, Error.prototype].includes(
    prototype,
  );
  if (!isOfClass || types.isProxy(info)) return info;
  info.seen = [known.has(info), types.isMap(info), types.isDate(info), Album.is(info), info.rename?.() === info];
  return info;
});
const INSPECT = { sorted: true, breakLength: Infinity };
const odd = format((info) => (counted % 2 === 0 ? info : false));

exports.FORMATS = {
  json: (take) => make(take, { format: format.json() }),
  'errors and json': (take) => make(take, { format: format.combine(format.errors({ stack: true }), format.json()) }),
  'counted and sampled': (take) => make(take, { format: format.combine(count(), odd(), format.json()) }),
  scrubbed: (take) => make(take, { format: format.combine(scrub(), format.json()) }),
  'a new object': (take) => make(take, { format: format.combine(renew(), format.json()) }),
  'an id of its own': (take) => make(take, { format: format.combine(ownId(), format.json()) }),
  identified: (take) => make(take, { format: format.combine(identify(), format.json()) }),
  // What a Proxy has is read through it: that it is no data is to be seen. A list ends with the ids.
  inspected: (take) =>
    make(take, {
      format: format.printf((info) => (info.isProxy || Array.isArray(info) ? 'not inspected' : inspect(info, INSPECT))),
    }),
  metadata: (take) => make(take, { format: format.combine(format.metadata(), format.json()) }),
  'splat, simple': (take) => make(take, { format: format.combine(format.splat(), format.simple()) }),
  'pretty, colored': (take) => make(take, { format: format.combine(format.colorize(), format.prettyPrint()) }),
  logstash: (take) => make(take, { format: format.logstash() }),
  'a format of the transport': (take) => make(take, { format: format.uncolorize() }, { format: format.json() }),
  'a transport that clones': (take) =>
    make(
      take,
      { format: renew() },
      { make: (info) => JSON.stringify(structuredClone({ level: info.level, message: String(info.message) })) },
    ),
  'default meta': (take) => make(take, { format: format.json(), defaultMeta: { app: 'barbossa' } }),
};

/** A class with a private field, a getter, a setter and a `toJSON`, all of which need the very object. */
class Album {
  #title = 'Blue';
  message = 'an album';
  get title() {
    return this.#title;
  }
  set title(title) {
    this.#title = title;
  }
  static is(object) {
    return #title in object;
  }
  rename() {
    return this;
  }
  toJSON() {
    return { level: this.level, title: this.#title };
  }
}

class RefusedError extends Error {
  #code = 7;
  get code() {
    return this.#code;
  }
  toJSON() {
    return { message: this.message, code: this.#code };
  }
}

const known = new WeakSet();
const plain = (object) => {
  known.add(object);
  return { object };
};

exports.OBJECTS = {
  'a body': () =>
    plain({
      message: 'hello',
      title: 'Blue',
      password: 'x',
      nested: { a: [1], request_id: 'of-the-client' },
      3: 'three',
    }),
  'without a prototype': () => plain(Object.assign(Object.create(null), { message: 'hello', constructor: Object })),
  'an error': () => plain(new TypeError('refused')),
  'an error with a cause': () => plain(Object.assign(new Error('outer', { cause: new Error('inner') }), { status: 4 })),
  'an error of a class': () => plain(new RefusedError('refused')),
  'an instance': () => plain(new Album()),
  'a proxy': () => plain(new Proxy({ message: 'hello', title: 'Blue', isProxy: true }, {})),
  'a getter that counts': () => {
    let reads = 0;
    return plain({
      message: 'hello',
      get lazily() {
        reads += 1;
        return 'read';
      },
      reads: () => reads > 0,
    });
  },
  frozen: () => plain(Object.freeze({ message: 'hello', level: 'info', [LEVEL]: 'info' })),
  sealed: () => plain(Object.seal({ message: 'hello', level: 'info', [LEVEL]: 'info', title: 'Blue' })),
  'its own ids': () => plain({ message: 'hello', kind: 'own', traceparent: '00-1' }),
  'with a hidden property': () => plain(Object.defineProperty({ message: 'hello' }, 'hidden', { value: 1 })),
  'a list': () => plain(Object.assign(['a', 'b'], { message: 'hello' })),
  'a date': () => plain(Object.assign(new Date(0), { message: 'hello' })),
  'a map': () => plain(Object.assign(new Map([['a', 1]]), { message: 'hello' })),
};

exports.WAYS = {
  'info(object)': (logger, object) => logger.info(object),
  'log(level, object)': (logger, object) => logger.log('warn', object),
  'log(object)': (logger, object) =>
    logger.log(Object.isFrozen(object) ? object : Object.assign(object, { level: 'info' })),
  'log(level, text, object)': (logger, object) => logger.log('error', 'it failed:', object),
  'info(text, object, more)': (logger, object) => logger.info('of %s at %d', object, 4),
  'log with splat': (logger, object) => {
    if (!Object.isExtensible(object)) return;
    object.level = 'info';
    object[Symbol.for('splat')] = ['a', 1];
    logger.log(object);
  },
  'write(object)': (logger, object) =>
    logger.write(Object.isFrozen(object) ? object : Object.assign(object, { level: 'info' })),
  'child.info(object)': (logger, object) => logger.child({ part: 'child' }).info(object),
  'profile(object)': (logger, object) => {
    logger.profile('timed');
    logger.profile('timed', Object.isFrozen(object) ? {} : object);
  },
  twice: (logger, object) => logger.info(object).warn(object),
};

import { getLogger } from '../../../dist/index.js';
import seen from '../support/seen.cjs';

/** What is handed to a logger and used afterwards. */
class Track {
  #secret = 1;
  constructor() {
    this.title = 'Drunken Whaler';
  }
  get secret() {
    return this.#secret;
  }
  toJSON() {
    return { title: this.title };
  }
}
const circular = { name: 'loop' };
circular.self = circular;
const INPUTS = {
  plain: () => ({ id: 1, nested: { list: [1, 2] } }),
  frozen: () => Object.freeze({ id: 1, nested: Object.freeze({ a: 1 }) }),
  'a class with a private field': () => new Track(),
  'an error with a cause': () => Object.assign(new Error('no', { cause: new TypeError('inner') }), { code: 'E_NO' }),
  circular: () => circular,
  'without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'a getter that counts': () => ({
    count: 0,
    get next() {
      return 'value';
    },
  }),
  'a map': () => new Map([['a', { b: 1 }]]),
  'ids of its own': () => ({ trace_id: 'mine', span_id: 'mine', request_id: 'mine' }),
  symbols: () => ({ [Symbol('s')]: 1, a: 2 }),
};
const WAYS = {
  'as fields': (logger, value) => logger.info('a line', value),
  'within fields': (logger, value) => logger.warning('a line', { value }),
  'as what was thrown': (logger, value) => logger.exception('a line', value),
  'as the message': (logger, value) => logger.error(value),
  bound: (logger, value) => logger.child(value).info('a line'),
};

const write = process.stdout.write.bind(process.stdout);
const logger = getLogger('library');
for (const [kind, make] of Object.entries(INPUTS)) {
  for (const [way, log] of Object.entries(WAYS)) {
    const value = make();
    let outcome = 'returned';
    // The lines themselves have times and ids.
    process.stdout.write = () => true;
    try {
      log(logger, value);
    } catch (error) {
      outcome = seen.describeThrown(error);
    } finally {
      process.stdout.write = write;
    }
    const descriptors = Object.getOwnPropertyDescriptors(value);
    if (value instanceof Error) delete descriptors.stack;
    seen.print(`${kind}, ${way}`, {
      outcome,
      keys: Reflect.ownKeys(value),
      descriptors,
      frozen: Object.isFrozen(value),
    });
  }
}

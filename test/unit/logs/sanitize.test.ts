import vm from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { MAX_ENTRIES, MAX_TOTAL_CHARS, MAX_VALUES, sanitize } from '../../../src/logs/sanitize.js';
import { MAX_TEXT_CHARS } from '../../../src/logs/text.js';

class Track {
  id = 7;
  readonly #secret = 'x';
  get title(): string {
    return this.#secret;
  }
}
class Silence {}

/** The result, and the proof that it is plain data: JSON keeps all of it. */
function sanitizeToJson(value: unknown): unknown {
  const plain = sanitize(value);
  expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
  return plain;
}

function throwing(what: string): never {
  throw new Error(what);
}

function revoke<T extends object>(target: T): T {
  const { proxy, revoke: end } = Proxy.revocable(target, {});
  end();
  return proxy;
}

/** An array or function of another realm: `instanceof` says no. */
function foreign(code: string): unknown {
  return vm.runInNewContext(code);
}

// The values are made inside of the tests: the test runner would print them, and some cannot be printed.
const VALUES: readonly [string, () => unknown, unknown][] = [
  ['text', () => 'hello', 'hello'],
  ['lone surrogates', () => 'a\ud800b\udc00c', 'a\ufffdb\ufffdc'],
  ['a number', () => 1.5, 1.5],
  ['-0', () => -0, 0],
  ['NaN', () => Number.NaN, 'NaN'],
  ['infinities', () => [Infinity, -Infinity], ['Infinity', '-Infinity']],
  ['a boolean', () => false, false],
  ['null', () => null, null],
  ['undefined', () => undefined, null],
  ['undefined in a list', () => [undefined, 1], [null, 1]],
  ['undefined in an object', () => ({ a: undefined, b: 1 }), { b: 1 }],
  ['a BigInt', () => 12345678901234567890n, '12345678901234567890'],
  ['a symbol', () => Symbol('why'), 'Symbol(why)'],
  ['a function', () => function play() {}, '[Function: play]'],
  ['a function without a name', () => () => {}, '[Function]'],
  ['a class', () => Track, '[Function: Track]'],
  [
    'a function with a name that throws',
    () => Object.defineProperty(() => {}, 'name', { get: () => throwing('no') }),
    '[unreadable: no]',
  ],
  ['a revoked function', () => revoke(() => {}), expect.stringMatching(/^\[unreadable: .*revoked\]$/)],

  ['boxed text', () => Object('x'), 'x'],
  ['a boxed number', () => Object(1), 1],
  ['a boxed NaN', () => Object(Number.NaN), 'NaN'],
  ['a boxed boolean', () => Object(false), false],
  ['a boxed BigInt', () => Object(5n), '5'],
  ['a boxed symbol', () => Object(Symbol('s')), 'Symbol(s)'],

  ['a Date', () => new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an invalid Date', () => new Date(Number.NaN), 'Invalid Date'],
  [
    'a Date with a broken toJSON',
    () => Object.assign(new Date(0), { toJSON: () => throwing('no') }),
    '1970-01-01T00:00:00.000Z',
  ],
  ['a RegExp', () => /a+\/b/gi, '/a+\\/b/gi'],
  ['a URL', () => new URL('http://plex:32400/x?y=1'), 'http://plex:32400/x?y=1'],
  ['a Promise', () => Promise.resolve(1), '[Promise]'],
  ['a WeakMap', () => new WeakMap(), '[WeakMap]'],
  ['a generator', () => (function* () {})(), expect.stringMatching(/^\[.+\]$/)],
  ['URLSearchParams', () => new URLSearchParams('a=1'), '[URLSearchParams]'],

  ['a Buffer', () => Buffer.from([1, 2, 255]), '[Buffer: 3 bytes, 0102ff]'],
  ['one byte', () => new Uint8Array([7]), '[Uint8Array: 1 byte, 07]'],
  ['an empty Buffer', () => Buffer.alloc(0), '[Buffer: 0 bytes]'],
  ['a long Buffer', () => Buffer.alloc(10_000_000, 1), `[Buffer: 10000000 bytes, ${'01'.repeat(32)}…]`],
  ['a Float32Array', () => new Float32Array([1.5, Number.NaN]), '[Float32Array: 2 values, 1.5, NaN]'],
  ['a BigInt64Array', () => new BigInt64Array([1n]), '[BigInt64Array: 1 value, 1]'],
  ['a long Int16Array', () => new Int16Array(1_000), `[Int16Array: 1000 values, ${Array(32).fill('0').join(', ')}…]`],
  ['an ArrayBuffer', () => new ArrayBuffer(2), '[ArrayBuffer: 2 bytes, 0000]'],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(2), '[SharedArrayBuffer: 2 bytes, 0000]'],
  ['a DataView', () => new DataView(new ArrayBuffer(4), 1, 2), '[DataView: 2 bytes, 0000]'],
  [
    'a Buffer with a broken toJSON',
    () => Object.assign(Buffer.from('a'), { toJSON: () => throwing('no') }),
    '[Buffer: 1 byte, 61]',
  ],

  [
    'a Map',
    () =>
      new Map<unknown, unknown>([
        ['a', 1],
        ['b', new Map([['c', 2]])],
      ]),
    { a: 1, b: { c: 2 } },
  ],
  [
    'a Map with other primitive keys',
    () =>
      new Map<unknown, unknown>([
        [1, 'a'],
        [null, 'b'],
        [Symbol('s'), 'c'],
      ]),
    { 1: 'a', null: 'b', 'Symbol(s)': 'c' },
  ],
  [
    'a Map with keys of the same text',
    () =>
      new Map<unknown, unknown>([
        [1, 'a'],
        ['1', 'b'],
      ]),
    [
      [1, 'a'],
      ['1', 'b'],
    ],
  ],
  ['a Map with object keys', () => new Map([[{ id: 1 }, 'a']]), [[{ id: 1 }, 'a']]],
  [
    'a Map with one object key and ""',
    () =>
      new Map<unknown, unknown>([
        [{}, 1],
        ['', 2],
      ]),
    [
      [{}, 1],
      ['', 2],
    ],
  ],
  [
    'a Map that lies',
    () =>
      new (class extends Map<unknown, unknown> {
        override get size() {
          return throwing('no');
        }
        override entries() {
          return throwing('no');
        }
      })([['a', 1]]),
    { a: 1 },
  ],
  ['a Set', () => new Set([1, 'a', 1]), [1, 'a']],
  ['an empty Map and an empty Set', () => [new Map(), new Set()], [{}, []]],
  ['a Map of another realm', () => foreign('new Map([["a", 1]])'), { a: 1 }],

  ['an object', () => ({ a: { b: [1, { c: 'x' }] } }), { a: { b: [1, { c: 'x' }] } }],
  ['an object without prototype', () => Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ['an empty object', () => ({}), {}],
  ['a class instance', () => new Track(), { id: 7 }],
  ['a class instance with nothing to see', () => new Silence(), '[Silence]'],
  ['an object of another realm', () => foreign('({ a: [1] })'), { a: [1] }],
  ['symbol keys', () => ({ [Symbol('s')]: 1, a: 2 }), { a: 2 }],
  ['a hidden property', () => Object.defineProperty({ a: 1 }, 'b', { value: 2 }), { a: 1 }],
  ['a key with a lone surrogate', () => ({ 'a\ud800': 1 }), { 'a\ufffd': 1 }],
  ['holes', () => [, 1, ,], [null, 1, null]],
  [
    'arguments',
    function () {
      return (function (..._numbers: number[]) {
        return arguments;
      })(1, 2);
    },
    { 0: 1, 1: 2 },
  ],

  ['toJSON', () => ({ password: 'x', toJSON: () => ({ user: 'anna' }) }), { user: 'anna' }],
  ['toJSON that gives text', () => ({ toJSON: () => 'text' }), 'text'],
  ['toJSON that gives undefined', () => [{ toJSON: () => undefined }], [null]],
  [
    'toJSON that throws: nothing it may hide is shown',
    () => ({ password: 'x', toJSON: () => throwing('no') }),
    '[unreadable: no]',
  ],
  [
    'toJSON that throws something odd',
    () => ({
      toJSON() {
        // oxlint-disable-next-line typescript/only-throw-error -- as some do
        throw Symbol('odd');
      },
    }),
    '[unreadable: Symbol(odd)]',
  ],
  [
    'toJSON that returns its object',
    () => ({
      a: 1,
      toJSON() {
        return this;
      },
    }),
    { a: 1, toJSON: '[Function: toJSON]' },
  ],
  [
    'toJSON that returns a parent',
    () => {
      const a: Record<string, unknown> = { id: 1 };
      a['b'] = { toJSON: () => a };
      return a;
    },
    { id: 1, b: '[Circular]' },
  ],
  ['toJSON that is no function', () => ({ toJSON: 'x' }), { toJSON: 'x' }],
  [
    'a toJSON getter that throws',
    () => Object.defineProperty({ a: 1 }, 'toJSON', { get: () => throwing('no') }),
    '[unreadable: no]',
  ],

  [
    'a getter',
    () => ({
      get a() {
        return 1;
      },
    }),
    { a: 1 },
  ],
  [
    'a getter that throws',
    () => ({
      get a() {
        return throwing('no');
      },
      b: 2,
    }),
    { a: '[unreadable: no]', b: 2 },
  ],
  [
    'a getter that throws a broken error',
    () => ({
      get a() {
        throw Object.defineProperty(new Error(), 'message', { get: () => throwing('x') });
      },
    }),
    { a: '[unreadable: ]' },
  ],
  [
    'a getter that throws an object',
    () => ({
      get a() {
        // oxlint-disable-next-line typescript/only-throw-error -- as some do
        throw { message: { toString: () => throwing('x') } };
      },
    }),
    { a: '[unreadable: [Object]]' },
  ],

  ['a Proxy', () => new Proxy({ a: 1, b: { c: 2 } }, {}), { a: 1, b: { c: 2 } }],
  ['a Proxy of an array', () => new Proxy([1, 2], {}), [1, 2]],
  ['a Proxy of a Map', () => new Proxy(new Map([['a', 1]]), {}), '[Map]'],
  [
    'a revoked Proxy',
    () => ({ a: revoke({}), b: 1 }),
    { a: expect.stringMatching(/^\[unreadable: .*revoked\]$/) as unknown, b: 1 },
  ],
  [
    'a Proxy whose traps throw',
    () => new Proxy({}, { ownKeys: () => throwing('no'), getPrototypeOf: () => throwing('no') }),
    '[unreadable: no]',
  ],
  ['a Proxy that lists keys it has not', () => new Proxy({ a: 1 }, { ownKeys: () => ['a', 'ghost'] }), { a: 1 }],
  [
    'a Proxy with a length that is none',
    () => new Proxy([1], { get: (t, k) => (k === 'length' ? Number.NaN : Reflect.get(t, k)) }),
    [],
  ],
];

describe('becomes plain data', () => {
  test.each(VALUES)('%s', (_, make, expected) => {
    expect(sanitizeToJson(make())).toEqual(expected);
  });

  test.each(VALUES)('%s, as a value of an object', (_, make) => {
    sanitizeToJson({ value: make(), list: [make()] });
  });
});

describe('errors', () => {
  test('have name, message, stack, cause, members and their own plain properties', () => {
    const cause = Object.assign(new TypeError('inner'), { stack: 'inner stack' });
    const error = Object.assign(new AggregateError([cause], 'outer', { cause }), {
      stack: 'AggregateError: outer\n    at x',
      code: 'E_PLEX',
      status: 502,
      response: { headers: { authorization: 'secret' } },
    });
    const inner = {
      name: 'TypeError',
      message: 'inner',
      stack: 'TypeError: inner\ninner stack'.replace('TypeError: inner\n', ''),
    };
    expect(sanitizeToJson({ error })).toEqual({
      error: {
        name: 'AggregateError',
        message: 'outer',
        stack: 'AggregateError: outer\n    at x',
        code: 'E_PLEX',
        status: 502,
        cause: inner,
        errors: [inner],
      },
    });
  });

  test('that are their own cause end', () => {
    const error = Object.assign(new Error('x'), { stack: 'Error: x' });
    error.cause = error;
    expect(sanitizeToJson(error)).toEqual({ name: 'Error', message: 'x', stack: 'Error: x', cause: '[Circular]' });
  });

  test('whose toJSON throws or shows too much are told all the same', () => {
    const error = Object.assign(new Error('x'), { stack: 'Error: x', toJSON: () => ({ secret: 1 }) });
    expect(sanitizeToJson(error)).toEqual({ name: 'Error', message: 'x', stack: 'Error: x' });
  });
});

describe('references', () => {
  test('a circle is marked where it closes', () => {
    const a: Record<string, unknown> = { id: 1 };
    a['self'] = a;
    a['list'] = [{ a }];
    a['map'] = new Map([['a', a]]);
    expect(sanitizeToJson(a)).toEqual({
      id: 1,
      self: '[Circular]',
      list: [{ a: '[Circular]' }],
      map: { a: '[Circular]' },
    });
  });

  test('an object that occurs twice is told twice, as two objects', () => {
    const shared = { id: 1 };
    const plain = sanitize({ a: shared, b: shared }) as Record<string, unknown>;
    expect(plain).toEqual({ a: { id: 1 }, b: { id: 1 } });
    expect(plain['a']).not.toBe(plain['b']);
    expect(plain['a']).not.toBe(shared);
  });
});

describe('keys', () => {
  test('__proto__ and constructor are data, and nothing is polluted', () => {
    const plain = sanitize(JSON.parse('{"__proto__": {"polluted": true}, "constructor": "x"}')) as object;
    expect(JSON.stringify(plain)).toBe('{"__proto__":{"polluted":true},"constructor":"x"}');
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
    expect(JSON.stringify(sanitize(new Map([['__proto__', 1]])))).toBe('{"__proto__":1}');
  });

  test('long ones are cut', () => {
    expect(Object.keys(sanitize({ ['k'.repeat(1_000)]: 1 }) as object)).toEqual([
      `${'k'.repeat(256)}…[cut: 744 characters]`,
    ]);
  });
});

describe('limits', () => {
  test('text is cut, and the cut is marked', () => {
    expect(sanitize('x'.repeat(10_485_760))).toBe(`${'x'.repeat(MAX_TEXT_CHARS)}…[cut: 10452992 characters]`);
  });

  test('nesting is cut', () => {
    let value: unknown = 'bottom';
    for (let i = 0; i < 10_000; i++) value = { a: value };
    const text = JSON.stringify(sanitizeToJson(value));
    expect(text).toBe(`${'{"a":'.repeat(12)}"[cut: too deep]"${'}'.repeat(12)}`);
  });

  test.each<[string, () => unknown, string]>([
    [
      'an object',
      () => Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1])),
      '[cut: 19000 entries]',
    ],
    ['a Map', () => new Map(Array.from({ length: 20_000 }, (_, i) => [i, 1])), '[cut: 19000 entries]'],
  ])('entries of %s are cut', (_, make, mark) => {
    const plain = sanitizeToJson(make()) as Record<string, unknown>;
    expect(Object.keys(plain)).toHaveLength(MAX_ENTRIES + 1);
    expect(plain['…']).toBe(mark);
  });

  test.each<[string, () => unknown, string]>([
    ['an array', () => Array(5_000).fill(1), '[cut: 4000 entries]'],
    ['a huge sparse array', () => Object.assign([], { length: 2 ** 32 - 1 }), '[cut: 4294966295 entries]'],
    ['a Set', () => new Set(Array(5_000).keys()), '[cut: 4000 entries]'],
    ['a Map with object keys', () => new Map(Array.from({ length: 5_000 }, (_, i) => [{}, i])), '[cut: 4000 entries]'],
    [
      'an array with an endless length',
      () => new Proxy([], { get: (t, k) => (k === 'length' ? Infinity : Reflect.get(t, k)) }),
      '[cut: Infinity entries]',
    ],
  ])('entries of %s are cut', (_, make, mark) => {
    const plain = sanitize(make()) as unknown[];
    expect(plain).toHaveLength(MAX_ENTRIES + 1);
    expect(plain.at(-1)).toBe(mark);
  });

  test('values are cut over all levels: shared references do not multiply', () => {
    let value: object = { v: 1 };
    for (let i = 0; i < 30; i++) value = { a: value, b: value, c: value };
    let count = 0;
    JSON.stringify(sanitizeToJson(value), (_, item: unknown) => {
      count++;
      return item;
    });
    expect(count).toBeLessThan(MAX_VALUES * 1.5);
  });

  test('text is cut over all levels', () => {
    const rows = Array.from({ length: 1_000 }, () => Array<string>(1_000).fill('x'.repeat(100)));
    const text = JSON.stringify(sanitizeToJson(rows));
    expect(text.length).toBeLessThan(MAX_TOTAL_CHARS * 1.2);
    expect(text).toMatch(/"\[cut: \d+ entries\]"\]$/);
  });

  test('keys count too', () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => [`${i}${'k'.repeat(250)}`, 1]);
    expect(JSON.stringify(sanitizeToJson(Object.fromEntries(keys))).length).toBeLessThan(MAX_TOTAL_CHARS * 1.2);
  });

  test('a Proxy that claims too many keys is asked about a thousand', () => {
    const asked = vi.fn(() => undefined);
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}`);
    const liar = new Proxy({}, { ownKeys: () => keys, getOwnPropertyDescriptor: asked });
    expect(sanitize(liar)).toEqual({ '…': '[cut: 19000 entries]' });
    expect(asked).toHaveBeenCalledTimes(1_000);
  });

  test('an endless Proxy ends', () => {
    const endless: () => object = () =>
      new Proxy({ a: 1, b: 1, c: 1 }, { get: (_, key) => (key === 'toJSON' ? undefined : endless()) });
    sanitizeToJson(endless());
  });

  test('getters and toJSON run once', () => {
    const get = vi.fn(() => 1);
    const toJSON = vi.fn(() => ({ a: 1 }));
    sanitize({
      get a() {
        return get();
      },
      b: { toJSON },
    });
    expect([get.mock.calls.length, toJSON.mock.calls.length]).toEqual([1, 1]);
  });

  test('a getter that changes its object does no harm', () => {
    const value: Record<string, unknown> = {
      get a() {
        for (let i = 0; i < 100; i++) delete value[`k${i}`];
        return 'a';
      },
      k1: 1,
    };
    expect(sanitizeToJson(value)).toEqual({ a: 'a' });
  });
});

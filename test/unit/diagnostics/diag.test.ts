import { afterEach, beforeEach, expect, test, vi, type MockInstance } from 'vitest';
import { describeError, diag, setDiagLevel, warnOnce } from '../../../src/diagnostics/diag.js';

let write: MockInstance<typeof process.stderr.write>;
beforeEach(() => {
  write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  setDiagLevel('info');
});

function printed(): string[] {
  return write.mock.calls.map(([text]) => String(text));
}

test('a message is one line, with prefix and level', () => {
  diag.error('a');
  diag.warn('b\r\nc\u001b[31m\u2028d\u0000');
  diag.info('x'.repeat(5_000));
  diag.debug('not said');
  expect(printed()[0]).toBe('[barbossa-telemetry] error: a\n');
  expect(printed()[1]).toBe('[barbossa-telemetry] warn: b c [31m d\n');
  expect(printed()[2]?.length).toBeLessThan(2_100);
  expect(printed()).toHaveLength(3);
});

test('a stderr that fails has a listener for our own lines only', () => {
  const { stderr } = process;
  const before = stderr.listeners('error');
  let during = 0;
  write.mockImplementation(() => {
    during = stderr.listenerCount('error');
    return stderr.emit('error', new Error('EPIPE'));
  });
  diag.warn('a');
  expect(during).toBe(1);
  expect(stderr.listeners('error')).toEqual(before);
});

test.each([
  ['none', 0],
  ['error', 1],
  ['warn', 2],
  ['info', 3],
  ['debug', 4],
] as const)('level %s lets %d of four through', (level, count) => {
  setDiagLevel(level);
  for (const say of Object.values(diag)) say('a message');
  expect(printed()).toHaveLength(count);
});

test.each([
  'cannot reach http://anne:s3cret@collector:4318/v1/logs',
  'cannot reach http://s3cret@collector',
  'postgres://anne:s3/s3cret@db/barbossa is closed',
  'redis://:p@s3cret@redis:6379',
])('%s: credentials are hidden', (message) => {
  diag.warn(message);
  expect(printed()[0]).toContain('//***@');
  expect(printed()[0]).not.toContain('s3cret');
});

test('what only looks like credentials is shown', () => {
  const message = 'cannot load file:///app/node_modules/@acme/thing from https://a.example/@acme/thing';
  diag.warn(message);
  expect(printed()[0]).toContain(message);
});

test('stderr that cannot be written to is no error', () => {
  write.mockImplementation(() => {
    throw new Error('EPIPE');
  });
  expect(() => diag.warn('a')).not.toThrow();
});

test('warnOnce says it once for each key', () => {
  for (const key of ['unit-a', 'unit-b', 'unit-a']) warnOnce(key, key);
  expect(printed()).toHaveLength(2);
});

test.each([
  [new Error('a reason'), 'a reason'],
  [new TypeError(''), 'TypeError'],
  [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED: refused'],
  [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'connect ECONNREFUSED'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [Object.create(null), 'an error that cannot be described'],
  [
    {
      toString: () => {
        throw new Error('no');
      },
    },
    'an error that cannot be described',
  ],
])('describeError %#', (error, text) => {
  expect(describeError(error)).toBe(text);
});

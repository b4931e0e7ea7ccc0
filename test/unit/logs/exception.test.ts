import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { describeException, MAX_STACK_CHARS } from '../../../src/logs/exception.js';
import { MAX_TEXT_CHARS } from '../../../src/logs/text.js';

class ImportError extends Error {}
class NamedError extends Error {
  override name = 'PlexError';
}
class Thrown {
  status = 5;
}

/** An error whose stack is what the test says. */
function withStack(stack: string, error: Error = new Error('boom')): Error {
  return Object.defineProperty(error, 'stack', { value: stack });
}

function throwing(...keys: string[]): Error {
  const error = new Error('boom');
  for (const key of keys) {
    Object.defineProperty(error, key, {
      get() {
        throw new Error(`no ${key}`);
      },
    });
  }
  return error;
}

function chain(length: number): Error {
  let error = withStack('Error: 0', new Error('0'));
  for (let i = 1; i < length; i++) error = withStack(`Error: ${i}`, new Error(String(i), { cause: error }));
  return error;
}

describe('type and message', () => {
  test.each<[string, () => unknown, string, string]>([
    ['an error', () => new TypeError('bad'), 'TypeError', 'bad'],
    ['a class without a name of its own', () => new ImportError('bad'), 'ImportError', 'bad'],
    ['a class with a name', () => new NamedError('bad'), 'PlexError', 'bad'],
    ['a name that was set', () => Object.assign(new Error('bad'), { name: 'Odd' }), 'Odd', 'bad'],
    ['an error of another realm', () => vm.runInNewContext('new RangeError("bad")'), 'RangeError', 'bad'],
    ['a DOMException', () => new DOMException('bad', 'AbortError'), 'AbortError', 'bad'],
    [
      'a name and a message that are no texts',
      () => Object.assign(new Error('x'), { name: 5, message: {} }),
      'Error',
      '',
    ],
    ['getters that throw', () => throwing('stack', 'name', 'message', 'cause'), 'Error', ''],
    ['a string', () => 'boom', 'string', 'boom'],
    ['a number', () => 42, 'number', '42'],
    ['a BigInt', () => 42n, 'bigint', '42'],
    ['a symbol', () => Symbol('boom'), 'symbol', 'Symbol(boom)'],
    ['null', () => null, 'null', 'null'],
    ['undefined', () => undefined, 'undefined', 'undefined'],
    ['a function', () => function boom() {}, 'function', '[Function: boom]'],
    ['an object', () => ({ status: 5 }), 'Object', '[Object]'],
    ['an object with a message', () => ({ message: 'boom' }), 'Object', 'boom'],
    ['an object without prototype', () => Object.create(null), 'Object', '[Object]'],
    ['a class instance', () => new Thrown(), 'Thrown', '[Thrown]'],
  ])('%s', (_, make, type, message) => {
    expect(describeException(make())).toMatchObject({ type, message });
  });

  test('a revoked Proxy can be thrown', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('boom'), {});
    revoke();
    expect(describeException(proxy)).toEqual({ type: 'Object', message: '[Object]', stacktrace: 'Object: [Object]' });
  });
});

describe('stack trace', () => {
  test.each<[string, () => unknown, string]>([
    ['the stack', () => withStack('Error: boom\n    at a (b.js:1:2)'), 'Error: boom\n    at a (b.js:1:2)'],
    ['no stack', () => withStack(''), 'Error: boom'],
    ['a stack that is no text', () => Object.defineProperty(new Error('boom'), 'stack', { value: 7 }), 'Error: boom'],
    ['a stack that throws', () => throwing('stack'), 'Error: boom'],
    ['a message that was changed', () => withStack('Error: old\n    at a'), 'Error: boom\nError: old\n    at a'],
    ['no message', () => withStack('Error\n    at a', new Error('')), 'Error\n    at a'],
    ['a string', () => 'boom', 'string: boom'],
    ['an object with a stack', () => ({ message: 'boom', stack: 'my boom' }), 'my boom'],
  ])('%s', (_, make, expected) => {
    expect(describeException(make()).stacktrace).toBe(expected);
  });

  test('tells causes in their order', () => {
    const { stacktrace } = describeException(
      withStack(
        'Error: outer',
        new Error('outer', { cause: withStack('Error: inner', new Error('inner', { cause: 'text' })) }),
      ),
    );
    expect(stacktrace).toBe('Error: outer\nCaused by: Error: inner\nCaused by: string: text');
  });

  test('a cause that is its own cause ends in a mark', () => {
    const error = withStack('Error: boom');
    error.cause = error;
    expect(describeException(error).stacktrace).toBe('Error: boom\nCaused by: [Circular]');
  });

  test('tells ten causes and says that there are more', () => {
    const lines = describeException(chain(100)).stacktrace.split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[10]).toBe('Caused by: Error: 89');
    expect(lines[11]).toBe('Caused by: …[cut: more causes]');
  });

  test('tells what an AggregateError holds, with its causes', () => {
    const first = withStack('Error: a', new Error('a', { cause: 'why' }));
    const error = withStack('AggregateError: all', new AggregateError([first, 'b'], 'all'));
    expect(describeException(error).stacktrace).toBe(
      'AggregateError: all\nError 1 of 2: Error: a\nCaused by: string: why\nError 2 of 2: string: b',
    );
  });

  test('tells ten members and says how many there are', () => {
    const error = withStack(
      'all',
      new AggregateError(
        Array.from({ length: 1_000 }, (_, i) => `e${i}`),
        '',
      ),
    );
    const lines = describeException(error).stacktrace.split('\n');
    expect(lines.slice(-2)).toEqual(['Error 10 of 1000: string: e9', '…[cut: 990 more errors]']);
    expect(lines).toHaveLength(12);
  });

  test('stays bounded for aggregates of aggregates, and for errors that are not a list', () => {
    let error = new AggregateError([new Error('leaf')], 'leaf');
    for (let i = 0; i < 100; i++) error = new AggregateError([error, error, new Error('x')], String(i));
    const { stacktrace } = describeException(error);
    expect(stacktrace).toContain('…[cut: more errors]');
    expect(stacktrace.length).toBeLessThan(MAX_TEXT_CHARS + 100);
    expect(describeException(Object.assign(withStack('Error: boom'), { errors: 'none' })).stacktrace).toBe(
      'Error: boom',
    );
  });

  test('a long stack leaves room for its cause', () => {
    const error = withStack(`Error: boom\n${'    at x\n'.repeat(100_000)}`, new Error('boom', { cause: 'why' }));
    const { stacktrace } = describeException(error);
    expect(stacktrace.length).toBeLessThan(MAX_STACK_CHARS + 100);
    expect(stacktrace).toMatch(/…\[cut: \d+ characters\]\nCaused by: string: why$/);
  });

  test('a long message is cut, and the frames stay', () => {
    const error = new Error('x'.repeat(10_000_000));
    const { message, stacktrace } = describeException(error);
    expect(message).toMatch(/^x{32768}…\[cut: 9967232 characters\]$/);
    expect(stacktrace).toMatch(/x…\[cut: \d+ characters\]\n {4}at /);
    expect(stacktrace).toContain('exception.test');
  });
});

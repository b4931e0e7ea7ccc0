import { expect, test } from 'vitest';
import { checkLabel } from '../../../src/metrics/labels.js';
import { captureStderr } from './test-meter.js';

test('a usable value is recorded as it is, and nothing is said', () => {
  const lines = captureStderr();
  for (const value of ['slskd', 'a', 'ä ✓ 🎵', 'x'.repeat(120)]) {
    expect(checkLabel('ok', 'source', value)).toBe(value);
  }
  expect(lines).toEqual([]);
});

const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no');
    },
  },
);

test.each([
  ['undefined', undefined, 'is undefined;'],
  ['null', null, 'is null;'],
  ['number', 7, 'is of type number;'],
  ['object', hostile, 'is of type object;'],
  ['symbol', Symbol('x'), 'is of type symbol;'],
  ['empty', '', 'is "";'],
  ['blank', ' \t', 'is " \\t";'],
  ['long', 'y'.repeat(121), `is "${'y'.repeat(40)}…" of 121 characters;`],
])('%s is recorded as "invalid", with one warning', (name, value, given) => {
  const lines = captureStderr();
  expect(checkLabel(`bad_${name}`, 'source', value)).toBe('invalid');
  expect(checkLabel(`bad_${name}`, 'source', value)).toBe('invalid');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`bad_${name}: label source ${given}`);
  expect(lines[0]).toContain('allowed: a string of 1 to 120 characters');
  expect(lines[0]).toContain('used instead: "invalid"');
});

test('each label of a metric has a warning of its own', () => {
  const lines = captureStderr();
  checkLabel('two', 'source', 1);
  checkLabel('two', 'status', 1);
  expect(lines).toHaveLength(2);
});

test('unprintable characters are replaced, and the warning is one line', () => {
  const lines = captureStderr();
  expect(checkLabel('control', 'source', 'a\r\nb\u0000c\u001b[31m\u0085\u2028')).toBe(
    'a\ufffd\ufffdb\ufffdc\ufffd[31m\ufffd\ufffd',
  );
  // Two lone surrogates would be the same bytes in UTF-8, and so the same series twice in one scrape.
  expect(checkLabel('control', 'source', 'x\ud83c')).toBe('x\ufffd');
  expect(checkLabel('control', 'source', '🎵')).toBe('🎵');
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\p{Cc}/u);
});

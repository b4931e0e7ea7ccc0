import { describe, expect, test } from 'vitest';
import { cutText, escapeControls, MAX_TEXT_CHARS } from '../../../src/logs/text.js';

describe('cutText', () => {
  test.each([
    ['short', 'hello', 10, 'hello'],
    ['exactly as long as allowed', 'hello', 5, 'hello'],
    ['too long', 'hello world', 5, 'hello…[cut: 6 characters]'],
    ['nothing allowed', 'hello', 0, '…[cut: 5 characters]'],
    ['a pair at the cut', 'ab\u{1f600}cd', 3, 'ab…[cut: 4 characters]'],
    ['a pair before the cut', 'ab\u{1f600}cd', 4, 'ab\u{1f600}…[cut: 2 characters]'],
    ['lone surrogates', 'a\ud800b\udc00', 10, 'a\ufffdb\ufffd'],
    ['lone surrogates, cut', 'a\ud800b\udc00c', 4, 'a\ufffdb\ufffd…[cut: 1 characters]'],
    ['a lone surrogate at the cut', 'ab\ud800cd', 3, 'ab\ufffd…[cut: 2 characters]'],
    ['empty', '', 0, ''],
  ])('%s', (_, text, maxChars, expected) => {
    expect(cutText(text, maxChars)).toBe(expected);
  });

  test('cuts at 32,768 UTF-16 units where nothing else is said', () => {
    expect(MAX_TEXT_CHARS).toBe(32_768);
    expect(cutText('x'.repeat(32_768))).toHaveLength(32_768);
    expect(cutText('x'.repeat(10_485_760))).toBe(`${'x'.repeat(32_768)}…[cut: 10452992 characters]`);
  });
});

test.each([
  ['plain text, ümlaut, 日本, \u{1f600}', 'plain text, ümlaut, 日本, \u{1f600}'],
  ['a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['\u001b[31mred', '\\u001b[31mred'],
  ['\u009b31m\u007f\u0000', '\\u009b31m\\u007f\\u0000'],
  ['a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['\u202etxt.exe\u2066', '\\u202etxt.exe\\u2066'],
])('escapeControls(%j)', (text, expected) => {
  expect(escapeControls(text)).toBe(expected);
});

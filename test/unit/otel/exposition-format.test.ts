import { expect, test } from 'vitest';
import { escapeQuoted, printBound, printLabels, printName, printValue } from '../../../src/otel/exposition-format.js';

test.each<[number, string]>([
  // Those that the specification lists.
  ...[0, 0.001, 0.002, 0.01, 0.1, 0.9, 0.95, 0.99, 0.999, 1, 1.7, 10].map((bound): [number, string] => [
    bound,
    Number.isInteger(bound) ? `${bound}.0` : `${bound}`,
  ]),
  [1e-10, '1e-10'],
  [1e-9, '1e-09'],
  [1e-5, '1e-05'],
  [0.0001, '0.0001'],
  [100_000, '100000.0'],
  [1e6, '1e+06'],
  [1e10, '1e+10'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  // As Go prints them.
  [1800, '1800.0'],
  [-1, '-1.0'],
  [123_456, '123456.0'],
  [123_456.7, '123456.7'],
  [1_234_567.5, '1.2345675e+06'],
  [123_456_789, '1.23456789e+08'],
  [0.000_123, '0.000123'],
  [0.000_012_3, '1.23e-05'],
  [-2.5e21, '-2.5e+21'],
  [5e-324, '5e-324'],
])('the bound %d is %s', (bound, printed) => {
  expect(printBound(bound)).toBe(printed);
});

test.each<[number, string]>([
  [1, '1'],
  [-0.5, '-0.5'],
  [1e21, '1e+21'],
  [1e-7, '1e-7'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [NaN, 'NaN'],
])('the value %d is %s', (value, printed) => {
  expect(printValue(value)).toBe(printed);
});

test('names and labels', () => {
  expect(printName('http.server.request/duration-ms')).toBe('http_server_request_duration_ms');
  expect(printName('a..__b')).toBe('a_b');
  expect(printLabels({})).toBe('');
  expect(printLabels({ 'a.b': 'x"\\\ny', n: 1, yes: true, list: ['p', 'q'], none: undefined })).toBe(
    String.raw`a_b="x\"\\\ny",n="1",yes="true",list="[\"p\",\"q\"]",none=""`,
  );
  expect(escapeQuoted('a "b" \\ \n')).toBe(String.raw`a \"b\" \\ \n`);
});

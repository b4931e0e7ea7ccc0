import { expect, test } from 'vitest';
import { chooseRequestId, isRequestIdHeader, readApplicationId } from '../../../src/http/request-id.js';

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test.each(['a', '0', 'x'.repeat(128), 'AZaz09._:+/=-', '//', '=='])('a client may send %j', (id) => {
  expect(chooseRequestId(id)).toBe(id);
});

test.each([
  undefined,
  '',
  ' ',
  'a b',
  'a,b',
  'a\r\nb',
  'a\n',
  '\u0000',
  'é',
  'a;b',
  'a@b',
  '%0d',
  'x'.repeat(129),
  ['a'],
  ['a', 'b'],
])('a client may not send %j', (id) => {
  expect(chooseRequestId(id)).toMatch(UUID);
});

test.each([
  ['a', 'a'],
  ['any printable text, 100%', 'any printable text, 100%'],
  [7, '7'],
  [['one'], 'one'],
  [['one', 'two'], undefined],
  ['', undefined],
  ['a\nb', undefined],
  ['é', undefined],
  ['x'.repeat(129), undefined],
  [{}, undefined],
  [undefined, undefined],
])('an application sets %j: %j stands in its log lines', (value, expected) => {
  expect(readApplicationId(value)).toBe(expected);
});

test('the name of the header in any spelling', () => {
  for (const name of ['X-Request-ID', 'x-request-id', 'X-REQUEST-ID']) expect(isRequestIdHeader(name)).toBe(true);
  for (const name of ['X-Request-Id2', 'X_Request_ID', '', undefined, 7]) expect(isRequestIdHeader(name)).toBe(false);
});

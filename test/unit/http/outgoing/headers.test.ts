import { expect, test } from 'vitest';
import { HeaderText } from '../../../../src/http/outgoing/headers.js';

const HEAD = 'GET /traceparent: HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\n';

test('a header is put behind the others', () => {
  const text = new HeaderText(HEAD);
  text.set('traceparent', '00');
  expect(text.toString()).toBe('GET /traceparent: HTTP/1.1\r\nHost: a\r\nX-A: 1\r\ntraceparent: 00\r\n\r\n');
});

test('a header takes the place of those of its name, in whichever case', () => {
  const text = new HeaderText('GET / HTTP/1.1\r\nTraceParent: a\r\nHost: a\r\ntraceparent: b\r\n\r\n');
  expect(text.read('traceparent')).toBe('a');
  text.set('traceparent', 'c');
  expect(text.toString()).toBe('GET / HTTP/1.1\r\ntraceparent: c\r\nHost: a\r\n\r\n');
});

test('names that begin alike are others', () => {
  const text = new HeaderText('X-Traceparent: 1\r\ntraceparent-2: 2\r\n');
  expect(text.read('traceparent')).toBeUndefined();
  text.set('traceparent', '3');
  expect(text.toString()).toBe('X-Traceparent: 1\r\ntraceparent-2: 2\r\ntraceparent: 3\r\n');
});

test('a text that is empty', () => {
  const text = new HeaderText('');
  text.set('baggage', 'a=1');
  expect(text.toString()).toBe('baggage: a=1\r\n');
});

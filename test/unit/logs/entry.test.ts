import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { createEntry, printMessage, type LogCall } from '../../../src/logs/entry.js';
import { withRequestScope } from '../../../src/context/request-context.js';
import { SPAN_ID, startTestContext, TRACE_ID, withTestSpan } from './test-logs.js';

const CALL: LogCall = { level: 'INFO', logger: 'library', message: 'hello' };

test('has an id of its own, a time, and nothing that there is not', () => {
  const entry = createEntry(CALL);
  expect(entry.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  expect(createEntry(CALL).id).not.toBe(entry.id);
  expect(Math.abs(Date.now() - entry.timeMs)).toBeLessThan(5_000);
  expect(Object.keys(entry).toSorted()).toEqual([
    'context',
    'id',
    'level',
    'logger',
    'message',
    'severityNumber',
    'timeMs',
  ]);
});

test('has the ids of where it was written', () => {
  startTestContext();
  const here = withTestSpan(withRequestScope(ROOT_CONTEXT, { requestId: 'r1', userId: 'anne' }));
  const entry = context.with(here, () => createEntry(CALL));
  expect(entry).toMatchObject({ requestId: 'r1', userId: 'anne', traceId: TRACE_ID, spanId: SPAN_ID, context: here });
});

test('fields: those of the call win over bound ones; ids and errors have their own places', () => {
  const error = new RangeError('no disk');
  const entry = createEntry({
    ...CALL,
    bound: { a: 1, b: 1, user_id: 'bound' },
    fields: { b: 2, request_id: 'own', user_id: 'anne', err: error, other: new Error('second') },
  });
  expect(entry).toMatchObject({
    requestId: 'own',
    userId: 'anne',
    exception: { type: 'RangeError', message: 'no disk' },
    extras: { a: 1, b: 2, other: { message: 'second' } },
  });
  expect(entry.extras).not.toHaveProperty('err');
});

test('ids that are not text are fields like others', () => {
  expect(createEntry({ ...CALL, fields: { user_id: 7, request_id: {} } }).extras).toEqual({
    user_id: 7,
    request_id: {},
  });
});

test('an error given by itself, and one that is the message', () => {
  expect(createEntry({ ...CALL, error: 'thrown text', fields: { error: new Error('field') } })).toMatchObject({
    exception: { type: 'string', message: 'thrown text' },
    extras: { error: { message: 'field' } },
  });
  expect(createEntry({ ...CALL, message: new TypeError('bad') })).toMatchObject({
    message: 'bad',
    exception: { type: 'TypeError' },
  });
});

test('fields that cannot be listed cost themselves only', () => {
  const fields = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('a trap');
      },
    },
  );
  const entry = createEntry({ ...CALL, bound: { a: 1 }, fields });
  expect(entry.message).toBe('hello');
  expect(entry.extras?.['a']).toBe(1);
  expect(JSON.stringify(entry.extras)).toContain('a trap');
});

test.each<[unknown, string]>([
  ['text', 'text'],
  [undefined, ''],
  [null, 'null'],
  [42, '42'],
  [10n, '10'],
  [{ a: [1, 'b'] }, '{"a":[1,"b"]}'],
  [new Error('boom'), 'boom'],
  [['a'], '["a"]'],
  ['\ud800', '\ufffd'],
])('the text of %o is %j', (message, text) => expect(printMessage(message)).toBe(text));

import { expect, test } from 'vitest';
import { readMessage, readExceptionClass } from '../../../../src/jobs/celery/event.js';
import { wrap } from './test-events.js';

const EVENT = { type: 'task-started', uuid: 'a' };

test('one event, a list of them, and a body that is not in base64', () => {
  expect(readMessage(wrap(EVENT))).toEqual({ events: [EVENT] });
  expect(readMessage(wrap([EVENT, { type: 'b' }]))).toEqual({ events: [EVENT, { type: 'b' }] });
  const plain = { body: JSON.stringify(EVENT), 'content-type': 'application/json', properties: {} };
  expect(readMessage(JSON.stringify(plain))).toEqual({ events: [EVENT] });
});

test('what is no event in a list is left out', () => {
  expect(readMessage(wrap([null, 1, 'a', [EVENT], EVENT]))).toEqual({ events: [EVENT] });
  expect(readMessage(wrap('text'))).toEqual({ events: [] });
});

test.each([
  [undefined, 'no text'],
  [Buffer.from('{}'), 'no text'],
  ['', 'no message'],
  ['{"body":', 'no message'],
  ['[]', 'no message'],
  ['7', 'no message'],
  ['{}', 'serializer is of type undefined'],
  [wrap(EVENT, { 'content-type': 'application/x-python-serialize' }), 'serializer is "application/x-python-serialize"'],
  [wrap(EVENT, { 'content-type': 'x'.repeat(1_000) }), `"${'x'.repeat(60)}"; Celery's event_serializer`],
  [wrap(EVENT, { headers: { compression: 'application/x-gzip' } }), 'compressed by "application/x-gzip"'],
  [wrap(EVENT, { body: 'e30' }), undefined],
  [wrap(EVENT, { body: '%%%' }), 'not JSON in base64'],
  [wrap(EVENT, { body: Buffer.from('{"a":').toString('base64') }), 'not JSON in base64'],
  [wrap(EVENT, { body: { a: 1 } }), 'not JSON in base64'],
  [wrap(EVENT, { properties: null, headers: 'none' }), 'not JSON in base64'],
  [wrap({ ...EVENT, traceback: 'x'.repeat(4_000_000) }), 'longer than 4194304'],
  ['['.repeat(100_000), 'no message'],
])('message %#', (message, problem) => {
  const read = readMessage(message);
  if (problem === undefined) expect(read).toEqual({ events: [{}] });
  else expect(read).toEqual({ problem: expect.stringContaining(problem) as string });
});

const FRAMES = [
  'Traceback (most recent call last):',
  '  File "/app/tasks.py", line 3, in scan',
  '    raise RatsAboard("three")',
];

function traceback(...last: readonly string[]): string {
  return [...FRAMES, ...last, ''].join('\n');
}

test.each([
  ["ValueError('not yet')", undefined, 'ValueError'],
  ['SoftTimeLimitExceeded()', undefined, 'SoftTimeLimitExceeded'],
  ['SoftTimeLimitExceeded', undefined, undefined],
  ["library.errors.RatsAboard('three')", undefined, 'RatsAboard'],
  ['<RatsAboard: three>', undefined, 'RatsAboard'],
  ['<library.RatsAboard object at 0x7f>', undefined, 'RatsAboard'],
  ["Überlauf('voll')", undefined, 'Überlauf'],
  // What Celery 5.2 says of a process that was killed.
  ['ExceptionWithTraceback()', traceback('billiard.exceptions.WorkerLostError: signal 9 Job: 4.'), 'WorkerLostError'],
  ['ExceptionWithTraceback()', undefined, 'ExceptionWithTraceback'],
  ['three rats: aboard', traceback('library.RatsAboard: three'), 'RatsAboard'],
  ['three', traceback('RatsAboard: three', 'ValueError: a line of the message'), 'RatsAboard'],
  ['7 rats', traceback('    ~~~~^^^', 'RatsAboard'), 'RatsAboard'],
  [
    undefined,
    `${traceback('KeyError: 1')}\nDuring handling of the above exception, another exception occurred:\n\n${traceback('RatsAboard: 2')}`,
    'RatsAboard',
  ],
  [undefined, undefined, undefined],
  [7, { a: 1 }, undefined],
  ['', '', undefined],
  ['(', traceback('what is this'), undefined],
  ['x'.repeat(10_000_000), 'File '.repeat(1_000_000), undefined],
  [`${'a.'.repeat(100_000)}(`, undefined, undefined],
])('exception %#', (exception, trace, expected) => {
  expect(readExceptionClass(exception, trace)).toBe(expected);
});

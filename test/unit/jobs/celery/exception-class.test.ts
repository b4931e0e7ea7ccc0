import { expect, test } from 'vitest';
import { readExceptionClass } from '../../../../src/jobs/celery/exception-class.js';

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

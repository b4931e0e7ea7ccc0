import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { buildWinstonEntry } from '../../../src/loggers/winston-entry.js';
import { LEVEL, type Info, type Stamp } from '../../../src/loggers/winston-line.js';
import type { LogEntry } from '../../../src/logs/record.js';

const STAMP: Stamp = {
  id: 'an id',
  timeMs: 7,
  context: ROOT_CONTEXT,
  spanContext: undefined,
  request: undefined,
  level: 'info',
  message: 'a line',
  error: undefined,
  caller: undefined,
};

/** The record of a line with the given fields beside its own. */
function build(fields: object, stamp: Partial<Stamp> = {}): LogEntry {
  const info = { level: 'info', message: 'a line', [LEVEL]: 'info' };
  Object.defineProperties(info, Object.getOwnPropertyDescriptors(fields));
  return buildWinstonEntry({ info, stamp: { ...STAMP, ...stamp }, levels: undefined, loggerName: 'winston' });
}

test('a bare line has nothing but its own fields', () => {
  expect(build({})).toEqual({
    id: 'an id',
    timeMs: 7,
    level: 'INFO',
    severityNumber: 9,
    logger: 'winston',
    message: 'a line',
    context: ROOT_CONTEXT,
  });
});

test('what has a place of its own is in it, the rest are extras', () => {
  const request = { requestId: 'r-1', userId: 'u-1' };
  const caller = { module: 'scan', function: 'run', line: 3 };
  expect(
    build({ album: 7, request_id: 'forged', user_id: 42, timestamp: 'now', gone: undefined }, { request, caller }),
  ).toMatchObject({
    ...caller,
    requestId: 'r-1',
    userId: '42',
    extras: { album: 7 },
  });
});

test('a field whose getter throws is a mark; the line and its other fields are not lost', () => {
  const info = {
    get broken() {
      throw new Error('not now');
    },
    album: 7,
  };
  expect(build(info).extras).toEqual({ broken: '[unreadable: not now]', album: 7 });
});

test('a line that contains itself', () => {
  const info: Info = { level: 'info', message: 'a line' };
  info['self'] = info;
  expect(buildWinstonEntry({ info, stamp: STAMP, levels: undefined, loggerName: 'winston' }).extras).toEqual({
    self: '[Circular]',
  });
});

test('the error of a line is its exception, and not a field beside it', () => {
  const error = new Error('no such album');
  const entry = build({ err: error }, { error });
  expect(entry.exception).toMatchObject({ type: 'Error', message: 'no such album' });
  expect(entry.extras).toBeUndefined();
});

test('colors of the terminal are left out of the message', () => {
  expect(build({ message: '\u001b[32mdone\u001b[39m' }).message).toBe('done');
});

test('more fields than are kept', () => {
  const many = Object.fromEntries(Array.from({ length: 1_100 }, (_, n) => [`f${n}`, n]));
  expect(build(many).extras?.['…']).toMatch(/^\[cut: 1\d\d entries\]$/);
});

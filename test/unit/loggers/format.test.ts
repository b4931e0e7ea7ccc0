import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { formatJson, formatReadable, formatTime } from '../../../src/loggers/format.js';
import type { LogEntry } from '../../../src/logs/record.js';

const PLAIN: LogEntry = {
  id: '8a1f3a0e-1111-4222-8333-444455556666',
  timeMs: Date.UTC(2026, 10, 24, 8, 42, 0, 7),
  level: 'INFO',
  severityNumber: 9,
  logger: 'library.scan',
  message: 'scan done',
  context: ROOT_CONTEXT,
};

const FULL: LogEntry = {
  ...PLAIN,
  level: 'ERROR',
  severityNumber: 17,
  module: 'scan',
  function: 'scanFolder',
  line: 42,
  exception: {
    type: 'Error',
    message: 'no disk',
    stacktrace: 'Error: no disk\n    at scan.js:1:2\nCaused by: string: why',
  },
  requestId: 'req-1',
  userId: 'anna',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  extras: { tracks: 12, folder: '/music' },
};

function readable(entry: Partial<LogEntry>, color = false): string {
  return formatReadable({ ...PLAIN, ...entry }, { color });
}

describe('formatJson', () => {
  test('has the fields of the log document, in their order, and nothing else', () => {
    const line = formatJson(FULL, 'barbossa');
    expect(JSON.parse(line)).toEqual({
      timestamp: '2026-11-24T08:42:00.007Z',
      level: 'ERROR',
      logger: 'library.scan',
      message: 'scan done',
      module: 'scan',
      function: 'scanFolder',
      line: 42,
      exception: 'Error: no disk\n    at scan.js:1:2\nCaused by: string: why',
      request_id: 'req-1',
      user_id: 'anna',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      'service.name': 'barbossa',
      extras: { tracks: 12, folder: '/music' },
    });
    expect(Object.keys(JSON.parse(line) as object)).toEqual([
      'timestamp',
      'level',
      'logger',
      'message',
      'module',
      'function',
      'line',
      'exception',
      'request_id',
      'user_id',
      'trace_id',
      'span_id',
      'service.name',
      'extras',
    ]);
  });

  test('leaves out what is not there', () => {
    expect(formatJson(PLAIN, 'barbossa')).toBe(
      '{"timestamp":"2026-11-24T08:42:00.007Z","level":"INFO","logger":"library.scan","message":"scan done","service.name":"barbossa"}',
    );
  });

  test('extras with the names of fields stay in extras', () => {
    const extras = { level: 'x', message: 'y', timestamp: 'z', 'service.name': 'w' };
    expect(JSON.parse(formatJson({ ...PLAIN, extras }, 'barbossa'))).toMatchObject({
      level: 'INFO',
      message: 'scan done',
      timestamp: '2026-11-24T08:42:00.007Z',
      'service.name': 'barbossa',
      extras,
    });
  });

  test('is one line that drives no terminal, and still the same text', () => {
    const message = 'a\r\n\u001b[31m\u007f\u009b31m\u2028\u2029"\\ü\u{1f600}';
    const line = formatJson({ ...PLAIN, message, extras: { [message]: [message] } }, 'barbossa');
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(JSON.parse(line)).toMatchObject({ message, extras: { [message]: [message] } });
  });
});

describe('formatReadable', () => {
  test.each([
    ['DEBUG', '2026-11-24T08:42:00.007Z | DEBUG    | library.scan | scan done'],
    ['INFO', '2026-11-24T08:42:00.007Z | INFO     | library.scan | scan done'],
    ['WARNING', '2026-11-24T08:42:00.007Z | WARNING  | library.scan | scan done'],
    ['ERROR', '2026-11-24T08:42:00.007Z | ERROR    | library.scan | scan done'],
  ] as const)('%s', (level, expected) => {
    expect(readable({ level })).toBe(expected);
  });

  test('shows everything there is', () => {
    expect(formatReadable(FULL, { color: false })).toBe(
      [
        '2026-11-24T08:42:00.007Z | ERROR    | library.scan | scan done tracks=12 folder=/music caller=scan:scanFolder:42 ' +
          'request_id=req-1 user_id=anna trace_id=0af7651916cd43dd8448eb211c80319c',
        '    Error: no disk',
        '        at scan.js:1:2',
        '    Caused by: string: why',
      ].join('\n'),
    );
  });

  test.each<[string, LogEntry['extras'], string]>([
    ['plain text', { a: 'b' }, 'a=b'],
    ['text with spaces', { a: 'b c' }, 'a="b c"'],
    ['text with quotes', { a: 'say "hi"' }, 'a="say \\"hi\\""'],
    ['text that looks like a pair', { a: 'b=c' }, 'a="b=c"'],
    ['empty text', { a: '' }, 'a=""'],
    ['a key with spaces', { 'a b': 1 }, '"a b"=1'],
    ['numbers, booleans, null', { a: 1.5, b: false, c: null }, 'a=1.5 b=false c=null'],
    ['objects and lists', { a: { b: [1, 'x y'] } }, 'a={"b":[1,"x y"]}'],
    ['other scripts', { größe: '日本' }, 'größe=日本'],
  ])('extras: %s', (_, extras, expected) => {
    expect(readable(extras === undefined ? {} : { extras })).toBe(
      `2026-11-24T08:42:00.007Z | INFO     | library.scan | scan done ${expected}`,
    );
  });

  test('no text can forge a line, a level or a colour', () => {
    const evil = 'x\r\n2026-11-24T08:42:00.007Z | ERROR    | root | forged\u001b[2J\u009b1m\u2028';
    const line = readable({
      message: evil,
      logger: evil,
      requestId: evil,
      userId: evil,
      extras: { [evil]: evil, b: [evil] },
    });
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(line).toContain('| x\\r\\n2026-11-24T08:42:00.007Z | ERROR    | root | forged\\u001b[2J\\u009b1m\\u2028 ');
  });

  test('each line of a stack trace is indented, whatever is in it', () => {
    const stacktrace = 'Error: a\n2026 | ERROR | root | forged\r\u001b[2K\n\n    at b';
    const lines = readable({ exception: { type: 'Error', message: 'a', stacktrace } }).split('\n');
    expect(lines.slice(1)).toEqual([
      '    Error: a',
      '    2026 | ERROR | root | forged\\r\\u001b[2K',
      '    ',
      '        at b',
    ]);
  });

  test('colours the level and dims the extras where asked', () => {
    expect(readable({ level: 'ERROR', extras: { a: 1 } }, true)).toBe(
      '2026-11-24T08:42:00.007Z | \u001b[31mERROR   \u001b[0m | library.scan | scan done \u001b[2ma=1\u001b[0m',
    );
  });
});

test.each([
  [0, '1970-01-01T00:00:00.000Z'],
  [999, '1970-01-01T00:00:00.999Z'],
  [1_000, '1970-01-01T00:00:01.000Z'],
  [1_001.9, '1970-01-01T00:00:01.001Z'],
  [-1, '1969-12-31T23:59:59.999Z'],
  [8.64e15, '+275760-09-13T00:00:00.000Z'],
])('formatTime(%d)', (timeMs, expected) => {
  expect(formatTime(timeMs)).toBe(expected);
  expect(formatTime(timeMs)).toBe(expected);
});

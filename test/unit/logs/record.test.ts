import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { withoutEmitting } from '../../../src/context/silence.js';
import { emitEntry, type LogEntry } from '../../../src/logs/record.js';
import { captureStream, SPAN_ID, startTestContext, startTestLogs, TRACE_ID, withTestSpan } from './test-logs.js';

const TIME_MS = Date.UTC(2026, 10, 24, 8, 42, 0, 7);
const HR_TIME = [TIME_MS / 1_000 - 0.007, 7_000_000];

const ENTRY: LogEntry = {
  id: '8a1f3a0e-1111-4222-8333-444455556666',
  timeMs: TIME_MS,
  level: 'WARNING',
  severityNumber: 13,
  logger: 'library.scan',
  message: 'disk is filling',
  context: ROOT_CONTEXT,
};

describe('emitEntry', () => {
  test('sends what there is and nothing else', () => {
    const records = startTestLogs();
    emitEntry(ENTRY);
    const [record] = records();
    expect(records()).toHaveLength(1);
    expect(record?.instrumentationScope.name).toBe('library.scan');
    expect(record).toMatchObject({
      hrTime: HR_TIME,
      hrTimeObserved: HR_TIME,
      severityNumber: SeverityNumber.WARN,
      severityText: 'WARNING',
      body: 'disk is filling',
    });
    expect(record?.attributes).toEqual({ 'log.record.uid': ENTRY.id });
    expect(record?.spanContext).toBeUndefined();
  });

  test('sends every field', () => {
    const records = startTestLogs();
    emitEntry({
      ...ENTRY,
      context: withTestSpan(ROOT_CONTEXT),
      module: 'scan',
      function: 'scanFolder',
      line: 42,
      exception: { type: 'Error', message: 'no disk', stacktrace: 'Error: no disk\n    at x' },
      requestId: 'req-1',
      userId: 'anna',
      extras: { level: 'x', nested: { list: [1, 'a', null] } },
    });
    expect(records()[0]?.attributes).toEqual({
      'log.record.uid': ENTRY.id,
      module: 'scan',
      function: 'scanFolder',
      line: 42,
      'exception.type': 'Error',
      'exception.message': 'no disk',
      'exception.stacktrace': 'Error: no disk\n    at x',
      request_id: 'req-1',
      user_id: 'anna',
      extras: { level: 'x', nested: { list: [1, 'a', null] } },
    });
    expect(records()[0]?.spanContext).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID });
  });

  test('leaves empty extras out', () => {
    const records = startTestLogs();
    emitEntry({ ...ENTRY, extras: {} });
    expect(records()[0]?.attributes).toEqual({ 'log.record.uid': ENTRY.id });
  });

  test.each([
    ['before the process started', 1_000, [1, 0]],
    ['a fraction of a millisecond', TIME_MS + 0.5, [HR_TIME[0], 7_500_000]],
    ['before 1970', -1, [-1, 999_000_000]],
  ])('keeps a time %s', (_, timeMs, hrTime) => {
    const records = startTestLogs();
    emitEntry({ ...ENTRY, timeMs });
    expect(records()[0]?.hrTime).toEqual(hrTime);
  });

  test('fields called constructor and __proto__ cannot make the extras vanish', () => {
    const records = startTestLogs();
    const extras = JSON.parse('{"a":1,"list":[{"constructor":{"b":2}}],"__proto__":"x","constructor":"y"}') as Record<
      string,
      string
    >;
    const before = JSON.stringify(extras);
    emitEntry({ ...ENTRY, extras });
    expect(records()[0]?.attributes['extras']).toEqual({
      a: 1,
      list: [{ constructor_: { b: 2 } }],
      ['__proto___']: 'x',
      constructor_: 'y',
    });
    expect(JSON.stringify(extras)).toBe(before);
  });

  test('does nothing where no SDK runs, and works when one comes later, and when it is replaced', () => {
    emitEntry(ENTRY);
    const first = startTestLogs();
    emitEntry(ENTRY);
    expect(first()).toHaveLength(1);
    logs.disable();
    emitEntry(ENTRY);
    const second = startTestLogs();
    emitEntry(ENTRY);
    expect([first().length, second().length]).toEqual([1, 1]);
  });

  test('loggers beyond a thousand names share one', () => {
    const records = startTestLogs();
    for (let i = 0; i < 1_100; i++) emitEntry({ ...ENTRY, logger: `user-${i}` });
    emitEntry({ ...ENTRY, logger: 'user-0' });
    const names = records().map((record) => record.instrumentationScope.name);
    expect(names).toHaveLength(1_101);
    expect(new Set(names).size).toBe(1_001);
    expect(names.at(-2)).toBe('other');
    expect(names.at(-1)).toBe('user-0');
  });

  test('drops what is logged while a record is taken, and goes on', () => {
    const inner = vi.fn(() => emitEntry({ ...ENTRY, message: 'inner' }));
    const records = startTestLogs({
      onEmit: inner,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    });
    emitEntry({ ...ENTRY, message: 'first' });
    emitEntry({ ...ENTRY, message: 'second' });
    expect(inner).toHaveBeenCalledTimes(2);
    expect(records().map((record) => record.body)).toEqual(['first', 'second']);
  });

  test('survives an SDK that throws, says so once, and goes on', () => {
    const stderr = captureStream('stderr');
    const emit = vi.fn(() => {
      throw new Error('broken SDK');
    });
    logs.setGlobalLoggerProvider({ getLogger: () => ({ emit, enabled: () => true }) });
    onTestFinished(() => logs.disable());
    emitEntry(ENTRY);
    emitEntry(ENTRY);
    expect(emit).toHaveBeenCalledTimes(2);
    expect(stderr).toEqual(['[barbossa-telemetry] warn: a log record could not be handed on: broken SDK\n']);
  });

  test('uses an SDK whose loggers know no enabled(), and asks one that does', () => {
    const emit = vi.fn();
    const enabled = vi.fn(() => false);
    logs.setGlobalLoggerProvider({ getLogger: (name) => (name === 'old' ? { emit } : { emit, enabled }) as never });
    onTestFinished(() => logs.disable());
    emitEntry({ ...ENTRY, logger: 'old' });
    emitEntry({ ...ENTRY, logger: 'off' });
    expect(emit).toHaveBeenCalledTimes(1);
    expect(enabled).toHaveBeenCalledExactlyOnceWith({ context: ROOT_CONTEXT, severityNumber: 13 });
  });
});

test('withoutEmitting: nothing is sent from there, also after an await', async () => {
  startTestContext();
  const records = startTestLogs();
  await context.with(withoutEmitting(ROOT_CONTEXT), async () => {
    await Promise.resolve();
    emitEntry({ ...ENTRY, context: context.active() });
  });
  expect(records()).toEqual([]);
  emitEntry({ ...ENTRY, context: context.active() });
  expect(records()).toHaveLength(1);
});

import { ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/delivery/delivery.js';
import type { EncodedRecord } from '../../../src/delivery/segment.js';
import { emitEntry, setEntryTaker, type LogEntry } from '../../../src/logs/record.js';
import { createEntryTake, createLogProcessor } from '../../../src/otel/log-processor.js';

const SPAN = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
};

const ENTRY: LogEntry = {
  id: '4b1c2f3a-0000-4000-8000-000000000001',
  timeMs: 1_795_631_168_806,
  level: 'INFO',
  severityNumber: 9,
  logger: 'library',
  message: 'a "quoted"\nline \u2028 é',
  context: ROOT_CONTEXT,
};

const EXCEPTION = { type: 'TypeError', message: 'no "such" track', stacktrace: 'TypeError: no\n    at x (y.js:1:2)' };
const FULL: LogEntry = {
  ...ENTRY,
  level: 'ERROR',
  severityNumber: 17,
  module: 'tracks.js',
  function: 'play',
  line: 12,
  exception: EXCEPTION,
  requestId: 'req-1',
  userId: 'u"1',
  extras: {
    text: 'é"',
    number: 1,
    float: 0.5,
    yes: true,
    none: null,
    list: [1, 'a', { deep: [null] }],
    map: { a: { b: 1 } },
  },
  context: trace.setSpanContext(ROOT_CONTEXT, SPAN),
  traceId: SPAN.traceId,
  spanId: SPAN.spanId,
};

afterEach(() => {
  setEntryTaker(undefined);
  logs.disable();
});

function start(): { provider: LoggerProvider; taken: { line: EncodedRecord; severity: number }[]; delivery: Delivery } {
  const taken: { line: EncodedRecord; severity: number }[] = [];
  const append = (line: EncodedRecord, severity: number): void => void taken.push({ line, severity });
  const delivery = { append } as unknown as Delivery;
  const provider = new LoggerProvider({ processors: [createLogProcessor(delivery)] });
  logs.setGlobalLoggerProvider(provider);
  return { provider, taken, delivery };
}

describe('an entry that is taken directly is to the byte what the SDK would have handed on', () => {
  test.each<[string, LogEntry]>([
    ['the least', ENTRY],
    ['all of it', FULL],
    ['a fraction of a millisecond', { ...ENTRY, timeMs: 1_795_631_168_806.25 }],
    ['before 1970', { ...ENTRY, timeMs: 0 }],
    [
      'an invalid span',
      { ...ENTRY, context: trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceId: '0'.repeat(32) }) },
    ],
    [
      'a span that is not sampled',
      { ...ENTRY, context: trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceFlags: 0 }) },
    ],
    ['empty extras', { ...ENTRY, extras: {} }],
    ['keys that the SDK does not take', { ...ENTRY, extras: { constructor: 1, deep: { constructor: 'x' } } }],
    ['empty texts', { ...ENTRY, message: '', requestId: '', module: '' }],
  ])('%s', (_, entry) => {
    const { provider, taken, delivery } = start();
    emitEntry(entry);
    setEntryTaker({ provider, take: createEntryTake(delivery) });
    emitEntry(entry);
    expect(taken).toHaveLength(2);
    expect(taken[1]).toEqual(taken[0]);
  });
});

test('another provider than ours gets what is ours through the API', () => {
  const { taken } = start();
  setEntryTaker({ provider: new LoggerProvider(), take: () => expect.unreachable() });
  emitEntry(ENTRY);
  expect(taken).toHaveLength(1);
});

test('beyond a thousand loggers, names are one', () => {
  const { provider, taken, delivery } = start();
  setEntryTaker({ provider, take: createEntryTake(delivery) });
  for (let index = 0; index < 1_002; index += 1) emitEntry({ ...ENTRY, logger: `logger-${index}` });
  expect(taken[999]?.line.scope).toBe('{"name":"logger-999"}');
  expect(taken[1_001]?.line.scope).toBe('{"name":"other"}');
});

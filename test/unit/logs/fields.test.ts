// A field of the log record has many places: what is sent on both roads, what is printed, what the collector makes of it,
// Elasticsearch's template, the table in README.md. Here one that has been forgotten is missed.
import { readFileSync } from 'node:fs';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { readKnown } from '../../../deploy/grafana/builder/known.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { formatJson, formatReadable } from '../../../src/loggers/format.js';
import { buildWinstonEntry } from '../../../src/loggers/winston-entry.js';
import { LEVEL } from '../../../src/loggers/winston-line.js';
import { encodeEntry, encodeRecord } from '../../../src/logs/encode.js';
import { createEntry } from '../../../src/logs/entry.js';
import { emitEntry, type LogEntry } from '../../../src/logs/record.js';
import { redactEntry } from '../../../src/logs/redaction.js';
import { SPAN_ID, startTestLogs, TRACE_ID, withTestSpan } from './test-logs.js';

/** Every field; a value occurs once. `Required`: the compiler misses a new field here. */
const FULL: Required<LogEntry> = {
  id: 'the-id',
  timeMs: 1_795_631_168_806,
  level: 'ERROR',
  severityNumber: 17,
  logger: 'the-logger',
  message: 'the-message',
  module: 'the-module',
  function: 'the-function',
  line: 4_242,
  exception: { type: 'the-type', message: 'the-reason', stacktrace: 'the-stack' },
  requestId: 'the-request',
  userId: 'the-user',
  extras: { extra: 'the-extra' },
  context: withTestSpan(ROOT_CONTEXT),
  traceId: TRACE_ID,
  spanId: SPAN_ID,
};

const gateway = readFileSync(fromRoot('otel-collector/gateway.yaml'), 'utf8');
const readme = readFileSync(fromRoot('README.md'), 'utf8');

/** What of a field has to be found in a text: its value, or those within it. */
function listValues(field: unknown): string[] {
  if (typeof field !== 'object' || field === null) return [String(field)];
  return Object.values(field).flatMap(listValues);
}

/** Each field with its values, but those that are somewhere else. */
function fieldsBut(...left: (keyof LogEntry)[]): [key: string, values: string[]][] {
  const entries = Object.entries(FULL).filter(([key]) => !left.some((one) => one === key));
  return entries.map(([key, value]) => [key, listValues(value)]);
}

function attributesOf(entry: LogEntry): Map<string, unknown> {
  const { attributes } = JSON.parse(encodeEntry(entry)) as { attributes: { key: string; value: unknown }[] };
  return new Map(attributes.map(({ key, value }) => [key, value]));
}

// The time is in nanoseconds, the logger is the scope, the context carries the span.
test.each(fieldsBut('timeMs', 'logger', 'context'))('%s is sent', (_key, values) => {
  for (const value of values) expect(encodeEntry(FULL)).toContain(value);
});

test("the SDK's road sends the same", () => {
  const records = startTestLogs();
  emitEntry(FULL);
  const [record] = records();
  expect(record && JSON.parse(encodeRecord(record))).toEqual(JSON.parse(encodeEntry(FULL)));
});

// The time is text; of the exception the stack trace says it all.
test.each(fieldsBut('id', 'timeMs', 'severityNumber', 'exception', 'context'))(
  '%s is printed as JSON',
  (_k, values) => {
    for (const value of values) expect(formatJson(FULL, 'barbossa')).toContain(value);
  },
);

// A person needs no id of the span.
test.each(fieldsBut('id', 'timeMs', 'severityNumber', 'exception', 'context', 'spanId'))(
  '%s is printed for a person',
  (_key, values) => {
    for (const value of values) expect(formatReadable(FULL, { color: false })).toContain(value);
  },
);

// These are ours, and nobody else's words.
test.each(
  fieldsBut('id', 'timeMs', 'level', 'severityNumber', 'module', 'function', 'line', 'context', 'traceId', 'spanId'),
)('%s is redacted', (key, values) => {
  for (const value of values) {
    const text = JSON.stringify(FULL[key as keyof LogEntry]).replace(value, 'password=hunter2');
    const shown = redactEntry({ ...FULL, [key]: JSON.parse(text) as unknown });
    expect(encodeEntry(shown) + shown.logger).not.toContain('hunter2');
  }
});

describe('the attributes', () => {
  const keys = [...attributesOf(FULL).keys()];

  test.each(keys)('%s: the collector reads it, and leaves it out of the extras', (key) => {
    expect(gateway.includes(`log.attributes["${key}"]`), 'gateway.yaml does not read it').toBe(true);
    const [, pattern = ''] = /delete_matching_keys\(log\.attributes, "(\^\(log[^"]*)"\)/.exec(gateway) ?? [];
    const isTaken = new RegExp(pattern.replaceAll('\\\\', '\\')).test(key);
    const isDeleted = gateway.includes(`delete_key(log.attributes, "${key}")`);
    expect(isTaken || isDeleted, 'gateway.yaml leaves it in the extras').toBe(true);
  });

  // A line's own field of that name, which may be the record's.
  test.each(keys)('%s: a field of a line has the same place in getLogger and in winston', (key) => {
    const fields = { [key]: 'given' };
    const stamp = { id: 'a', timeMs: 0, context: ROOT_CONTEXT, level: 'info', message: 'a' } as const;
    const ours = createEntry({ level: 'INFO', logger: 'a', message: 'a', fields });
    const theirs = buildWinstonEntry({
      info: { level: 'info', message: 'a', [LEVEL]: 'info', ...fields },
      stamp: { ...stamp, spanContext: undefined, request: undefined, error: undefined, caller: undefined },
      levels: undefined,
      loggerName: 'a',
    });
    const placeOf = (entry: LogEntry): unknown => attributesOf({ ...entry, id: 'a' });
    expect(placeOf(theirs), 'src/logs/entry.ts and src/loggers/winston-entry.ts').toEqual(placeOf(ours));
    expect(JSON.stringify([...attributesOf(ours)])).toContain('given');
  });
});

describe('the document', () => {
  const printed = Object.keys(JSON.parse(formatJson(FULL, 'barbossa')) as object);

  test('has in Elasticsearch the fields that getLogger prints', () => {
    const made = Array.from(gateway.matchAll(/set\(log\.cache\["doc"\]\["([\w.]+)"\]/g), ([, field]) => field);
    expect(new Set(made)).toEqual(new Set(printed));
  });

  test('has its fields in the table of README.md', () => {
    const [, table = ''] = /^\| field +\|.*\n\|[- |]+\n((?:\|.*\n)+)/m.exec(readme) ?? [];
    const fields = table.split('\n').flatMap((row) => (row.split('|')[1] ?? '').match(/(?<=`)[\w.]+(?=`)/g) ?? []);
    expect(fields.toSorted()).toEqual(printed.toSorted());
  });

  test.each(printed)('%s is in the table at the top of gateway.yaml, and mapped in the index template', (field) => {
    const [, table = ''] = /^# What a record becomes:\n([\s\S]*?)^# Index:/m.exec(gateway) ?? [];
    expect(table).toMatch(new RegExp(String.raw`^# {3}(\S+, )*${field.replaceAll('.', String.raw`\.`)}[ ,]`, 'm'));
    expect([...readKnown().fields], 'index-template.json').toContain(field);
  });
});

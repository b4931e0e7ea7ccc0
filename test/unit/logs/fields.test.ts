// What is made from the table of log fields has all of them: what is sent, what is printed, what is redacted. What is not made
// from it is held against it: the collector's gateway.yaml, Elasticsearch's template, docs/logs.md.
import { readFileSync } from 'node:fs';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { readKnown } from '../../../deploy/grafana/builder/known.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { formatJson, formatReadable } from '../../../src/loggers/format.js';
import { buildWinstonEntry } from '../../../src/loggers/winston-entry.js';
import { LEVEL } from '../../../src/loggers/winston-line.js';
import { encodeRecord } from '../../../src/logs/encode.js';
import { createEntry } from '../../../src/logs/entry.js';
import { LINE_TEXTS, LOG_FIELDS, type LineTexts } from '../../../src/logs/fields.js';
import { describeEntry, type LogEntry } from '../../../src/logs/record.js';
import { redactEntry } from '../../../src/logs/redaction.js';
import { SPAN_ID, TRACE_ID, withTestSpan } from './test-logs.js';

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
  ...(Object.fromEntries(LINE_TEXTS.map(({ key }) => [key, `the-${key}`])) as Required<LineTexts>),
  extras: { extra: 'the-extra' },
  context: withTestSpan(ROOT_CONTEXT),
  traceId: TRACE_ID,
  spanId: SPAN_ID,
};

const gateway = readFileSync(fromRoot('otel-collector/gateway.yaml'), 'utf8');

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

const encodeEntry = (entry: LogEntry): string => encodeRecord(describeEntry(entry));

function attributesOf(entry: LogEntry): Map<string, unknown> {
  const { attributes } = JSON.parse(encodeEntry(entry)) as { attributes: { key: string; value: unknown }[] };
  return new Map(attributes.map(({ key, value }) => [key, value]));
}

// The time is in nanoseconds, the logger is the scope, the context carries the span.
test.each(fieldsBut('timeMs', 'logger', 'context'))('%s is sent', (_key, values) => {
  for (const value of values) expect(encodeEntry(FULL)).toContain(value);
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

test.each(LOG_FIELDS.filter((field) => field.redacted))('$name is redacted', ({ key }) => {
  for (const value of listValues(FULL[key])) {
    const text = JSON.stringify(FULL[key]).replace(value, 'password=hunter2');
    const shown = redactEntry({ ...FULL, [key]: JSON.parse(text) as unknown });
    expect(encodeEntry(shown) + shown.logger).not.toContain('hunter2');
  }
});

// These are ours, and nobody else's words.
test('what may have secrets in it is redacted', () => {
  const ours = ['timestamp', 'level', 'module', 'function', 'line', 'trace_id', 'span_id', 'service.name'];
  expect(LOG_FIELDS.filter((field) => !field.redacted).map(({ name }) => name)).toEqual(ours);
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
  const fields = LOG_FIELDS.map(({ name }) => name);

  test('has the fields that getLogger prints, in their order', () => {
    expect(Object.keys(JSON.parse(formatJson(FULL, 'barbossa')) as object)).toEqual(fields);
  });

  test('has no field that the table does not have', () => {
    const made = Array.from(gateway.matchAll(/set\(log\.cache\["doc"\]\["([\w.]+)"\]/g), ([, field]) => field);
    expect(new Set(made), 'gateway.yaml').toEqual(new Set(fields));
  });

  test.each(LOG_FIELDS)('$name: the collector sets it, and says where from at the top of gateway.yaml', ({ name }) => {
    expect(gateway.includes(`set(log.cache["doc"]["${name}"]`), 'gateway.yaml does not set it').toBe(true);
    const [, table = ''] = /^# What a record becomes:\n([\s\S]*?)^# Index:/m.exec(gateway) ?? [];
    const row = new RegExp(String.raw`^# {3}(\S+, )*${name.replaceAll('.', String.raw`\.`)}[ ,]`, 'm');
    expect(row.test(table), 'gateway.yaml does not have it in the table at its top').toBe(true);
  });

  test.each(LOG_FIELDS)('$name is mapped in the index template', (field) => {
    const found = [...readKnown().fields];
    expect(found).toContain(field.name);
    if ('alias' in field) expect(found).toContain(field.alias);
  });
});

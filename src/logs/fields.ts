/**
 * Every field of a log record. What is sent, what getLogger prints, what is redacted, Elasticsearch's index template and
 * README's table are made from these rows, in this order; the collector's gateway.yaml and Kibana's objects are checked
 * against them. Names and types are a contract.
 */
export interface LogFieldRow {
  /** In the document, in the line of JSON and, where it is one, as an attribute. */
  readonly name: string;
  /** In `LogEntry`; undefined for what the resource says. */
  readonly key: string | undefined;
  /** Where it comes from, in README's words. */
  readonly about: string;
  /** The part of OTLP's record that carries it; an attribute has the field's name, the exception has three (`exception.*`). */
  readonly otlp: 'time' | 'severity' | 'scope' | 'body' | 'attribute' | 'span' | 'resource';
  /** In a readable line: `name=value` at its end, or where formatReadable has it. A line leaves out what has none. */
  readonly readable: 'pair' | 'placed' | 'none';
  /** Its type in Elasticsearch. */
  readonly mapping: Readonly<Record<string, unknown>>;
  /** A second name, of the Elastic Common Schema, under which it is found. */
  readonly alias?: string;
  /** Whether it may have others' words in it, and so secrets. */
  readonly redacted: boolean;
  /** A text that a line's own field of that name sets; else it is the request's, where that has one. */
  readonly setByLine?: true;
}

const KEYWORD = { type: 'keyword', ignore_above: 1024 } as const;
const CALLER = { about: 'of the caller, for ERROR by default (`BARBOSSA_LOG_CALLER`)', otlp: 'attribute' } as const;
const SPAN = { about: 'of the span', otlp: 'span', mapping: KEYWORD, redacted: false } as const;
const LINE_TEXT = { otlp: 'attribute', readable: 'pair', mapping: KEYWORD, redacted: true, setByLine: true } as const;

export const LOG_FIELDS = [
  {
    name: 'timestamp',
    key: 'timeMs',
    about: 'RFC 3339, UTC, milliseconds',
    otlp: 'time',
    readable: 'placed',
    mapping: { type: 'date' },
    alias: '@timestamp',
    redacted: false,
  },
  {
    name: 'level',
    key: 'level',
    about: 'DEBUG, INFO, WARNING or ERROR; another word that winston had for it is in `extras.level`',
    otlp: 'severity',
    readable: 'placed',
    mapping: KEYWORD,
    alias: 'log.level',
    redacted: false,
  },
  {
    name: 'logger',
    key: 'logger',
    about: "`getLogger`'s name; for winston its `logger` or `label` field, its name in a container, else `winston`",
    otlp: 'scope',
    readable: 'placed',
    mapping: KEYWORD,
    redacted: true,
  },
  {
    name: 'message',
    key: 'message',
    about: 'text',
    otlp: 'body',
    readable: 'placed',
    mapping: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256, index: false } } },
    redacted: true,
  },
  { name: 'module', key: 'module', ...CALLER, readable: 'placed', mapping: KEYWORD, redacted: false },
  { name: 'function', key: 'function', ...CALLER, readable: 'placed', mapping: KEYWORD, redacted: false },
  { name: 'line', key: 'line', ...CALLER, readable: 'placed', mapping: { type: 'integer' }, redacted: false },
  {
    name: 'exception',
    key: 'exception',
    about: 'text: the exception with its stack and its causes',
    otlp: 'attribute',
    readable: 'placed',
    mapping: { type: 'text' },
    redacted: true,
  },
  { name: 'request_id', key: 'requestId', about: 'of the request', ...LINE_TEXT },
  { name: 'user_id', key: 'userId', about: 'of the request; `setUserId()` sets it', ...LINE_TEXT },
  { name: 'trace_id', key: 'traceId', ...SPAN, readable: 'pair', alias: 'trace.id' },
  { name: 'span_id', key: 'spanId', ...SPAN, readable: 'none' },
  {
    name: 'service.name',
    key: undefined,
    about: '`OTEL_SERVICE_NAME`',
    otlp: 'resource',
    readable: 'none',
    mapping: KEYWORD,
    redacted: false,
  },
  {
    name: 'extras',
    key: 'extras',
    about: 'all else, one object',
    otlp: 'attribute',
    readable: 'placed',
    mapping: { type: 'flattened', depth_limit: 1000, ignore_above: 8191 },
    redacted: true,
  },
] as const satisfies readonly LogFieldRow[];

type LogField = (typeof LOG_FIELDS)[number];

/** A field's key in `LogEntry`. */
export type FieldKey = NonNullable<LogField['key']>;

type LineTextField = Extract<LogField, { readonly setByLine: true }>;

/** The fields that a line may set itself. */
export const LINE_TEXTS: readonly LineTextField[] = LOG_FIELDS.filter((field) => 'setByLine' in field);

/** Longest text of one of them, in UTF-16 units. */
export const MAX_ID_CHARS = 128;

/** Those fields in `LogEntry`, while it is made. */
export type WritableLineTexts = { [K in LineTextField['key']]?: string };
/** Those fields in `LogEntry`. */
export type LineTexts = Readonly<WritableLineTexts>;

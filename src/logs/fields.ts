/**
 * Every field of a log record. What is sent, what getLogger prints, what is redacted, Elasticsearch's index template and
 * the table in docs/logs.md are made from these rows, in this order; the collector's gateway.yaml and Kibana's objects are checked
 * against them. Names and types are a contract.
 */
export interface LogFieldRow {
  /** In the document, in the line of JSON and, where it is one, as an attribute. */
  readonly name: string;
  /** In `LogEntry`; undefined for what the resource says. */
  readonly key: string | undefined;
  /** Where it comes from, in the words of docs/logs.md. */
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
const MESSAGE = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256, index: false } } } as const;
const EXTRAS = { type: 'flattened', depth_limit: 1000, ignore_above: 8191 } as const;

const OUR_WORD = { readable: 'placed', redacted: false } as const;
const ANY_TEXT = { readable: 'placed', redacted: true } as const;
const CALLER_ABOUT = 'of the caller, for ERROR by default (`BARBOSSA_LOG_CALLER`)';
const CALLER = { about: CALLER_ABOUT, otlp: 'attribute', ...OUR_WORD } as const;
const SPAN = { about: 'of the span', otlp: 'span', mapping: KEYWORD, redacted: false } as const;
const SERVICE = { about: '`OTEL_SERVICE_NAME`', otlp: 'resource', readable: 'none', redacted: false } as const;
const LINE_TEXT = { otlp: 'attribute', readable: 'pair', mapping: KEYWORD, redacted: true, setByLine: true } as const;

export const LOG_FIELDS = [
  {
    name: 'timestamp',
    key: 'timeMs',
    about: 'RFC 3339, UTC, milliseconds',
    otlp: 'time',
    ...OUR_WORD,
    mapping: { type: 'date' },
    alias: '@timestamp',
  },
  {
    name: 'level',
    key: 'level',
    about: 'DEBUG, INFO, WARNING or ERROR; another word that winston had for it is in `extras.level`',
    otlp: 'severity',
    ...OUR_WORD,
    mapping: KEYWORD,
    alias: 'log.level',
  },
  {
    name: 'logger',
    key: 'logger',
    about: "`getLogger`'s name; for winston its `logger` or `label` field, its name in a container, else `winston`",
    otlp: 'scope',
    ...ANY_TEXT,
    mapping: KEYWORD,
  },
  { name: 'message', key: 'message', about: 'text', otlp: 'body', ...ANY_TEXT, mapping: MESSAGE },
  { name: 'module', key: 'module', ...CALLER, mapping: KEYWORD },
  { name: 'function', key: 'function', ...CALLER, mapping: KEYWORD },
  { name: 'line', key: 'line', ...CALLER, mapping: { type: 'integer' } },
  {
    name: 'exception',
    key: 'exception',
    about: 'text: the exception with its stack and its causes',
    otlp: 'attribute',
    ...ANY_TEXT,
    mapping: { type: 'text' },
  },
  { name: 'request_id', key: 'requestId', about: 'of the request', ...LINE_TEXT },
  { name: 'user_id', key: 'userId', about: 'of the request; `setUserId()` sets it', ...LINE_TEXT },
  { name: 'trace_id', key: 'traceId', ...SPAN, readable: 'pair', alias: 'trace.id' },
  { name: 'span_id', key: 'spanId', ...SPAN, readable: 'none' },
  { name: 'service.name', key: undefined, ...SERVICE, mapping: KEYWORD },
  { name: 'extras', key: 'extras', about: 'all else, one object', otlp: 'attribute', ...ANY_TEXT, mapping: EXTRAS },
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

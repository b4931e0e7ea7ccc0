import type { AnyValue } from '@opentelemetry/api-logs';
import type { Level } from '../logs/levels.js';
import { LOG_FIELDS, type FieldKey } from '../logs/fields.js';
import type { LogEntry } from '../logs/record.js';
import { escapeControls, quoteText } from '../logs/text.js';

/** Each field with what stands before its value. */
const JSON_FIELDS = LOG_FIELDS.map(({ name, key }) => ({ key, start: `,${JSON.stringify(name)}:` }));

/**
 * One line of JSON without its line break: the fields of the log document in their order, those without a value left
 * out. Control characters are escaped, the invisible ones that JSON allows too.
 * @param serviceName The field `service.name`, which OTLP carries in the resource.
 */
export function formatJson(entry: LogEntry, serviceName: string): string {
  let json = '';
  for (const { key, start } of JSON_FIELDS) {
    const value = key === undefined ? serviceName : readPrinted(entry, key);
    if (value === undefined) continue;
    json = `${json}${start}${typeof value === 'string' ? quoteText(value) : JSON.stringify(value)}`;
  }
  return escapeInvisible(`{${json.slice(1)}}`);
}

function readPrinted(entry: LogEntry, key: FieldKey): unknown {
  if (key === 'timeMs') return formatTime(entry.timeMs);
  return key === 'exception' ? entry.exception?.stacktrace : entry[key];
}

// Terminals obey C1 controls; some readers of lines take U+2028 and U+2029 for line breaks. They occur within strings only.
const INVISIBLE = /[\u007f-\u009f\u2028\u2029]/;

function escapeInvisible(json: string): string {
  if (!INVISIBLE.test(json)) return json;
  return json.replace(new RegExp(INVISIBLE, 'g'), (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

let lastSecond = Number.NaN;
let lastPrefix = '';

/** RFC 3339, UTC, milliseconds: `2026-11-24T08:42:00.123Z`. Lines come in bursts, so the second is kept. */
export function formatTime(timeMs: number): string {
  const wholeMs = Math.floor(timeMs);
  const second = Math.floor(wholeMs / 1_000);
  if (second !== lastSecond) {
    lastPrefix = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length);
    lastSecond = second;
  }
  return `${lastPrefix}${String(wholeMs - second * 1_000).padStart(3, '0')}Z`;
}

/** How a readable line looks. */
export interface ReadableOptions {
  /** ANSI colors, for a terminal. */
  readonly color: boolean;
}

/** As the guide's `%(levelname)-8s`. */
const LEVEL_WIDTH = 8;
const LEVEL_COLORS: Readonly<Record<Level, string>> = { DEBUG: '36', INFO: '32', WARNING: '33', ERROR: '31' };
const DIM = '2';
const INDENT = '    ';

/**
 * `time | LEVEL | logger | message key=value …` without the last line break, and the stack trace on lines of its own,
 * indented. Control characters are written out (`\n`, `\u001b`): no text can forge a line or drive the terminal.
 */
export function formatReadable(entry: LogEntry, { color }: ReadableOptions): string {
  const level = entry.level.padEnd(LEVEL_WIDTH);
  const time = formatTime(entry.timeMs);
  const head = `${time} | ${color ? paint(level, LEVEL_COLORS[entry.level]) : level} | `;
  const line = `${head}${escapeControls(entry.logger)} | ${escapeControls(entry.message)}`;
  const pairs = formatPairs(entry);
  const tail = pairs === '' ? '' : ` ${color ? paint(pairs, DIM) : pairs}`;
  return `${line}${tail}${entry.exception === undefined ? '' : formatStack(entry.exception.stacktrace)}`;
}

function paint(text: string, code: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}

const PAIR_FIELDS = LOG_FIELDS.filter((field) => field.readable === 'pair');

function formatPairs(entry: LogEntry): string {
  const { extras, module, function: name, line } = entry;
  const pairs: string[] = [];
  if (extras !== undefined) {
    for (const [key, value] of Object.entries(extras)) pairs.push(`${quote(key)}=${formatValue(value)}`);
  }
  if (module !== undefined) pairs.push(`caller=${quote(`${module}:${name ?? ''}:${line ?? ''}`)}`);
  for (const field of PAIR_FIELDS) {
    const value = entry[field.key];
    if (value !== undefined) pairs.push(`${field.name}=${quote(value)}`);
  }
  return pairs.join(' ');
}

function formatValue(value: AnyValue): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' && value !== null ? escapeControls(JSON.stringify(value)) : String(value);
}

/** Text that would run into its neighbours is put in quotes. */
function quote(text: string): string {
  if (text !== '' && !/[\s"=]/.test(text)) return escapeControls(text);
  return escapeControls(JSON.stringify(text));
}

function formatStack(stacktrace: string): string {
  return stacktrace
    .split('\n')
    .map((line) => `\n${INDENT}${escapeControls(line)}`)
    .join('');
}

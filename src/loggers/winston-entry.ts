import type { AnyValueMap } from '@opentelemetry/api-logs';
import { printMessage } from '../logs/entry.js';
import { describeException, type Exception } from '../logs/exception.js';
import { LINE_TEXTS, MAX_ID_CHARS, type LineTexts } from '../logs/fields.js';
import { toSeverity } from '../logs/levels.js';
import type { LogEntry } from '../logs/record.js';
import { sanitizeFields } from '../logs/sanitize.js';
import { cutText } from '../logs/text.js';
import { interpolate, LEVEL, type Info, type Stamp } from './winston-line.js';

/** A line as it left its logger's format, and what was noted when it was written. */
export interface WinstonLine {
  readonly info: Info;
  readonly stamp: Stamp;
  readonly levels: Readonly<Record<string, number>> | undefined;
  readonly loggerName: string;
}

/** Fields of a line that have a place of their own in the record, or say again what the record says. */
const PLACED = new Set<string>([
  'level',
  'message',
  'timestamp',
  'logger',
  'label',
  'splat',
  'stack',
  'cause',
  'trace_id',
  'span_id',
  ...LINE_TEXTS.map(({ name }) => name),
]);

/** Level names that say no more than the record's own level. */
const PLAIN_LEVELS = new Set(['debug', 'info', 'warn', 'warning', 'error']);

const ESCAPE = '\u001b';
// Formats color a line for a terminal; the record is not for one.
// oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
const COLORS = /\u001b\[[0-9;]*m/g;

/** The record of a winston line. May throw what the application's own code throws; its caller guards. */
export function buildWinstonEntry({ info, stamp, levels, loggerName }: WinstonLine): LogEntry {
  const levelName = typeof info[LEVEL] === 'string' ? info[LEVEL] : stamp.level;
  const { level, severityNumber } = toSeverity(levelName, levels);
  // A format that gives the line another shape, as logstash's does, may have left no message in it.
  const text = 'message' in info ? info['message'] : stamp.message;
  const message = printMessage(interpolate(info, text, stamp));
  const exception = findException(info, text, stamp);
  const fields = collectExtras(info, stamp, exception);
  const extras = PLAIN_LEVELS.has(levelName) ? fields : { ...fields, level: levelName };
  // Field by field: an object spread for each that may be there costs as much as all the rest.
  const entry: { -readonly [K in keyof LogEntry]: LogEntry[K] } = {
    id: stamp.id,
    timeMs: stamp.timeMs,
    level,
    severityNumber,
    logger: cutText(loggerName, MAX_NAME_CHARS),
    message: message.includes(ESCAPE) ? message.replace(COLORS, '') : message,
    context: stamp.context,
  };
  if (stamp.caller !== undefined) Object.assign(entry, stamp.caller);
  if (exception !== undefined) entry.exception = exception;
  const request: LineTexts | undefined = stamp.request;
  for (const { name, key } of LINE_TEXTS) {
    const given = readId(info[name]);
    // A line may name another user than the request's, and no other request.
    const value = key === 'requestId' ? (request?.[key] ?? given) : (given ?? request?.[key]);
    if (value !== undefined) entry[key] = value;
  }
  if (extras !== undefined) entry.extras = extras;
  return entry;
}

const MAX_NAME_CHARS = 200;

function readId(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? cutText(value, MAX_ID_CHARS) : undefined;
}

/** A child logger copies an error's fields into an object of its own: then the stack is all that is left of it. */
function findException(info: Info, message: unknown, stamp: Stamp): Exception | undefined {
  if (stamp.error !== undefined) return describeException(stamp.error);
  const { stack } = info;
  if (typeof stack !== 'string' || stack === '') return undefined;
  const { cause } = info;
  const [, type = 'Error'] = /^([\w$.]+)(?::|\n|$)/.exec(stack) ?? [];
  const causes = cause === undefined ? '' : `\nCaused by: ${describeException(cause).stacktrace}`;
  return { type, message: printMessage(message), stacktrace: cutText(stack + causes) };
}

function collectExtras(info: Info, stamp: Stamp, exception: Exception | undefined): AnyValueMap | undefined {
  return sanitizeFields([info], (key, value) => {
    if (PLACED.has(key)) return key !== 'cause' || exception !== undefined;
    // The error itself is told by the exception.
    return value !== undefined && value === stamp.error;
  });
}

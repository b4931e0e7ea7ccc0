import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { getRequestScope } from '../context/request-context.js';
import type { Caller } from './caller.js';
import { describeException, isError, readMessage } from './exception.js';
import { LINE_TEXTS, MAX_ID_CHARS, type LineTexts, type WritableLineTexts } from './fields.js';
import { LEVEL_SEVERITY, type Level } from './levels.js';
import { createRecordId } from './record-id.js';
import type { LogEntry } from './record.js';
import { redactEntry, redactValue } from './redaction.js';
import { sanitize, sanitizeFields } from './sanitize.js';
import { cutText } from './text.js';

/** A call of a logger's method, as it came. */
export interface LogCall {
  readonly level: Level;
  readonly logger: string;
  /** Anything; an Error is the record's exception too, where there is no other. */
  readonly message: unknown;
  /** Fields of the logger. */
  readonly bound?: object | undefined;
  /** Fields of the call; they win over bound ones of the same name. */
  readonly fields?: object | undefined;
  /** Whatever was thrown; undefined for nothing. */
  readonly error?: unknown;
  readonly caller?: Caller | undefined;
}

const ERROR_FIELDS = new Set(['error', 'err', 'exception']);

/** What the line's fields say of the record's own; `error` is what was thrown. */
interface Collected {
  readonly texts: WritableLineTexts;
  error: unknown;
}

/**
 * The record of a call: with the ids of the request and span it was made in, texts cut, values plain, secrets out.
 * Fields that the table lets a line set (`request_id`, `user_id`) are the record's own where they are strings; a field `error`, `err` or `exception` that is
 * an Error is its exception, where none was given. Never throws.
 */
export function createEntry({ level, logger, message, bound, fields, error, caller }: LogCall): LogEntry {
  const here = context.active();
  const scope: LineTexts | undefined = getRequestScope(here);
  const span = trace.getSpanContext(here);
  const collected: Collected = { texts: {}, error };
  for (const { key } of LINE_TEXTS) {
    const value = scope?.[key];
    if (value !== undefined) collected.texts[key] = value;
  }
  const extras =
    bound === undefined && fields === undefined
      ? undefined
      : sanitizeFields([bound, fields], (key, value) => takeOwnField(key, value, collected));
  if (collected.error === undefined && isError(message)) collected.error = message;
  return redactEntry({
    id: createRecordId(),
    timeMs: Date.now(),
    level,
    severityNumber: LEVEL_SEVERITY[level],
    logger,
    message: printMessage(message),
    ...caller,
    ...(collected.error === undefined ? undefined : { exception: describeException(collected.error) }),
    ...collected.texts,
    ...(extras === undefined ? undefined : { extras }),
    context: here,
    ...(span !== undefined && isSpanContextValid(span) ? { traceId: span.traceId, spanId: span.spanId } : undefined),
  });
}

/** The text of a message that may be anything. */
export function printMessage(message: unknown): string {
  if (typeof message === 'string') return cutText(message);
  if (message === undefined) return '';
  if (isError(message)) return cutText(readMessage(message));
  // As text, an entry of a list of headers is harder to tell from another.
  const plain = redactValue(sanitize(message));
  return typeof plain === 'string' ? plain : cutText(JSON.stringify(plain));
}

/** Whether the field has a place of its own in the record, which it then takes. */
function takeOwnField(name: string, value: unknown, collected: Collected): boolean {
  if (ERROR_FIELDS.has(name)) {
    if (collected.error !== undefined || !isError(value)) return false;
    collected.error = value;
    return true;
  }
  const text = typeof value === 'string' ? LINE_TEXTS.find((field) => field.name === name) : undefined;
  if (text === undefined) return false;
  collected.texts[text.key] = cutText(value as string, MAX_ID_CHARS);
  return true;
}

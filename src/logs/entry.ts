import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { getRequestScope } from '../context/request-context.js';
import type { Caller } from './caller.js';
import { describeException, isError, readMessage } from './exception.js';
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

const MAX_ID_CHARS = 128;

interface Collected {
  requestId: string | undefined;
  userId: string | undefined;
  error: unknown;
}

/**
 * The record of a call: with the ids of the request and span it was made in, texts cut, values plain, secrets out.
 * Fields `request_id` and `user_id` that are strings are the record's own; a field `error`, `err` or `exception` that is
 * an Error is its exception, where none was given. Never throws.
 */
export function createEntry({ level, logger, message, bound, fields, error, caller }: LogCall): LogEntry {
  const here = context.active();
  const scope = getRequestScope(here);
  const span = trace.getSpanContext(here);
  const collected: Collected = { requestId: scope?.requestId, userId: scope?.userId, error };
  const extras =
    bound === undefined && fields === undefined
      ? undefined
      : sanitizeFields([bound, fields], (key, value) => takeOwnField(key, value, collected));
  if (collected.error === undefined && isError(message)) collected.error = message;
  const { requestId, userId } = collected;
  return redactEntry({
    id: createRecordId(),
    timeMs: Date.now(),
    level,
    severityNumber: LEVEL_SEVERITY[level],
    logger,
    message: printMessage(message),
    ...caller,
    ...(collected.error === undefined ? undefined : { exception: describeException(collected.error) }),
    ...(requestId === undefined ? undefined : { requestId }),
    ...(userId === undefined ? undefined : { userId }),
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
function takeOwnField(key: string, value: unknown, collected: Collected): boolean {
  switch (key) {
    case 'request_id':
      if (typeof value !== 'string') return false;
      collected.requestId = cutText(value, MAX_ID_CHARS);
      return true;
    case 'user_id':
      if (typeof value !== 'string') return false;
      collected.userId = cutText(value, MAX_ID_CHARS);
      return true;
    case 'error':
    case 'err':
    case 'exception':
      if (collected.error !== undefined || !isError(value)) return false;
      collected.error = value;
      return true;
    default:
      return false;
  }
}

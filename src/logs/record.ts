import { isSpanContextValid, trace, type Context, type HrTime } from '@opentelemetry/api';
import {
  logs,
  type AnyValue,
  type AnyValueMap,
  type Logger,
  type LoggerProvider,
  type SeverityNumber,
} from '@opentelemetry/api-logs';
import { isSilent } from '../context/silence.js';
import { warnOnce } from '../diagnostics/diag.js';
import type { EncodableRecord } from './encode.js';
import { readMessage, type Exception } from './exception.js';
import { LOG_FIELDS, type LineTexts } from './fields.js';
import type { Level } from './levels.js';
import { noteEntry } from './watch.js';

/** One log record, of `getLogger` or of winston, with all texts cut and all values plain. */
export interface LogEntry extends LineTexts {
  /** A UUID. A record that is sent twice is stored once, under this id. */
  readonly id: string;
  /** When it was written, in ms since 1970. */
  readonly timeMs: number;
  readonly level: Level;
  /** OpenTelemetry's, 1 to 24. */
  readonly severityNumber: number;
  readonly logger: string;
  readonly message: string;
  /** Of the caller; see `Caller`. */
  readonly module?: string;
  readonly function?: string;
  readonly line?: number;
  readonly exception?: Exception;
  /** All else. Fields here may have the names of the record's own; they never take their places. */
  readonly extras?: Readonly<Record<string, AnyValue>>;
  /** Where it was written; carries the span. */
  readonly context: Context;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** The attribute that carries a record's id (semantic convention). */
export const RECORD_ID_ATTRIBUTE = 'log.record.uid';

/** Names come from callers. Beyond this many, records go out under `OVERFLOW_NAME`. */
const MAX_LOGGERS = 1_000;
const OVERFLOW_NAME = 'other';

/** Takes entries as they are, in place of a provider that would only hand them on to it. */
export interface EntryTaker {
  readonly provider: LoggerProvider;
  readonly take: (entry: LogEntry) => void;
}

let taker: EntryTaker | undefined;

/**
 * Our own records need no SDK between them and the delivery: what it makes of them is what they were, for a good part of
 * a line's cost (`npm run bench -- --only logs`). Only while `provider` is the registered one.
 */
export function setEntryTaker(direct: EntryTaker | undefined): void {
  taker = direct;
}

let emitting: LogEntry | undefined;

/** The id of the record that OpenTelemetry is handing on at this moment, where that is an entry of ours. */
export function getEmittingId(): string | undefined {
  return emitting?.id;
}

/**
 * Hands the record to OpenTelemetry: scope = logger name, body = message, the rest as attributes. Does nothing where
 * no SDK runs. Never throws. What is logged by the code that takes the record, on the same stack, is not emitted.
 */
export function emitEntry(entry: LogEntry): void {
  if (emitting !== undefined || isSilent(entry.context)) return;
  emitting = entry;
  noteEntry(entry);
  try {
    if (taker !== undefined && taker.provider === logs.getLoggerProvider()) return taker.take(entry);
    const logger = findLogger(entry.logger);
    const { hrTime, attributes } = describeEntry(entry);
    const { context, level: severityText, message: body } = entry;
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- 1 to 24, which is what the enum has
    const severityNumber = entry.severityNumber as SeverityNumber;
    // Asked softly: an SDK older than ours, which an application may have started itself, has no such method.
    if ((logger as Partial<Logger>).enabled?.({ context, severityNumber }) === false) return;
    const times = { timestamp: hrTime, observedTimestamp: hrTime };
    logger.emit({ ...times, severityNumber, severityText, body, context, attributes });
  } catch (error) {
    warnOnce('emit-entry', `a log record could not be handed on: ${readMessage(error)}`);
  } finally {
    emitting = undefined;
  }
}

let loggers = new Map<string, Logger>();
let provider: LoggerProvider | undefined;

function findLogger(name: string): Logger {
  const current = logs.getLoggerProvider();
  // The SDK may be registered after the first line, also by another copy of api-logs: then ours are not its loggers.
  if (current !== provider) {
    provider = current;
    loggers = new Map();
  }
  return findOrMake(loggers, name, (kept) => current.getLogger(kept));
}

/** What is kept for a logger's name; those beyond the limit share that of one name. */
export function findOrMake<T>(known: Map<string, T>, name: string, make: (kept: string) => T): T {
  let found = known.get(name);
  if (found !== undefined) return found;
  const kept = known.size < MAX_LOGGERS ? name : OVERFLOW_NAME;
  found = known.get(kept) ?? make(kept);
  known.set(kept, found);
  return found;
}

let lastMs = Number.NaN;
let lastTime: HrTime = [0, 0];

/** As [seconds, nanoseconds]: OpenTelemetry takes a number before the start of the process for a performance.now(). */
function toHrTime(timeMs: number): HrTime {
  // Lines come in flocks: most are written in the same millisecond as the one before.
  if (timeMs === lastMs) return lastTime;
  const seconds = Math.floor(timeMs / 1_000);
  lastMs = timeMs;
  return (lastTime = [seconds, Math.round((timeMs - seconds * 1_000) * 1_000_000)]);
}

const ATTRIBUTE_FIELDS = LOG_FIELDS.filter((field) => field.otlp === 'attribute');

/** What is sent of an entry, on both roads. */
export function describeEntry(entry: LogEntry): EncodableRecord & { readonly attributes: AnyValueMap } {
  const attributes: AnyValueMap = { [RECORD_ID_ATTRIBUTE]: entry.id };
  for (const { name, key } of ATTRIBUTE_FIELDS) {
    const value = key === 'extras' ? readExtras(entry) : entry[key];
    if (value === undefined) continue;
    if (key === 'exception') {
      const { type, message, stacktrace } = value as Exception;
      attributes['exception.type'] = type;
      attributes['exception.message'] = message;
      attributes['exception.stacktrace'] = stacktrace;
    } else {
      attributes[name] = value as AnyValue;
    }
  }
  const span = trace.getSpanContext(entry.context);
  const hrTime = toHrTime(entry.timeMs);
  return {
    hrTime,
    hrTimeObserved: hrTime,
    severityNumber: entry.severityNumber,
    severityText: entry.level,
    body: entry.message,
    attributes,
    spanContext: span !== undefined && isSpanContextValid(span) ? span : undefined,
  };
}

/** An entry's extras as they are sent; undefined where there are none. */
function readExtras({ extras }: LogEntry): AnyValueMap | undefined {
  if (extras === undefined) return undefined;
  const sent = hasReservedKey(extras) ? renameReservedKeys(extras) : (extras as AnyValueMap);
  for (const _ in sent) return sent;
  return undefined;
}

/**
 * The SDK gives up a map that has one of these keys at any depth: it takes `constructor` for the sign of a class
 * instance, and assigns `__proto__` as a prototype. A client could hide its doings with a field of that name.
 */
function isReserved(key: string): boolean {
  return key === 'constructor' || key === '__proto__';
}

function hasReservedKey(value: AnyValue): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  if (Array.isArray(value)) return value.some(hasReservedKey);
  for (const key in value) {
    if (isReserved(key) || hasReservedKey(value[key])) return true;
  }
  return false;
}

/** `constructor` becomes `constructor_`. */
function renameReservedKeys<T extends AnyValue>(value: T): T;
function renameReservedKeys(value: AnyValue): AnyValue {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => renameReservedKeys(item));
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [isReserved(key) ? `${key}_` : key, renameReservedKeys(item)]),
  );
}

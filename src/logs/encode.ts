import { isSpanContextValid, trace, type HrTime, type SpanContext } from '@opentelemetry/api';
import { readExtras, RECORD_ID_ATTRIBUTE, toHrTime, type LogEntry } from './record.js';

/** What is encoded: the readable side of the SDK's log record. */
export interface EncodableRecord {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: unknown;
  readonly eventName?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount?: number;
  readonly spanContext?: SpanContext;
}

/** What JSON writes otherwise than it is. */
// oxlint-disable-next-line no-control-regex -- control characters are what this finds
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;
const MAX_PLAIN_CHARS = 256;

/** A text as JSON. Short texts, which are most, are looked through in half the time that `JSON.stringify` takes. */
function quote(text: string): string {
  return text.length <= MAX_PLAIN_CHARS && !SPECIAL.test(text) ? `"${text}"` : JSON.stringify(text);
}

/**
 * One LogRecord in OTLP's JSON encoding, as text. The same document as OTLPLogExporter of
 * `@opentelemetry/exporter-logs-otlp-http` sends (a test holds them against each other), made once for each record
 * so that the same bytes go to the spool and over the wire.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function encodeRecord(record: EncodableRecord): string {
  const time = encodeTime(record.hrTime);
  const observed = record.hrTimeObserved === record.hrTime ? time : encodeTime(record.hrTimeObserved);
  let json = `{"timeUnixNano":"${time}","observedTimeUnixNano":"${observed}"`;
  if (record.severityNumber !== undefined) json += `,"severityNumber":${record.severityNumber}`;
  if (record.severityText !== undefined) json += `,"severityText":${quote(record.severityText)}`;
  json += `,"body":${encodeValue(record.body)}`;
  if (record.eventName !== undefined) json += `,"eventName":${quote(record.eventName)}`;
  json += `,"attributes":${encodePairs(record.attributes)},"droppedAttributesCount":${record.droppedAttributesCount ?? 0}`;
  const span = record.spanContext;
  if (span !== undefined) {
    json += `,"flags":${span.traceFlags},"traceId":"${span.traceId}","spanId":"${span.spanId}"`;
  }
  return `${json}}`;
}

/**
 * An entry of ours, to the byte as `encodeRecord` encodes what the SDK makes of it (a test holds them against each other).
 */
export function encodeEntry(entry: LogEntry): string {
  const time = encodeTimeMs(entry.timeMs);
  let json =
    `{"timeUnixNano":"${time}","observedTimeUnixNano":"${time}","severityNumber":${entry.severityNumber}` +
    `,"severityText":"${entry.level}","body":{"stringValue":${quote(entry.message)}}` +
    `,"attributes":[{"key":"${RECORD_ID_ATTRIBUTE}","value":{"stringValue":"${entry.id}"}}`;
  if (entry.module !== undefined) json += encodeText('module', entry.module);
  if (entry.function !== undefined) json += encodeText('function', entry.function);
  if (entry.line !== undefined) json += `,${encodeKey('line')}${encodeNumber(entry.line)}}`;
  if (entry.exception !== undefined) {
    json += encodeText('exception.type', entry.exception.type);
    json += encodeText('exception.message', entry.exception.message);
    json += encodeText('exception.stacktrace', entry.exception.stacktrace);
  }
  if (entry.requestId !== undefined) json += encodeText('request_id', entry.requestId);
  if (entry.userId !== undefined) json += encodeText('user_id', entry.userId);
  const extras = readExtras(entry);
  if (extras !== undefined) json += `,${encodeKey('extras')}${encodeObject(extras)}}`;
  json += '],"droppedAttributesCount":0';
  const span = trace.getSpanContext(entry.context);
  if (span !== undefined && isSpanContextValid(span)) {
    json += `,"flags":${span.traceFlags},"traceId":"${span.traceId}","spanId":"${span.spanId}"`;
  }
  return `${json}}`;
}

function encodeText(key: string, text: string): string {
  return `,${encodeKey(key)}{"stringValue":${quote(text)}}}`;
}

function encodeTime([seconds, nanos]: HrTime): string {
  return `${seconds}${String(nanos).padStart(9, '0')}`;
}

let lastMs = Number.NaN;
let lastTime = '';

/** Lines come in flocks: most are written in the same millisecond as the one before. */
function encodeTimeMs(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastMs = timeMs;
    lastTime = encodeTime(toHrTime(timeMs));
  }
  return lastTime;
}

/** A map as OTLP writes it: a list of keys and values. */
export function encodePairs(pairs: Readonly<Record<string, unknown>>): string {
  let json = '';
  for (const key of Object.keys(pairs)) {
    const value = pairs[key];
    if (value === undefined) continue;
    if (json !== '') json += ',';
    json += `${encodeKey(key)}${encodeValue(value)}}`;
  }
  return `[${json}]`;
}

/** Keys come again with every record; those beyond the limits are a caller's data. */
const MAX_KNOWN_KEYS = 500;
const MAX_KNOWN_CHARS = 64;
const knownKeys = new Map<string, string>();

/** The start of a pair, up to its value. Quoting the keys was a third of the cost of a record. */
function encodeKey(key: string): string {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const json = `{"key":${quote(key)},"value":`;
  if (key.length <= MAX_KNOWN_CHARS && knownKeys.size < MAX_KNOWN_KEYS) knownKeys.set(key, json);
  return json;
}

/** An AnyValue. What has no place in one becomes an empty value, as null does. */
function encodeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${quote(value)}}`;
    case 'boolean':
      return `{"boolValue":${value}}`;
    case 'number':
      return encodeNumber(value);
    case 'object':
      return value === null ? '{}' : encodeObject(value);
    default:
      return '{}';
  }
}

function encodeNumber(value: number): string {
  if (Number.isSafeInteger(value)) return `{"intValue":${value}}`;
  // JSON has no word for NaN and the infinities; protobuf's JSON mapping writes them as text.
  return Number.isFinite(value) ? `{"doubleValue":${value}}` : `{"doubleValue":"${value}"}`;
}

function encodeObject(value: object): string {
  if (Array.isArray(value)) return `{"arrayValue":{"values":[${value.map(encodeValue).join(',')}]}}`;
  if (value instanceof Uint8Array) return `{"bytesValue":"${Buffer.from(value).toString('base64')}"}`;
  return `{"kvlistValue":{"values":${encodePairs(value as Record<string, unknown>)}}}`;
}

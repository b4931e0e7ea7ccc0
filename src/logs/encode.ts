import type { HrTime, SpanContext } from '@opentelemetry/api';
import { isPlainText, quoteText } from './text.js';

/** What is encoded: the readable side of the SDK's log record. */
export interface EncodableRecord {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly severityNumber?: number | undefined;
  readonly severityText?: string | undefined;
  readonly body?: unknown;
  readonly eventName?: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount?: number | undefined;
  readonly spanContext?: SpanContext | undefined;
}

/**
 * One LogRecord in OTLP's JSON encoding, as text. The same document as OTLPLogExporter of
 * `@opentelemetry/exporter-logs-otlp-http` sends (a test holds them against each other), made once for each record
 * so that the same bytes go to the spool and over the wire.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function encodeRecord(record: EncodableRecord): string {
  let json = `{"timeUnixNano":"${encodeTime(record.hrTime)}","observedTimeUnixNano":"${encodeTime(record.hrTimeObserved)}"`;
  const { body, severityText } = record;
  if (record.severityNumber !== undefined) json += `,"severityNumber":${record.severityNumber}`;
  if (severityText !== undefined) json = `${json},"severityText":${quoteText(severityText)}`;
  if (typeof body === 'string' && isPlainText(body)) json = `${json},"body":{"stringValue":"${body}"}`;
  else json = `${json},"body":${encodeValue(body)}`;
  if (record.eventName !== undefined) json += `,"eventName":${quoteText(record.eventName)}`;
  json = `${json},"attributes":${encodePairs(record.attributes)},"droppedAttributesCount":${record.droppedAttributesCount ?? 0}`;
  const span = record.spanContext;
  if (span !== undefined) {
    json += `,"flags":${span.traceFlags},"traceId":"${span.traceId}","spanId":"${span.spanId}"`;
  }
  return `${json}}`;
}

let lastTime: HrTime | undefined;
let lastNanos = '';

/** Lines of one millisecond share their time. */
function encodeTime(time: HrTime): string {
  if (time !== lastTime) {
    lastTime = time;
    lastNanos = `${time[0]}${String(time[1]).padStart(9, '0')}`;
  }
  return lastNanos;
}

/** A map as OTLP writes it: a list of keys and values. */
export function encodePairs(pairs: Readonly<Record<string, unknown>>): string {
  let json = '[';
  // A list of the keys would be one more object for each map.
  for (const key in pairs) {
    const value = Object.hasOwn(pairs, key) ? pairs[key] : undefined;
    if (value === undefined) continue;
    if (json !== '[') json += ',';
    json += encodeKey(key);
    // To the whole at once: each text that is put together before is one more string for each pair.
    if (typeof value === 'string' && isPlainText(value)) json = `${json}{"stringValue":"${value}"}}`;
    else json = `${json}${encodeValue(value)}}`;
  }
  return `${json}]`;
}

/** Keys come again with every record; those beyond the limits are a caller's data. */
const MAX_KNOWN_KEYS = 500;
const MAX_KNOWN_CHARS = 64;
const knownKeys = new Map<string, string>();

/** The start of a pair, up to its value. Quoting the keys was a third of the cost of a record. */
function encodeKey(key: string): string {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const json = `{"key":${quoteText(key)},"value":`;
  if (key.length <= MAX_KNOWN_CHARS && knownKeys.size < MAX_KNOWN_KEYS) knownKeys.set(key, json);
  return json;
}

/** An AnyValue. What has no place in one becomes an empty value, as null does. */
function encodeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${quoteText(value)}}`;
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

import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A value as a test writes it; `{ double }`, `{ bytes }` and `{ json }` where JavaScript's own types do not tell. */
export type Value = unknown;

interface AnyValue {
  readonly [kind: string]: unknown;
}

/** OTLP's AnyValue. */
export function toAnyValue(value: Value): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number' && Number.isInteger(value)) return { intValue: value };
  if (typeof value === 'number') return { doubleValue: Number.isFinite(value) ? value : String(value) };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (value === null || value === undefined) return {};
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  return { kvlistValue: { values: toPairs(value as Record<string, Value>) } };
}

/** OTLP's list of keys and values. */
export function toPairs(map: Readonly<Record<string, Value>>): { key: string; value: AnyValue }[] {
  return Object.entries(map).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

/** A record as the application sends it, where nothing else is said. */
export interface RecordOptions {
  readonly message?: Value;
  readonly uid?: string | null;
  readonly timeMs?: number;
  readonly attributes?: Readonly<Record<string, Value>>;
  /** Members of the LogRecord itself, over all others. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** One OTLP LogRecord. */
export function makeRecord({
  message = 'hello',
  uid = randomUUID(),
  timeMs = Date.now(),
  attributes = {},
  fields = {},
}: RecordOptions = {}): object {
  return {
    timeUnixNano: toNanos(timeMs),
    observedTimeUnixNano: toNanos(timeMs),
    severityNumber: 9,
    severityText: 'INFO',
    body: toAnyValue(message),
    attributes: toPairs({ ...(uid === null ? {} : { 'log.record.uid': uid }), ...attributes }),
    ...fields,
  };
}

/** Nanoseconds as OTLP's JSON writes them. */
export function toNanos(timeMs: number): string {
  return `${BigInt(Math.round(timeMs)) * 1_000_000n}`;
}

export interface RequestOptions {
  readonly resource?: Readonly<Record<string, Value>>;
  readonly scope?: Readonly<Record<string, unknown>>;
}

/** The body of an OTLP request. */
export function makeRequest(
  records: readonly object[],
  { resource = { 'service.name': 'barbossa' }, scope = { name: 'test' } }: RequestOptions = {},
): string {
  return JSON.stringify({
    resourceLogs: [{ resource: { attributes: toPairs(resource) }, scopeLogs: [{ scope, logRecords: records }] }],
  });
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** For a collector that speaks HTTPS. */
export interface Tls {
  /** Whom to trust. */
  readonly ca: string;
  /** Own certificate and key. */
  readonly cert?: string;
  readonly key?: string;
}

/** Posts a body to a collector. */
export function post(
  url: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  tls?: Tls,
): Promise<Answer> {
  const target = new URL('/v1/logs', url);
  return new Promise((resolve, reject) => {
    const open = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      timeout: 30_000,
      // The tests' own certificates name no host.
      ...(tls === undefined ? {} : { ...tls, checkServerIdentity: () => undefined }),
    };
    const request = open(target, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 30 s')));
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends records, and fails unless the collector acknowledges them. */
export async function send(url: string, records: readonly object[], options: RequestOptions = {}): Promise<void> {
  const answer = await post(url, makeRequest(records, options));
  if (answer.status !== 200) throw new Error(`the collector answered ${answer.status} ${answer.text}`);
}

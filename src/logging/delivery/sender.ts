import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Marks the connection of the delivery, so that instrumentation of outgoing requests leaves it alone. */
export const INTERNAL_AGENT = Symbol.for('barbossa-telemetry.internal-agent');

const compress = promisify(gzip);
const MAX_ANSWER_BYTES = 65_536;
const KEEP_ALIVE_MS = 30_000;

/** Where records go and how. */
export interface SenderOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time from the first byte sent to the last one received. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
}

/**
 * What became of a request.
 * - `accepted`: the collector has the records; `rejected` of them it refused for good.
 * - `retry`: nothing was stored, or nobody knows; the same request may succeed later.
 * - `refused`: the same request would be refused again; `tooLarge` where a smaller one may pass.
 */
export type SendResult =
  | { readonly outcome: 'accepted'; readonly rejected: number; readonly reason: string }
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly outcome: 'refused'; readonly reason: string };

/** Sends OTLP/HTTP requests over one connection that never keeps the process alive. */
export interface Sender {
  send(body: string): Promise<SendResult>;
  close(): void;
}

/** Statuses after which the same bytes will not pass; everything else may be mended by time or by an operator. */
const REFUSED = new Set([400, 413, 414, 415, 422, 431]);

/** Makes a sender. Nothing is connected until the first request. */
export function createSender(options: SenderOptions): Sender {
  const target = new URL(options.url);
  const transport = target.protocol === 'https:' ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: 1, timeout: KEEP_ALIVE_MS });
  Object.defineProperty(agent, INTERNAL_AGENT, { value: true });
  const send = async (body: string): Promise<SendResult> => {
    const gzipped = options.compression === 'gzip';
    const bytes = gzipped ? await compress(body) : Buffer.from(body);
    const headers: http.OutgoingHttpHeaders = {
      'user-agent': 'barbossa-telemetry',
      ...options.headers,
      'content-type': 'application/json',
      'content-length': bytes.length,
      ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
    };
    return post(transport.request(target, { method: 'POST', agent, headers }), bytes, options.timeoutMs);
  };
  return { send, close: () => agent.destroy() };
}

function post(request: http.ClientRequest, bytes: Buffer, timeoutMs: number): Promise<SendResult> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    timer.unref();
    const finish = (result: SendResult): void => {
      clearTimeout(timer);
      resolve(result);
    };
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error: NodeJS.ErrnoException) => finish({ outcome: 'retry', reason: describe(error) }));
    request.on('response', (response) => {
      void readAnswer(response).then(
        (text) => finish(judge(response, text)),
        (error: unknown) => finish({ outcome: 'retry', reason: describe(error as NodeJS.ErrnoException) }),
      );
    });
    request.end(bytes);
  });
}

function describe(error: NodeJS.ErrnoException): string {
  // A refused connection to a name with two addresses is an AggregateError without a message.
  return error.message === '' ? (error.code ?? error.name) : error.message;
}

async function readAnswer(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function judge(response: http.IncomingMessage, text: string): SendResult {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return readPartialSuccess(text);
  const reason = `HTTP ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`;
  if (REFUSED.has(status)) return { outcome: 'refused', reason };
  const afterMs = readRetryAfter(response.headers['retry-after']);
  return afterMs === undefined ? { outcome: 'retry', reason } : { outcome: 'retry', reason, afterMs };
}

/** https://opentelemetry.io/docs/specs/otlp/#partial-success: what was refused must not be sent again. */
function readPartialSuccess(text: string): SendResult {
  let rejected = 0;
  let reason = '';
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedLogRecords?: number | string; errorMessage?: unknown };
    };
    rejected = Number(partialSuccess?.rejectedLogRecords ?? 0) || 0;
    const message = partialSuccess?.errorMessage;
    if (typeof message === 'string') reason = message.slice(0, 200);
  } catch {
    // An answer that is not JSON: the status says that all is well.
  }
  return { outcome: 'accepted', rejected, reason };
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now; at most ten minutes are believed. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 600_000) : undefined;
}

import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createLookup } from './lookup.js';
import { Scratch } from './scratch.js';

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
 * - `retry`: nothing was stored, or nobody knows; the same request may succeed later, after `afterMs` where the server
 *   says so. `suspect`: the server may have failed at these very records, and would take others.
 * - `refused`: the same request would be refused again; `tooLarge` where a smaller one may pass.
 */
export type SendResult =
  | { readonly outcome: 'accepted'; readonly rejected: number; readonly reason: string }
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs?: number; readonly suspect?: boolean }
  | { readonly outcome: 'refused'; readonly reason: string; readonly tooLarge?: boolean };

/** Sends OTLP/HTTP requests over one connection that never keeps the process alive. */
export interface Sender {
  /** One request, whose body comes in pieces. */
  send(body: Iterable<string>): Promise<SendResult>;
  close(): void;
}

interface Attempt {
  readonly result: SendResult & { readonly stale?: boolean };
  /** Whether all of it has left our memory: a server may answer before it has taken the rest. */
  readonly isSent: boolean;
}

/** Statuses that judge the bytes; everything else may be mended by time or by an operator. */
const REFUSED = new Set([400, 413, 422]);
const TOO_LARGE = 413;

/** Makes a sender. Nothing is connected until the first request. */
export function createSender(options: SenderOptions): Sender {
  const target = new URL(options.url);
  const transport = target.protocol === 'https:' ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: 1, timeout: KEEP_ALIVE_MS });
  Object.defineProperty(agent, INTERNAL_AGENT, { value: true });
  const lookup = createLookup();
  const scratch = new Scratch();
  const send = async (body: Iterable<string>): Promise<SendResult> => {
    const plain = scratch.encode(body);
    const gzipped = options.compression === 'gzip';
    const bytes = gzipped ? await compress(plain) : plain;
    const headers: http.OutgoingHttpHeaders = {
      'user-agent': 'barbossa-telemetry',
      ...options.headers,
      'content-type': 'application/json',
      'content-length': bytes.length,
      ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
    };
    const once = async (): Promise<Attempt> => {
      const request = transport.request(target, { method: 'POST', agent, headers, lookup });
      const result = await post(request, bytes, options.timeoutMs);
      return { result, isSent: request.writableFinished };
    };
    let { result, isSent } = await once();
    // The server had closed the idle connection when the request was on its way.
    if (result.stale === true) ({ result, isSent } = await once());
    if (gzipped || isSent) scratch.giveBack(plain);
    return result;
  };
  return { send, close: () => agent.destroy() };
}

function post(request: http.ClientRequest, bytes: Buffer, timeoutMs: number): Promise<Attempt['result']> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    timer.unref();
    const finish = (result: Attempt['result']): void => {
      clearTimeout(timer);
      resolve(result);
    };
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      finish({ outcome: 'retry', reason: describe(error), stale });
    });
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
  if (REFUSED.has(status)) return { outcome: 'refused', reason, tooLarge: status === TOO_LARGE };
  const afterMs = readRetryAfter(response.headers['retry-after']);
  return { outcome: 'retry', reason, suspect: status === 500, ...(afterMs === undefined ? {} : { afterMs }) };
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

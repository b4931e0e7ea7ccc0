import type http from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { describeError } from '../diagnostics/diag.js';
import { settleOnce } from '../timing/settle-once.js';
import { readAnswer, readPartialSuccess } from './answer.js';
import { encodeProtobuf } from './protobuf.js';
import { Scratch } from './scratch.js';
import { createTransport, type TransportOptions } from './transport.js';
import { readSmallFile } from '../files/small-file.js';

const compress = promisify(gzip);
/** What a server asks for beyond this is not kept. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Where records go and how. */
export interface SenderOptions extends TransportOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** File with a token, read for each request. Default: none. */
  readonly tokenFile?: string | undefined;
  /** Longest time from the start of a request, and of its connection, to the last byte received. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  /** How the body, which is JSON, is encoded. Default: as it is. */
  readonly protocol?: 'http/json' | 'http/protobuf' | undefined;
}

/**
 * What became of a request.
 * - `accepted`: the collector has the records; `rejected` of them it refused for good.
 * - `retry`: nothing was stored, or nobody knows; the same request may succeed later, after `afterMs` where the server
 *   says so.
 * - `refused`: the same request would be refused again; `tooLarge` where a smaller one may pass.
 */
export type SendResult =
  | { readonly outcome: 'accepted'; readonly rejected: number; readonly reason: string }
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly outcome: 'refused'; readonly reason: string; readonly tooLarge?: boolean };

/** Sends OTLP/HTTP requests over one connection that never keeps the process alive. */
export interface Sender {
  /** One request, whose body comes in pieces. */
  send(body: Iterable<string>): Promise<SendResult>;
  close(): void;
}

interface SendAttempt {
  readonly result: SendResult & { readonly stale?: boolean };
  /** Whether all of it has left our memory: a server may answer before it has taken the rest. */
  readonly isSent: boolean;
}

/** Statuses that judge the bytes; everything else may be mended by time or by an operator. */
const REFUSED = new Set([400, 413, 422]);
const TOO_LARGE = 413;

/** Makes a sender. Nothing is connected until the first request. */
export function createSender(options: SenderOptions): Sender {
  const transport = createTransport(options);
  const scratch = new Scratch();
  const isProtobuf = options.protocol === 'http/protobuf';
  const gzipped = options.compression === 'gzip';
  const send = async (body: Iterable<string>): Promise<SendResult> => {
    let login = {};
    try {
      if (options.tokenFile !== undefined) login = await readAuthorization(options.tokenFile);
    } catch (error) {
      return { outcome: 'retry', reason: describeError(error) };
    }
    let plain: Buffer;
    try {
      plain = isProtobuf ? await encodeProtobuf(body) : scratch.encode(body);
    } catch (error) {
      // What an earlier process has left need not be what its names say.
      return { outcome: 'refused', reason: `not to be encoded: ${describeError(error)}` };
    }
    const bytes = gzipped ? await compress(plain) : plain;
    const headers: http.OutgoingHttpHeaders = {
      'user-agent': 'barbossa-telemetry',
      // Without it any coding would do (RFC 9110, 12.5.3).
      'accept-encoding': 'identity',
      ...withoutAuthorization(options),
      ...login,
      'content-type': isProtobuf ? 'application/x-protobuf' : 'application/json',
      'content-length': bytes.length,
      ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
    };
    const once = async (): Promise<SendAttempt> => {
      await transport.prepare();
      const request = transport.request(headers);
      const result = await post(request, bytes, options.timeoutMs);
      return { result, isSent: request.writableFinished };
    };
    let { result, isSent } = await once();
    // The server had closed the idle connection when the request was on its way.
    if (result.stale === true) ({ result, isSent } = await once());
    if (!isProtobuf && (gzipped || isSent)) scratch.giveBack(plain);
    return result;
  };
  return { send, close: () => transport.close() };
}

/** The file's goes before a header of that name, in whatever case. */
function withoutAuthorization({ headers, tokenFile }: SenderOptions): SenderOptions['headers'] {
  if (tokenFile === undefined) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function post(request: http.ClientRequest, bytes: Buffer, timeoutMs: number): Promise<SendAttempt['result']> {
  return settleOnce((resolve) => {
    const timer = setTimeout(() => {
      const reason = `no answer within ${timeoutMs} ms`;
      request.destroy(new Error(reason));
      // A request without a connection says nothing of its end.
      finish({ outcome: 'retry', reason });
    }, timeoutMs);
    timer.unref();
    const finish = (result: SendAttempt['result']): void => {
      clearTimeout(timer);
      resolve(result);
    };
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      finish({ outcome: 'retry', reason: describe(error), stale });
    });
    // An upgrade that nobody asked for ends without an error and without an answer.
    let isAnswered = false;
    request.on('close', () => {
      if (!isAnswered) finish({ outcome: 'retry', reason: 'the connection was closed without an answer' });
    });
    request.on('response', (response) => {
      isAnswered = true;
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
  if (error.message === '') return error.code ?? error.name;
  const isHttp = error.code?.startsWith('HPE_') !== true;
  return isHttp
    ? error.message
    : `the answer is no HTTP/1.1: ${error.message}; gRPC's port is not the one for OTLP/HTTP, 4318`;
}

function judge(response: http.IncomingMessage, text: string): SendResult {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { outcome: 'accepted', ...readPartialSuccess(text) };
  const reason = `HTTP ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`;
  if (REFUSED.has(status)) return { outcome: 'refused', reason, tooLarge: status === TOO_LARGE };
  const afterMs = readRetryAfter(response.headers['retry-after']);
  return { outcome: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** RFC 9110, 5.6.7: the form that is sent; the two obsolete ones are not read. */
const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now; at most a minute is believed, anything else is not read. */
function readRetryAfter(header: string | undefined): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  if (!IMF_FIXDATE.test(text)) return undefined;
  const ms = Date.parse(text) - Date.now();
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

/** What a header may have in it (RFC 9110, 5.5); Node refuses all else. */
const TOKEN = /^[\t\u0020-\u007e\u0080-\u00ff]+$/;

/**
 * The Authorization header of the token in a file, read anew for each request, so that a new one holds at once.
 * @throws {Error} Where there is none. It does not say what the file has.
 */
async function readAuthorization(file: string): Promise<{ authorization: string }> {
  const token = (await readSmallFile(file)).toString('utf8').trim();
  if (!TOKEN.test(token)) throw new Error(`${file} has no token in it`);
  return { authorization: `Bearer ${token}` };
}

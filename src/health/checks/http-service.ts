import type { ClientRequest, IncomingMessage } from 'node:http';
import { http, https } from '../../node/http.js';
import { KnownFailure } from '../../diagnostics/failure.js';
import { settleOnce } from '../../timing/settle-once.js';

/** An answer larger than this is not the one that was asked for. */
const MAX_ANSWER_BYTES = 65_536;
/** Longer than the time between two runs, so that one connection serves them all. */
const KEEP_ALIVE_MS = 60_000;

/** What is asked of a server, and how its answer is known. */
export interface HttpServiceOptions {
  /** Base URL, with or without a path. */
  readonly url: string;
  /** Path below it. */
  readonly path: string;
  /** Tokens go here: a URL is written into logs on its way. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a text is what the service answers, and not a login page or somebody else. */
  readonly isAnswer: (text: string) => boolean;
}

/** A check, and what ends the connection that it keeps. */
export interface ConnectedCheck {
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/**
 * Asks a server over one kept connection, which never keeps the process alive. Redirects are not followed: the token
 * would go where they lead.
 */
export function createHttpCheck({ url, path, headers, isAnswer }: HttpServiceOptions): ConnectedCheck {
  const target = new URL(url);
  target.pathname = `${target.pathname.replace(/\/+$/, '')}${path}`;
  const transport = target.protocol === 'https:' ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: 1, timeout: KEEP_ALIVE_MS });
  const options = { agent, headers: { accept: 'application/json', 'user-agent': 'barbossa-telemetry', ...headers } };
  const ask = async (signal: AbortSignal): Promise<void> => {
    const request = transport.request(target, options);
    const answer = await receive(request, signal).catch((error: unknown) => {
      // The server had closed the idle connection when the request was on its way.
      if (request.reusedSocket && !signal.aborted && isLost(error)) return undefined;
      throw error;
    });
    if (answer === undefined) return ask(signal);
    judge(answer, isAnswer);
  };
  return { run: ask, close: () => agent.destroy() };
}

interface ServiceAnswer {
  readonly status: number;
  readonly text: string;
}

function receive(request: ClientRequest, signal: AbortSignal): Promise<ServiceAnswer> {
  return settleOnce((resolve, reject) => {
    const abort = (): void => void request.destroy(new KnownFailure('timeout', 'the deadline has passed'));
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', abort);
      request.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    signal.addEventListener('abort', abort, { once: true });
    request.on('socket', (socket) => socket.unref());
    request.on('error', fail);
    request.on('response', (response) => {
      readText(response).then((text) => {
        signal.removeEventListener('abort', abort);
        resolve({ status: response.statusCode ?? 0, text });
      }, fail);
    });
    request.end();
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new KnownFailure('protocol', `the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function judge({ status, text }: ServiceAnswer, isAnswer: (text: string) => boolean): void {
  if (status === 401 || status === 403) throw new KnownFailure('authentication', `HTTP ${status}`);
  if (status >= 500 || status === 429) throw new KnownFailure('server error', `HTTP ${status}`);
  if (status >= 300 && status < 400) {
    throw new KnownFailure('protocol', `HTTP ${status}: a redirect, which is not followed`);
  }
  if (status !== 200) throw new KnownFailure('protocol', `HTTP ${status}`);
  if (!isAnswer(text)) throw new KnownFailure('protocol', 'the answer is not one of this service');
}

function isLost(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** The object in a JSON text; undefined where it is none. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // A login page, most likely.
    return undefined;
  }
}

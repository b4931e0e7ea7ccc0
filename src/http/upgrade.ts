import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLIENT_CLOSED_REQUEST, type Exchange } from './exchange.js';
import { readApplicationId } from './request-id.js';

type Write = (this: Duplex, ...args: unknown[]) => unknown;

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n/;

/**
 * Follows a request that leaves HTTP (`Upgrade`, `CONNECT`): there is no response object, the application writes
 * the status line to the socket itself. The first thing it writes ends the exchange, with that status, and gets
 * the `X-Request-ID` that every answer has. A socket that closes before is an abort.
 * @param observeWebSocket Called with +1 when a WebSocket opens, -1 when it closes.
 */
export function followUpgrade(
  exchange: Exchange,
  request: IncomingMessage,
  socket: Duplex,
  observeWebSocket: (change: 1 | -1) => void,
): void {
  const restore = (): void => {
    if (socket.write === (write as unknown)) socket.write = originals.write as never;
    if (socket.end === (end as unknown)) socket.end = originals.end as never;
  };
  const originals = { write: socket.write as unknown as Write, end: socket.end as unknown as Write };
  const answer = (first: unknown): unknown => {
    restore();
    const { status, chunk, ownId } = readAnswer(first, exchange.requestId);
    exchange.requestId = readApplicationId(ownId) ?? exchange.requestId;
    exchange.end(status);
    if (status === 101 && request.headers.upgrade?.toLowerCase() === 'websocket') {
      observeWebSocket(1);
      socket.once('close', () => observeWebSocket(-1));
    }
    return chunk;
  };
  function write(this: Duplex, first: unknown, ...rest: unknown[]): unknown {
    return originals.write.call(this, answer(first), ...rest);
  }
  function end(this: Duplex, first: unknown, ...rest: unknown[]): unknown {
    const hasChunk = first !== undefined && first !== null && typeof first !== 'function';
    return originals.end.call(this, hasChunk ? answer(first) : first, ...rest);
  }
  socket.write = write as never;
  socket.end = end as never;
  socket.once('close', () => exchange.end(CLIENT_CLOSED_REQUEST));
}

interface FirstBytes {
  readonly status: number;
  /** What is to be sent: with the request id among the headers. */
  readonly chunk: unknown;
  /** The request id that the application has put there itself. */
  readonly ownId?: string | undefined;
}

/** What the first bytes of an answer say. */
function readAnswer(first: unknown, requestId: string): FirstBytes {
  const isBytes = first instanceof Uint8Array;
  if (typeof first !== 'string' && !isBytes) return { status: 101, chunk: first };
  const text = isBytes ? Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString('latin1') : first;
  const match = STATUS_LINE.exec(text);
  // Not HTTP: a protocol that the client and the server agreed on beforehand.
  if (match === null) return { status: 101, chunk: first };
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 2);
  const status = Number(match[1]);
  if (head.length < match[0].length) return { status, chunk: first };
  const own = /\r\nx-request-id:[ \t]*([^\r\n]*)/i.exec(head);
  if (own !== null) return { status, chunk: first, ownId: own[1]?.trim() };
  const added = `${match[0]}X-Request-ID: ${requestId}\r\n${text.slice(match[0].length)}`;
  return { status, chunk: isBytes ? Buffer.from(added, 'latin1') : added };
}

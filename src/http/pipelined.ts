import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CLIENT_CLOSED_REQUEST, type Exchange } from './exchange.js';

/** The exchanges that wait behind others on a connection. */
const waiting = new WeakMap<Socket, Set<Exchange>>();

/**
 * Ends an exchange with its connection, where its answer waits behind others on it (pipelining): such an answer has
 * no socket yet, so that Node never tells it that the client is gone. One listener for a connection, however long
 * the queue. To be called before the application sees the request.
 */
export function followPipelined(exchange: Exchange, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  if (!isAnswering(socket)) return;
  const queue = waiting.get(socket) ?? watch(socket);
  queue.add(exchange);
  response.once('close', () => queue.delete(exchange));
}

/** Whether an earlier request of the connection is still being answered (`lib/_http_server.js`, parserOnIncoming). */
function isAnswering(socket: Socket | undefined): socket is Socket {
  return Boolean((socket as { _httpMessage?: unknown } | undefined)?._httpMessage);
}

function watch(socket: Socket): Set<Exchange> {
  const queue = new Set<Exchange>();
  waiting.set(socket, queue);
  socket.once('close', () => {
    for (const exchange of queue) exchange.end(CLIENT_CLOSED_REQUEST);
  });
  return queue;
}

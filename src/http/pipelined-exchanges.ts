import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CLIENT_CLOSED_REQUEST, getExchange, type Exchange } from './exchange.js';

/** The exchanges that wait behind others on a connection. */
const waiting = new WeakMap<Socket, Set<Exchange>>();
/** The connection of each of them, and of the one in front: a response may have let go of its request. */
const connections = new WeakMap<Exchange, Socket>();

/**
 * Notes an exchange whose answer waits behind others on its connection (pipelining). Such an answer has no socket yet, and
 * Node never tells it that the client is gone. Call it before the application sees the request.
 */
export function followPipelined(exchange: Exchange, { socket }: IncomingMessage): void {
  const front = findAnswering(socket);
  if (front === undefined) return;
  connections.set(exchange, socket);
  const ahead = getExchange(front);
  if (ahead !== undefined) connections.set(ahead, socket);
  const queue = waiting.get(socket);
  if (queue === undefined) waiting.set(socket, new Set([exchange]));
  else queue.add(exchange);
}

/**
 * Ends the exchanges that wait on the connection of an exchange, where the connection ends with its response. Call it when
 * the response has closed: Node always tells the response in front of those that wait. The connection is the application's
 * and gets no listener.
 */
export function endWaiting(exchange: Exchange): void {
  const socket = connections.get(exchange);
  if (socket === undefined) return;
  connections.delete(exchange);
  const queue = waiting.get(socket);
  if (queue === undefined) return;
  queue.delete(exchange);
  if (!socket.destroyed && !socket.writableEnded) return;
  waiting.delete(socket);
  for (const other of queue) other.end(CLIENT_CLOSED_REQUEST);
}

/** The earlier response of the connection that is still being sent (`lib/_http_server.js`, parserOnIncoming). */
function findAnswering(socket: Socket | undefined): object | undefined {
  return (socket as { _httpMessage?: object | null } | undefined)?._httpMessage ?? undefined;
}

import { IncomingMessage, ServerResponse } from 'node:http';
import { context } from '@opentelemetry/api';
import { getRequestScope } from '../request-context.js';
import { CLIENT_CLOSED_REQUEST, getExchange, type Exchange } from './exchange.js';
import { isRequestIdHeader, readApplicationId, REQUEST_ID_HEADER } from './request-id.js';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Patches the prototypes of requests and responses, once for the process:
 * - their events run in the request's context. Node emits them from the parser, which knows nothing of it;
 *   binding each listener, as OpenTelemetry does, costs several microseconds a request;
 * - `X-Request-ID` is on every answer, and an id the application sets itself wins everywhere.
 */
export function hookMessages(): void {
  wrapEmit(IncomingMessage.prototype, () => {});
  wrapEmit(ServerResponse.prototype, endWithResponse);
  wrapSetHeader('setHeader');
  wrapSetHeader('appendHeader');
  wrapWriteHead();
}

interface Emitter {
  emit: (event: string | symbol, ...args: unknown[]) => boolean;
  readonly listenerCount: (event: string | symbol) => number;
}

function wrapEmit(prototype: Emitter, observe: (exchange: Exchange, message: never, event: unknown) => void): void {
  const original = prototype.emit as AnyFunction;
  prototype.emit = function emit(this: Emitter, ...args: [string | symbol, ...unknown[]]): boolean {
    const exchange = getExchange(this);
    if (exchange === undefined) return original.apply(this, args) as boolean;
    observe(exchange, this as never, args[0]);
    // Most events of a request have no listener: there is nothing to run, in whichever context.
    const ready = this.listenerCount(args[0]) === 0 || getRequestScope() === exchange;
    if (ready) return original.apply(this, args) as boolean;
    return context.with(exchange.context, original as never, this as never, ...(args as unknown as never[])) as boolean;
  };
}

/** Ends the exchange with its answer. No listener: two of them a request are dearer, and an application may remove them. */
function endWithResponse(exchange: Exchange, response: ServerResponse, event: unknown): void {
  if (event === 'finish') exchange.end(response.statusCode);
  // Follows `finish` where the answer was sent; where it was not, the client is gone.
  else if (event === 'close') exchange.end(response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST);
}

type SetHeader = (this: ServerResponse, name: unknown, value: unknown) => unknown;

function wrapSetHeader(name: 'setHeader' | 'appendHeader'): void {
  const prototype = ServerResponse.prototype as unknown as Record<string, SetHeader>;
  const original = prototype[name];
  if (original === undefined) return;
  prototype[name] = function setHeader(header, value) {
    const result = original.call(this, header, value);
    if (isRequestIdHeader(header)) adoptApplicationId(this, value);
    return result;
  };
}

function wrapWriteHead(): void {
  const original = ServerResponse.prototype.writeHead as AnyFunction;
  function writeHead(this: ServerResponse, ...args: unknown[]): unknown {
    const exchange = getExchange(this);
    if (exchange !== undefined && !this.headersSent && !this.hasHeader(REQUEST_ID_HEADER)) {
      // As Node reads its arguments: status, reason, headers; or status, headers.
      const at = typeof args[1] === 'string' || (args[2] ?? undefined) !== undefined ? 2 : 1;
      const given = findRequestId(args[at]);
      if (given === undefined) addRequestId(this, args, at, exchange.requestId);
      else adoptApplicationId(this, given);
    }
    return original.apply(this, args);
  }
  ServerResponse.prototype.writeHead = writeHead as typeof ServerResponse.prototype.writeHead;
}

/**
 * Adds the header to those that `writeHead` was given. `setHeader` would make Node merge the two, and its merge is
 * another thing than its plain path: it refuses pairs, and before Node 22 keeps one of several `Set-Cookie`.
 */
function addRequestId(response: ServerResponse, args: unknown[], at: number, requestId: string): void {
  const headers = args[at];
  if (Array.isArray(headers)) {
    const added = Array.isArray(headers[0]) ? [['X-Request-ID', requestId]] : ['X-Request-ID', requestId];
    args[at] = [...(headers as unknown[]), ...added];
  } else if (typeof headers === 'object' && headers !== null) {
    args[at] = { ...headers, 'X-Request-ID': requestId };
  } else {
    response.setHeader('X-Request-ID', requestId);
  }
}

/** The request id among the headers that `writeHead` was given: an object, or names and values in turn. */
function findRequestId(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  if (!Array.isArray(headers)) {
    const name = Object.keys(headers).find(isRequestIdHeader);
    return name === undefined ? undefined : (headers as Record<string, unknown>)[name];
  }
  const nested = headers.find((entry) => Array.isArray(entry) && isRequestIdHeader(entry[0])) as unknown[] | undefined;
  if (nested !== undefined) return nested[1];
  const at = headers.findIndex((entry, index) => index % 2 === 0 && isRequestIdHeader(entry));
  return at < 0 ? undefined : (headers as unknown[])[at + 1];
}

function adoptApplicationId(response: ServerResponse, value: unknown): void {
  const exchange = getExchange(response);
  if (exchange === undefined) return;
  exchange.requestId = readApplicationId(value) ?? exchange.requestId;
}

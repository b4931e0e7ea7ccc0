import type { ServerResponse } from 'node:http';
import { http } from '../node/http.js';
import { context } from '@opentelemetry/api';
import { describeError, warnOnce } from '../diagnostics/diag.js';
import type { ReportMissing } from '../hooks/followed.js';
import { getRequestScope } from '../context/request-context.js';
import { CLIENT_CLOSED_REQUEST, getExchange, type Exchange } from './exchange.js';
import { alike, findInherited, type Method } from '../hooks/method.js';
import { endWaiting } from './pipelined-exchanges.js';
import { changeHeads, type StoredHead } from './stored-head.js';
import { isRequestIdHeader, readApplicationId } from './request-id.js';

/**
 * Patches the prototypes of requests and responses, once for the process:
 * - their events run in the request's context. Node emits them from the parser, which knows nothing of it;
 *   binding each listener, as OpenTelemetry does, costs several microseconds a request. What emits is asked for at each
 *   event: `node:domain` and applications replace `EventEmitter.prototype.emit` when they are loaded;
 * - `X-Request-ID` is on every answer, and an id the application sets itself wins everywhere.
 */
export function hookMessages(reportMissing: ReportMissing): void {
  wrapEmit(http.IncomingMessage.prototype, () => {});
  wrapEmit(http.ServerResponse.prototype, endWithResponse);
  wrapSetHeader('setHeader', reportMissing);
  wrapSetHeader('appendHeader', reportMissing);
  wrapHead(reportMissing);
}

interface Emitter {
  emit: (event: string | symbol, ...args: unknown[]) => boolean;
  readonly listenerCount: (event: string | symbol) => number;
}

function wrapEmit(prototype: Emitter, observe: (exchange: Exchange, message: never, event: unknown) => void): void {
  const inherited = findInherited(prototype, 'emit');
  prototype.emit = function emit(this: Emitter, event: string | symbol, ...args: unknown[]): boolean {
    const original = inherited() as Emitter['emit'];
    const exchange = getExchange(this);
    if (exchange === undefined) return original.call(this, event, ...args);
    observe(exchange, this as never, event);
    // Most events of a request have no listener: there is nothing to run, in whichever context.
    const ready = this.listenerCount(event) === 0 || getRequestScope() === exchange;
    if (ready) return original.call(this, event, ...args);
    return context.with(exchange.context, original as never, this as never, event as never, ...(args as never[]));
  };
}

/** Ends the exchange with its answer. No listener: two of them a request are dearer, and an application may remove them. */
function endWithResponse(exchange: Exchange, response: ServerResponse, event: unknown): void {
  try {
    if (event === 'finish') {
      exchange.end(response.statusCode);
    } else if (event === 'close') {
      // Follows `finish` where the answer was sent; where it was not, the client is gone.
      exchange.end(response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST);
      endWaiting(exchange);
    }
  } catch (error) {
    warnOnce('request-not-ended', `the end of a request could not be observed: ${describeError(error)}`);
  }
}

/** On the prototype that Node itself has them on, so that no other one has a method more. */
function wrapSetHeader(name: 'setHeader' | 'appendHeader', reportMissing: ReportMissing): void {
  const prototype = http.OutgoingMessage.prototype as unknown as Record<string, Method>;
  const original = prototype[name];
  if (original === undefined) return reportMissing(`OutgoingMessage.${name}`);
  prototype[name] = alike(original, function set(this: unknown, ...args: unknown[]) {
    const result = original.apply(this, args);
    if (isRequestIdHeader(args[0])) adoptApplicationId(this as ServerResponse, args[1]);
    return result;
  });
}

/** Adds the id to the text of a head. `setHeader` or a header more for `writeHead` would show in `getHeaders()`. */
function wrapHead(reportMissing: ReportMissing): void {
  const isHeadKnown = changeHeads((message) => {
    const exchange = getExchange(message);
    if (exchange !== undefined) addRequestId(message, exchange);
  });
  if (!isHeadKnown) reportMissing('OutgoingMessage._storeHeader');
}

const OWN_ID = /\r\nx-request-id:[ \t]*([^\r\n]*)/i;

function addRequestId(message: StoredHead, exchange: Exchange): void {
  const { _header: head } = message;
  if (head?.endsWith('\r\n\r\n') !== true) return;
  const own = OWN_ID.exec(head);
  if (own === null) message._header = `${head.slice(0, -2)}X-Request-ID: ${exchange.requestId}\r\n\r\n`;
  else exchange.requestId = readApplicationId(own[1]) ?? exchange.requestId;
}

function adoptApplicationId(response: ServerResponse, value: unknown): void {
  const exchange = getExchange(response);
  if (exchange === undefined) return;
  exchange.requestId = readApplicationId(value) ?? exchange.requestId;
}

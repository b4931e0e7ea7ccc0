import diagnosticsChannel from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { http, https } from '../node/http.js';
import type { Duplex } from 'node:stream';
import { context, type Context } from '@opentelemetry/api';
import { ADMIN_SERVER } from '../context/internal-traffic.js';
import { describeError, warnOnce } from '../diagnostics/diag.js';
import { reportFollowed, reportUnfollowed } from '../hooks/followed.js';
import { attachExchange, Exchange, getExchange, type ExchangeOptions, type Scheme } from './exchange.js';
import { hookMessages } from './message-hook.js';
import { findInherited } from '../hooks/method.js';
import { followPipelined } from './pipelined-exchanges.js';
import { followUpgrade } from './upgrade.js';

/** What the request path needs from the rest of the package. */
export interface ServerHookOptions extends ExchangeOptions {
  /** Called with +1 when a WebSocket opens, -1 when it closes. */
  readonly observeWebSocket: (change: 1 | -1) => void;
  /** A request so malformed that Node answered it alone and made no request object of it. */
  readonly onMalformed: (status: number) => void;
}

type ServerEmit = (this: object, event: unknown, ...args: unknown[]) => unknown;

/** Status that Node answers by itself to what its parser refuses (`lib/_http_server.js`, socketOnError). */
const PARSER_ANSWERS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Watches every `http.Server` and `https.Server` of the process, those that exist already included, by patching
 * their prototypes' `emit` and listening to Node's `http.server.request.start` channel, which also tells of the
 * requests that Node answers without asking the application.
 */
export function hookServers(options: ServerHookOptions): () => void {
  let active = true;
  const lost = 'requests are counted, and their answers have no X-Request-ID';
  hookMessages((what) => reportUnfollowed('node:http', process.versions.node, `it has no ${what}`, lost));
  for (const [prototype, scheme] of [
    [http.Server.prototype, 'http'],
    [https.Server.prototype, 'https'],
  ] as const) {
    wrapServerEmit(prototype as unknown as { emit: ServerEmit }, scheme, options, () => active);
  }
  const onStart = (message: unknown): void => {
    const { request, response, server } = message as StartMessage;
    if (active) begin(server, request, response, server instanceof https.Server ? 'https' : 'http', options);
  };
  diagnosticsChannel.subscribe('http.server.request.start', onStart);
  reportFollowed('node:http', process.versions.node);
  return () => {
    active = false;
    diagnosticsChannel.unsubscribe('http.server.request.start', onStart);
  };
}

interface StartMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
}

function wrapServerEmit(
  prototype: { emit: ServerEmit },
  scheme: Scheme,
  options: ServerHookOptions,
  isActive: () => boolean,
): void {
  const inherited = findInherited(prototype, 'emit');
  prototype.emit = function emit(this: object, event: unknown, ...args: unknown[]): unknown {
    const original = inherited();
    if (!isActive()) return original.call(this, event, ...args);
    const scope = observeEvent(this, event, args, scheme, options);
    if (scope === undefined) return original.call(this, event, ...args);
    return context.with(scope, original as never, this as never, event as never, ...(args as never[]));
  };
}

/** Starts an exchange where the event brings one, and gives the context that its listeners run in. */
function observeEvent(
  server: object,
  event: unknown,
  args: readonly unknown[],
  scheme: Scheme,
  options: ServerHookOptions,
): Context | undefined {
  switch (event) {
    case 'request':
    case 'checkContinue':
    case 'checkExpectation':
      return begin(server, args[0] as IncomingMessage, args[1] as ServerResponse, scheme, options);
    case 'upgrade':
    case 'connect':
      return beginUpgrade(server, args[0] as IncomingMessage, args[1] as Duplex, scheme, options);
    case 'clientError':
      if (!isAdmin(server)) countMalformed(args[0], args[1], options);
      return undefined;
    default:
      return undefined;
  }
}

/** Idempotent: a request that one server hands to another is one request. */
function begin(
  server: object,
  request: IncomingMessage,
  response: ServerResponse,
  scheme: Scheme,
  options: ServerHookOptions,
): Context | undefined {
  if (isAdmin(server)) return undefined;
  const known = getExchange(request);
  if (known !== undefined) return known.context;
  return guard(() => {
    const exchange = new Exchange(request, scheme, options);
    attachExchange(exchange, request, response);
    followPipelined(exchange, request);
    return exchange.context;
  });
}

function beginUpgrade(
  server: object,
  request: IncomingMessage,
  socket: Duplex,
  scheme: Scheme,
  options: ServerHookOptions,
): Context | undefined {
  if (isAdmin(server)) return undefined;
  const known = getExchange(request);
  if (known !== undefined) return known.context;
  return guard(() => {
    const exchange = new Exchange(request, scheme, options);
    attachExchange(exchange, request);
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    followUpgrade(exchange, socket, isWebSocket ? options.observeWebSocket : undefined);
    return exchange.context;
  });
}

/** A connection whose request is being answered is told of by that request; what is left never became one. */
function countMalformed(error: unknown, socket: unknown, options: ServerHookOptions): void {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  // An application emits what it likes.
  if (typeof code !== 'string') return;
  const isParserError = code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE';
  if (!isParserError && code !== 'ERR_HTTP_REQUEST_TIMEOUT') return;
  if ((socket as { _httpMessage?: object | null } | undefined)?._httpMessage) return;
  options.onMalformed(PARSER_ANSWERS[code] ?? 400);
}

function isAdmin(server: object): boolean {
  return (server as { [ADMIN_SERVER]?: boolean })[ADMIN_SERVER] === true;
}

/** The application's request must not fail because of ours, whatever it is made of. */
function guard(work: () => Context): Context | undefined {
  try {
    return work();
  } catch (error) {
    warnOnce('request-not-observed', `a request could not be observed: ${describeError(error)}`);
    return undefined;
  }
}

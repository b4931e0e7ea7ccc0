import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { propagation, ROOT_CONTEXT, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { withRequestScope, type RequestScope } from '../request-context.js';
import { chooseRequestId, REQUEST_ID_HEADER } from './request-id.js';

/** Status of a request whose client went away before it had the whole answer. */
export const CLIENT_CLOSED_REQUEST = 499;
const NOT_FOUND = 404;

/** What is told of a request when it is over. */
export interface RequestEnd {
  /** As the client sent it; see `normaliseMethod` for the label. */
  readonly method: string;
  /** Route template with its mount path; undefined where no route took the request. */
  readonly route: string | undefined;
  readonly status: number;
  /** From the arrival of the request to the last byte handed to the socket, or to the abort. */
  readonly durationSeconds: number;
  readonly scheme: Scheme;
  /** "1.0" or "1.1" */
  readonly protocolVersion: string;
}

/** The one thing the request path does outwards, so that it can be measured and replaced by itself. */
export interface RequestObserver {
  /** Called exactly once for each request. Must not throw. */
  onEnd(end: RequestEnd, span: Context): void;
}

/** How exchanges are made. */
export interface ExchangeOptions {
  /** Starts the request's span below `parent`. */
  readonly startSpan: (request: IncomingMessage, scheme: Scheme, parent: Context) => Span;
  readonly observer: RequestObserver;
}

/** How the request came. */
export type Scheme = 'http' | 'https';

const EXCHANGE = Symbol('barbossa-telemetry.exchange');

interface Carrier {
  [EXCHANGE]?: Exchange;
}

/** A request and its answer, from arrival to the last byte. */
export class Exchange implements RequestScope {
  requestId: string;
  userId?: string;
  /** Route template that took the request, with its mount path. */
  route: string | undefined = undefined;
  /** The last route that saw the request and passed it on with `next()`. */
  passedRoute: string | undefined = undefined;
  /** Mount path of the Express routers the request is inside of, as templates. */
  mountPath = '';
  readonly context: Context;
  readonly #request: IncomingMessage;
  readonly #scheme: Scheme;
  readonly #options: ExchangeOptions;
  readonly #span: Span;
  readonly #startedAtMs = performance.now();
  #ended = false;

  constructor(request: IncomingMessage, scheme: Scheme, options: ExchangeOptions) {
    this.#request = request;
    this.#scheme = scheme;
    this.#options = options;
    this.requestId = chooseRequestId(request.headers[REQUEST_ID_HEADER]);
    const parent = readParent(request.headers);
    this.#span = options.startSpan(request, scheme, parent);
    this.context = withRequestScope(trace.setSpan(parent, this.#span), this);
  }

  /** Ends the exchange; later calls do nothing. */
  end(status: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const durationSeconds = (performance.now() - this.#startedAtMs) / 1000;
    const method = this.#request.method ?? 'HTTP';
    const protocolVersion = this.#request.httpVersion;
    // What a route prepared and a middleware behind it sent is that route's answer; a 404 behind it is nobody's.
    if (status !== NOT_FOUND) this.route ??= this.passedRoute;
    const { route } = this;
    this.#options.observer.onEnd(
      { method, route, status, durationSeconds, scheme: this.#scheme, protocolVersion },
      this.context,
    );
    if (this.#span.isRecording()) this.#describeAnswer(method, status);
    this.#span.end();
  }

  #describeAnswer(method: string, status: number): void {
    const span = this.#span;
    span.setAttribute('http.response.status_code', status);
    if (this.route !== undefined) {
      span.setAttribute('http.route', this.route);
      span.updateName(`${method} ${this.route}`);
    }
    if (status >= 500) {
      span.setAttribute('error.type', String(status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
  }
}

/** Fields of the default propagators; the others do not tell all that they read. */
const W3C_FIELDS: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);
let onlyW3c: boolean | undefined;

/** The trace that the request belongs to. Most carry none, which two look-ups show. */
function readParent(headers: IncomingHttpHeaders): Context {
  onlyW3c ??= propagation.fields().every((field) => W3C_FIELDS.has(field));
  if (onlyW3c && headers['traceparent'] === undefined && headers['baggage'] === undefined) return ROOT_CONTEXT;
  return propagation.extract(ROOT_CONTEXT, headers);
}

/** The exchange that a request or response belongs to. */
export function getExchange(message: object): Exchange | undefined {
  return (message as Carrier)[EXCHANGE];
}

/** Marks a request, and its response where there is one, as parts of an exchange. */
export function attachExchange(exchange: Exchange, request: IncomingMessage, response?: ServerResponse): void {
  (request as Carrier)[EXCHANGE] = exchange;
  if (response !== undefined) (response as Carrier)[EXCHANGE] = exchange;
}

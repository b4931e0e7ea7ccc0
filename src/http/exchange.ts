import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { propagation, ROOT_CONTEXT, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { withRequestScope, type RequestScope } from '../context/request-context.js';
import { createPrivateField } from '../hooks/private-field.js';
import { readLeftRoute } from './left-route.js';
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
  /** Whether a request may say which trace it belongs to and what baggage it brings. */
  readonly trustsCallers: boolean;
}

/** How the request came. */
export type Scheme = 'http' | 'https';

/** A request and its answer, from arrival to the last byte. */
export class Exchange implements RequestScope {
  requestId: string;
  userId?: string;
  /** Route template that took the request, with its mount path. Frameworks say it by `setRoute`. */
  route: string | undefined = undefined;
  /** Asked at the end where nobody has said a route. See `askRoute` in `route.ts`. */
  findRoute: (() => string | undefined) | undefined = undefined;
  /** Where the request is in its framework, whose own matter this is. */
  place: unknown = undefined;
  readonly context: Context;
  /** Until the end: what outlives the request holds its context, which must not hold the request and its body. */
  #request: IncomingMessage | undefined;
  readonly #scheme: Scheme;
  readonly #options: ExchangeOptions;
  readonly #span: Span;
  readonly #startedAtMs = performance.now();
  /** The last route that saw the request and handed it on. */
  #passedRoute: string | undefined = undefined;

  constructor(request: IncomingMessage, scheme: Scheme, options: ExchangeOptions) {
    this.#request = request;
    this.#scheme = scheme;
    this.#options = options;
    // One that an application has made up may have none.
    const headers = (request.headers as IncomingHttpHeaders | undefined) ?? {};
    this.requestId = chooseRequestId(headers[REQUEST_ID_HEADER]);
    const parent = options.trustsCallers ? readParent(headers) : ROOT_CONTEXT;
    this.#span = options.startSpan(request, scheme, parent);
    this.context = withRequestScope(trace.setSpan(parent, this.#span), this);
  }

  /** See `passRoute` in `route.ts`. */
  passRoute(template: string, before: string | undefined): void {
    this.#passedRoute = template;
    this.route = before;
  }

  /** Ends the exchange; later calls do nothing. */
  end(status: number): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#request = undefined;
    const durationSeconds = (performance.now() - this.#startedAtMs) / 1000;
    const method = request.method ?? 'HTTP';
    const protocolVersion = request.httpVersion;
    // What a route prepared and a middleware behind it sent is that route's answer; a 404 behind it is nobody's.
    if (status !== NOT_FOUND) this.route ??= this.#passedRoute;
    this.route ??= this.#findRoute(request);
    const { route } = this;
    this.#options.observer.onEnd(
      { method, route, status, durationSeconds, scheme: this.#scheme, protocolVersion },
      this.context,
    );
    if (this.#span.isRecording()) this.#describeAnswer(method, status);
    this.#span.end();
  }

  /** The exchange outlives the request, and what finds its route would hold it. */
  #findRoute(request: IncomingMessage): string | undefined {
    const { findRoute } = this;
    this.findRoute = undefined;
    if (findRoute !== undefined) return findRoute();
    // A router that we follow has had the request, and has passed it on.
    return this.#passedRoute === undefined ? readLeftRoute(request) : undefined;
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

const exchanges = createPrivateField<Exchange>();

/** The exchange that a request or response belongs to. */
export function getExchange(message: object): Exchange | undefined {
  return exchanges.read(message);
}

/** Marks a request, and its response where there is one, as parts of an exchange. What is marked keeps its mark. */
export function attachExchange(exchange: Exchange, request: IncomingMessage, response?: ServerResponse): void {
  for (const message of [request, response]) {
    if (message !== undefined) exchanges.put(message, exchange);
  }
}

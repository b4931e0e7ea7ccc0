import { performance } from 'node:perf_hooks';
import { context, SpanStatusCode, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import { isTracingSuppressed } from '../../context/internal-traffic.js';
import { normaliseMethod, OTHER_METHOD } from '../../metrics/requests.js';

/** What the hooks of outgoing requests need from the rest of the package. */
export interface CallOptions {
  /** @param describe Gives the span's attributes, for who records it. */
  readonly startSpan: (name: string, describe: () => Attributes, parent: Context) => Span;
  /** Takes the duration of a request that is over, with the attributes of its metric. */
  readonly record: (seconds: number, attributes: Attributes, context: Context) => void;
}

/** Where a request goes. */
export interface Target {
  readonly method: string;
  readonly address: string;
  readonly port: number | undefined;
  /** The span's attributes beside those, asked for where the span is recorded. */
  readonly describe: () => Attributes;
  /** Attributes that the metric of this client has beside the common ones. */
  readonly labels?: Attributes;
}

/** What the answer's head tells. */
export interface CallAnswer {
  readonly status: number | undefined;
  readonly protocolVersion?: string;
}

/** One outgoing request: its span, and what its duration is measured with. */
export class Call {
  /** The context that the request carries on: the span is in it. */
  readonly context: Context;
  readonly #span: Span | undefined;
  readonly #options: CallOptions;
  readonly #labels: Attributes;
  readonly #startMs = performance.now();
  #ended = false;

  constructor(target: Target, options: CallOptions) {
    const parent = context.active();
    this.#options = options;
    const method = normaliseMethod(target.method);
    this.#labels = {
      'http.request.method': method,
      'server.address': target.address,
      ...(target.port === undefined ? {} : { 'server.port': target.port }),
      ...target.labels,
    };
    this.#span = isTracingSuppressed(parent)
      ? undefined
      : options.startSpan(method === OTHER_METHOD ? 'HTTP' : method, () => this.#describe(target), parent);
    this.context = this.#span === undefined ? parent : trace.setSpan(parent, this.#span);
  }

  #describe(target: Target): Attributes {
    const isOther = this.#labels['http.request.method'] !== target.method;
    return { ...this.#labels, ...target.describe(), ...(isOther && { 'http.request.method_original': target.method }) };
  }

  /** Adds to the span what only later events tell. */
  describe(attributes: Attributes): void {
    this.#span?.setAttributes(attributes);
  }

  /** The port was not known before. */
  foundPort(port: number, url: string): void {
    this.#labels['server.port'] = port;
    this.#span?.setAttributes({ 'server.port': port, 'url.full': url });
  }

  /** The answer's head is there. */
  answered({ status, protocolVersion }: CallAnswer): void {
    const known: Attributes = {};
    if (status !== undefined) known['http.response.status_code'] = status;
    if (protocolVersion !== undefined) known['network.protocol.version'] = protocolVersion;
    if (status !== undefined && status >= 400) {
      known['error.type'] = String(status);
      this.#span?.setStatus({ code: SpanStatusCode.ERROR });
    }
    Object.assign(this.#labels, known);
    this.#span?.setAttributes(known);
  }

  /** Ends the call with what went wrong. What the application itself has called off is no error. */
  fail(error: unknown): void {
    if (!this.#ended && !isAbort(error)) this.#markFailed(error);
    this.end();
  }

  #markFailed(error: unknown): void {
    const type = typeOf(error);
    this.#labels['error.type'] = type;
    if (this.#span === undefined) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#span.setAttribute('error.type', type);
    this.#span.recordException(error instanceof Error ? error : message);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  /** The answer has arrived as a whole, or nothing more will come. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#span?.end();
    this.#options.record((performance.now() - this.#startMs) / 1_000, this.#labels, this.context);
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** A short name of the kind of error: its code, else its class. */
function typeOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof code === 'string' && code !== '') return code;
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

import type { IncomingMessage } from 'node:http';
import {
  isSpanContextValid,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

/** A full span of the SDK's, for spans that are exported. */
export function startServerSpan(tracer: Tracer, request: IncomingMessage, scheme: string, parent: Context): Span {
  const attributes = describeRequest(request, scheme);
  return tracer.startSpan(request.method ?? 'HTTP', { kind: SpanKind.SERVER, attributes }, parent);
}

/** What ids are made of where no span is recorded. */
export interface IdSource {
  readonly generateTraceId: () => string;
  readonly generateSpanId: () => string;
  /** Whether a trace that begins here counts as sampled, for services further on. */
  readonly isSampled: (traceId: string) => boolean;
}

/** A span that is nothing but its ids, for spans that nobody exports: a tenth of the cost of a recorded one. */
export function startIdSpan(ids: IdSource, parent: Context): Span {
  const above = trace.getSpanContext(parent);
  if (above !== undefined && isSpanContextValid(above)) {
    return trace.wrapSpanContext({ ...above, spanId: ids.generateSpanId(), isRemote: false });
  }
  const traceId = ids.generateTraceId();
  const traceFlags = ids.isSampled(traceId) ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.wrapSpanContext({ traceId, spanId: ids.generateSpanId(), traceFlags });
}

/** The semantic conventions' attributes of a server span. The query is left out: it is where secrets are. */
function describeRequest(request: IncomingMessage, scheme: string): Attributes {
  const attributes: Attributes = {
    'http.request.method': request.method ?? '_OTHER',
    'url.scheme': scheme,
    'url.path': (request.url ?? '/').split('?', 1)[0] ?? '/',
    'network.protocol.version': request.httpVersion,
  };
  const address = (request.socket as IncomingMessage['socket'] | undefined)?.remoteAddress;
  if (address !== undefined) attributes['client.address'] = address;
  const agent = request.headers['user-agent'];
  if (agent !== undefined) attributes['user_agent.original'] = agent;
  const host = request.headers.host;
  if (host !== undefined) attributes['server.address'] = host;
  return attributes;
}

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

/** How spans that are exported are made. */
export interface SpanMaker {
  readonly tracer: Tracer;
  /** Takes out of a text what nobody may read who reads spans. */
  readonly redact: (text: string) => string;
}

/** A full span of the SDK's, for spans that are exported. */
export function startServerSpan(
  { tracer, redact }: SpanMaker,
  request: IncomingMessage,
  scheme: string,
  parent: Context,
): Span {
  const attributes = describeRequest(request, scheme, redact);
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

/**
 * The semantic conventions' attributes of a server span, without the secrets that are known by their form. The query is
 * left out: it is where the others are.
 */
function describeRequest(request: IncomingMessage, scheme: string, redact: SpanMaker['redact']): Attributes {
  const attributes: Attributes = {
    'http.request.method': request.method ?? '_OTHER',
    'url.scheme': scheme,
    'network.protocol.version': request.httpVersion,
  };
  const socket = request.socket as IncomingMessage['socket'] | undefined;
  if (socket?.remoteAddress !== undefined) attributes['client.address'] = socket.remoteAddress;
  const path = readPath(request.url ?? '/');
  if (path !== undefined) attributes['url.path'] = redact(path);
  const agent = request.headers['user-agent'];
  if (agent !== undefined) attributes['user_agent.original'] = redact(agent);
  const { address, port } = findServerAddress(request, scheme);
  if (address !== undefined) attributes['server.address'] = redact(address);
  if (port !== undefined) attributes['server.port'] = port;
  return attributes;
}

/** The path of a request target: a path, a whole URL (to a proxy) or `*`; `CONNECT` has none. */
function readPath(target: string): string | undefined {
  if (target.startsWith('/') || target === '*') return target.split(/[?#]/, 1)[0];
  return readUrl(target)?.pathname;
}

function readUrl(target: string): URL | undefined {
  // `example.com:443` is a URL to the parser: of the scheme `example.com`.
  return /^https?:\/\//i.test(target) && URL.canParse(target) ? new URL(target) : undefined;
}

interface ServerAddress {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** An IPv6 address in brackets, else a name or an IPv4 address; and a port. */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.~%-]+))(?::(\d{1,5})?)?$/i;
const MAX_HOST_CHARS = 255;
const MAX_PORT = 65_535;

/** Where the client meant to go; where it says nothing that can be read, where the request has arrived. */
function findServerAddress(request: IncomingMessage, scheme: string): ServerAddress {
  const target = request.url ?? '/';
  // A request target that names its host goes before the header (RFC 9112, 3.2.2).
  const named = request.method === 'CONNECT' ? target : (readUrl(target)?.host ?? request.headers.host);
  const match = named === undefined || named.length > MAX_HOST_CHARS ? null : HOST.exec(named);
  const port = Number(match?.[3] ?? (scheme === 'https' ? 443 : 80));
  if (match !== null && port <= MAX_PORT) return { address: (match[1] ?? match[2])?.toLowerCase(), port };
  const socket = request.socket as IncomingMessage['socket'] | undefined;
  return { address: socket?.localAddress, port: socket?.localPort };
}

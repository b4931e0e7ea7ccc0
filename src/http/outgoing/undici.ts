import diagnosticsChannel from 'node:diagnostics_channel';
import { context, type Context } from '@opentelemetry/api';
import { describeError, warnOnce } from '../../diagnostics/diag.js';
import { isInternalTraffic } from '../../context/internal-traffic.js';
import { redactText } from '../../logs/redaction.js';
import { Call, type CallOptions, type Target } from './call.js';
import { HeaderText, chooseHeaders } from './headers.js';

/** A request of undici's, as its channels show it: the one that sends, which has nothing of the caller's objects. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly path: string;
  /** The protocol that is asked for. */
  readonly upgrade?: string | boolean | null;
  /** Names and values in turn; before undici 6 a text of lines. */
  headers: string | (string | readonly string[])[];
}

interface UndiciMessage {
  readonly request: UndiciRequest;
  readonly response?: { readonly statusCode: number };
  readonly socket?: { remoteAddress?: string; remotePort?: number; alpnProtocol?: string | false | null };
  readonly error?: unknown;
}

const calls = new WeakMap<UndiciRequest, Call>();

/**
 * Observes what Node's `fetch` and every copy of undici send, by undici's own channels. Answered from a mock, or from
 * a cache, nothing is sent and nothing told.
 */
export function hookUndici(options: CallOptions): () => void {
  const handlers = {
    'undici:request:create': ({ request }: UndiciMessage) => begin(request, options),
    'undici:client:sendHeaders': takeSocket,
    'undici:request:headers': ({ request, response }: UndiciMessage) =>
      calls.get(request)?.answered({ status: response?.statusCode }),
    'undici:request:trailers': ({ request }: UndiciMessage) => calls.get(request)?.end(),
    'undici:request:error': ({ request, error }: UndiciMessage) => calls.get(request)?.fail(error),
  };
  const stops = Object.entries(handlers).map(([channel, handle]) => subscribe(channel, handle));
  return () => {
    for (const stop of stops) stop();
  };
}

function subscribe(channel: string, handle: (message: UndiciMessage) => void): () => void {
  const onMessage = (message: unknown): void => {
    try {
      handle(message as UndiciMessage);
    } catch (error) {
      warnOnce('call-not-observed', `an outgoing request could not be observed: ${describeError(error)}`);
    }
  };
  diagnosticsChannel.subscribe(channel, onMessage);
  return () => void diagnosticsChannel.unsubscribe(channel, onMessage);
}

function begin(request: UndiciRequest, options: CallOptions): void {
  // A tunnel through a proxy: what goes through it is a request of its own.
  if (request.method === 'CONNECT' || isInternalTraffic()) return;
  addHeaders(request, isUpgrade(request) ? context.active() : beginCall(request, options).context);
}

/** Before undici 7 nothing tells of the answer to an upgrade: a span would never end. */
function isUpgrade({ upgrade }: UndiciRequest): boolean {
  return typeof upgrade === 'string' && upgrade !== '';
}

function beginCall(request: UndiciRequest, options: CallOptions): Call {
  const call = new Call(describeTarget(request), options);
  calls.set(request, call);
  return call;
}

function addHeaders(request: UndiciRequest, active: Context): void {
  const headers = openHeaders(request);
  for (const [name, value] of Object.entries(chooseHeaders(active, headers.read))) headers.set(name, value);
}

function takeSocket({ request, socket }: UndiciMessage): void {
  const call = calls.get(request);
  if (call === undefined || socket === undefined) return;
  const { remoteAddress, remotePort, alpnProtocol } = socket;
  call.answered({ status: undefined, protocolVersion: alpnProtocol === 'h2' ? '2' : '1.1' });
  if (remoteAddress === undefined || remotePort === undefined) return;
  call.describe({ 'network.peer.address': remoteAddress, 'network.peer.port': remotePort });
}

interface Headers {
  readonly read: (name: string) => string | undefined;
  readonly set: (name: string, value: string) => void;
}

function openHeaders(request: UndiciRequest): Headers {
  const { headers } = request;
  if (typeof headers !== 'string') return { read: (name) => readPair(headers, name), set: setPair.bind(null, headers) };
  const text = new HeaderText(headers);
  const set = (name: string, value: string): void => {
    text.set(name, value);
    request.headers = text.toString();
  };
  return { read: text.read, set };
}

type Pairs = (string | readonly string[])[];

function readPair(headers: Pairs, name: string): string | undefined {
  const value = headers[findPair(headers, name, 0) + 1];
  return typeof value === 'string' ? value : value?.[0];
}

/** Index of the first pair of a name from an index on; where there is none, of what comes behind the last one. */
function findPair(headers: Pairs, name: string, from: number): number {
  const wanted = name.toLowerCase();
  for (let at = from; at < headers.length; at += 2) {
    const found = headers[at];
    if (typeof found === 'string' && found.toLowerCase() === wanted) return at;
  }
  return headers.length;
}

function setPair(headers: Pairs, name: string, value: string): void {
  const at = findPair(headers, name, 0);
  headers.splice(at, 2, name, value);
  for (let next = findPair(headers, name, at + 2); next < headers.length; next = findPair(headers, name, next)) {
    headers.splice(next, 2);
  }
}

/** A path may look like a URL without a scheme (`//x`): it is a path all the same. A whole URL is for a proxy. */
function readUrl({ path, origin }: UndiciRequest): URL {
  if (/^https?:\/\//i.test(path) && URL.canParse(path)) return new URL(path);
  return new URL(`${new URL(origin).origin}${path.startsWith('/') ? '' : '/'}${path}`);
}

function describeTarget(request: UndiciRequest): Target {
  const url = readUrl(request);
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  return {
    method: request.method,
    address: url.hostname,
    port,
    labels: { 'url.scheme': scheme },
    describe: () => {
      const agent = openHeaders(request).read('user-agent');
      return {
        'url.full': redactText(url.href),
        'url.path': redactText(url.pathname),
        'url.query': redactText(url.search),
        ...(agent !== undefined && { 'user_agent.original': agent }),
      };
    },
  };
}

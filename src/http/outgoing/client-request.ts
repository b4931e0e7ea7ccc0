import diagnosticsChannel from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { http } from '../../node/http.js';
import { describeError, warnOnce } from '../../diagnostics/diag.js';
import { isInternalTraffic, isInternalAgent } from '../../context/internal-traffic.js';
import { Call, type CallOptions, type Target } from './call.js';
import { changeHeads } from '../stored-head.js';
import { HeaderText, chooseHeaders } from './headers.js';
import { redactText } from '../../logs/redaction.js';

/** Node's own, where the text of the headers is made: of whichever form they were given in, also before any channel tells. */
type RequestEmit = (this: ClientRequest, event: string | symbol, ...args: unknown[]) => boolean;

/** What Node keeps of a request. */
interface Kept {
  readonly agent: { readonly defaultPort?: unknown } | undefined;
  readonly res: IncomingMessage | null;
  /** By `abort()`, which says less than an error and is still in use. */
  readonly aborted: boolean;
  _header: string | null;
}

/** The calls of requests; undefined is one that is over, or not to be observed. Nothing is put on the request itself. */
const calls = new WeakMap<ClientRequest, Call | undefined>();

let options: CallOptions | undefined;
let isHooked = false;

/**
 * Observes every `http.ClientRequest`. `http.request` and `http.get` are left alone, and so are the request's own
 * properties and listeners: see docs/adr/0017.
 */
export function hookClientRequests(given: CallOptions): () => void {
  options = given;
  if (!isHooked) {
    isHooked = true;
    const isHeadKnown = changeHeads((message) => {
      if (message instanceof http.ClientRequest) observe(message, addHeaders);
    });
    if (!isHeadKnown) {
      warnOnce(
        'call-headers',
        'this Node makes headers in a way we cannot follow: http requests carry no trace context',
      );
    }
    hookEmit();
  }
  const onCreated = (message: unknown): void => observe((message as { request: ClientRequest }).request, findCall);
  diagnosticsChannel.subscribe('http.client.request.created', onCreated);
  return () => {
    options = undefined;
    diagnosticsChannel.unsubscribe('http.client.request.created', onCreated);
  };
}

function hookEmit(): void {
  const { prototype } = http.ClientRequest;
  const above = Object.getPrototypeOf(prototype) as { emit: RequestEmit };
  prototype.emit = function emit(this: ClientRequest, event: string | symbol, ...args: unknown[]): boolean {
    if (calls.get(this) !== undefined) observe(this, (request) => follow(request, event, args[0]));
    // Looked up each time: `domain`, and whoever else patches emitters, may come later.
    return above.emit.call(this, event, ...args);
  };
}

/** The application's request must not fail because of ours. */
function observe(request: ClientRequest, work: (request: ClientRequest) => void): void {
  if (options === undefined) return;
  try {
    work(request);
  } catch (error) {
    warnOnce('call-not-observed', `an outgoing request could not be observed: ${describeError(error)}`);
  }
}

/** The call of a request, begun where it is seen for the first time. */
function findCall(request: ClientRequest): Call | undefined {
  if (calls.has(request) || options === undefined) return calls.get(request);
  const isOurs = isInternalTraffic() || isInternalAgent((request as unknown as Kept).agent);
  const call = isOurs ? undefined : new Call(describeTarget(request), options);
  calls.set(request, call);
  return call;
}

/** Puts the headers of the call's context into the text that Node has made. */
function addHeaders(request: ClientRequest): void {
  const call = findCall(request);
  // A tunnel carries nothing: what goes through it is a request of its own.
  if (call === undefined || request.method === 'CONNECT') return;
  const kept = request as unknown as Kept;
  if (kept._header === null) return;
  const text = new HeaderText(kept._header);
  for (const [name, value] of Object.entries(chooseHeaders(call.context, text.read))) {
    text.set(name, value);
  }
  kept._header = text.toString();
}

function follow(request: ClientRequest, event: string | symbol, detail: unknown): void {
  const call = calls.get(request);
  if (call === undefined) return;
  switch (event) {
    case 'response':
    case 'upgrade':
    case 'connect':
      return takeAnswer(call, request, detail as IncomingMessage);
    case 'error':
      calls.set(request, undefined);
      findPortLate(call, request, (detail as { port?: unknown } | undefined)?.port);
      return (request as unknown as Kept).aborted ? call.end() : call.fail(detail);
    case 'close':
      calls.set(request, undefined);
      return finish(call, request);
    default:
      return undefined;
  }
}

function takeAnswer(call: Call, request: ClientRequest, { statusCode, httpVersion, socket }: IncomingMessage): void {
  call.answered({ status: statusCode, protocolVersion: httpVersion });
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return;
  findPortLate(call, request, remotePort);
  call.describe({ 'network.peer.address': remoteAddress, 'network.peer.port': remotePort });
}

/** The last event of a request: its answer was read, was cut off, is not wanted, or never came. */
function finish(call: Call, request: ClientRequest): void {
  const { res } = request as unknown as Kept;
  if (res === null || res.complete || res.errored === null) return call.end();
  call.fail(res.errored);
}

function describeTarget(request: ClientRequest): Target {
  const { method, protocol, path } = request;
  const address = request.host;
  const port = findPort(request, readHeader(request, 'host'));
  return {
    method,
    address,
    port,
    describe: () => {
      const agent = readHeader(request, 'user-agent');
      return {
        'url.full': describeUrl({ protocol, address, port, path }),
        ...(agent !== undefined && { 'user_agent.original': agent }),
      };
    },
  };
}

/** Node keeps the port in the `Host` header that it makes, and only where it is not the agent's. */
function findPort(request: ClientRequest, hostHeader: string | undefined): number {
  if (isOwnHost(request, hostHeader)) {
    const [, port] = /:(\d{1,5})$/.exec(hostHeader) ?? [];
    if (port !== undefined) return Number(port);
  }
  const { agent } = request as unknown as Kept;
  if (typeof agent?.defaultPort === 'number') return agent.defaultPort;
  return request.protocol === 'https:' ? 443 : 80;
}

/** Whether the header is what Node makes of the host that is connected to, and not the application's word. */
function isOwnHost({ host }: ClientRequest, hostHeader: string | undefined): hostHeader is string {
  if (hostHeader === undefined) return false;
  const name = hostHeader.replace(/:\d{1,5}$/, '');
  return hostHeader === host || name === host || name === `[${host}]`;
}

/** Where the application has set `Host`, the port is known from the connection alone. */
function findPortLate(call: Call, request: ClientRequest, port: unknown): void {
  if (typeof port !== 'number' || isOwnHost(request, readHeader(request, 'host'))) return;
  const { protocol, host, path } = request;
  call.foundPort(port, describeUrl({ protocol, address: host, port, path }));
}

function readHeader(request: ClientRequest, name: string): string | undefined {
  const value = request.getHeader(name) ?? new HeaderText((request as unknown as Kept)._header ?? '').read(name);
  return value === undefined ? undefined : String(value);
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where a request goes, as its options say. */
export interface UrlParts {
  /** With the colon. */
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  /** With the query; a whole URL where the request goes to a proxy. */
  readonly path: string;
}

/** The URL of a request for those who read spans: no credentials, and nothing that is secret by its name or its form. */
export function describeUrl({ protocol, address, port, path }: UrlParts): string {
  if (/^https?:\/\//i.test(path)) return redactText(withoutCredentials(path));
  const host = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  const shownPort = DEFAULT_PORTS[protocol] === port ? '' : `:${port}`;
  return redactText(`${protocol}//${host}${shownPort}${path}`);
}

function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1');
}

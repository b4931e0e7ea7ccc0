import type { Agent, ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { markInternalAgent } from '../context/internal-traffic.js';
import { http } from '../node/http.js';
import { Connector, type Proxy } from './connect.js';
import type { PemFiles } from '../config/log-transport.js';
import { createLookup } from './lookup.js';

const KEEP_ALIVE_MS = 30_000;
/** One, for as long as no request hangs. */
const MAX_SOCKETS = 20;

/** The way to the collector. */
export interface TransportOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** Default: straight to the collector. */
  readonly proxy?: Proxy | undefined;
  /** Default: the roots that Node trusts, no certificate of our own. */
  readonly pemFiles?: PemFiles | undefined;
}

/** Opens requests over one connection that is kept, and never keeps the process alive. */
export interface Transport {
  /** To be awaited before a request: lets go of a connection that was made with certificates that are replaced since. */
  prepare(): Promise<void>;
  /** A POST that waits for its body. */
  request(headers: OutgoingHttpHeaders): ClientRequest;
  close(): void;
}

/** Makes a transport. Nothing is connected until the first request. */
export function createTransport({ url, timeoutMs, proxy, pemFiles = {} }: TransportOptions): Transport {
  const target = new URL(url);
  const connector = new Connector({ target, proxy, pemFiles, timeoutMs, lookup: createLookup() });
  const viaProxy = proxy !== undefined && target.protocol === 'http:';
  const login =
    viaProxy && proxy.authorization !== undefined ? { 'proxy-authorization': proxy.authorization } : undefined;
  let agent = createAgent(connector);
  const agents = new Set([agent]);
  /** Its idle connections end now, those with a request on them behind it. */
  const retire = (last: Agent): void => {
    last.maxFreeSockets = 0;
    for (const socket of Object.values(last.freeSockets).flat()) socket?.destroy();
    if (Object.keys(last.sockets).length === 0) agents.delete(last);
  };
  return {
    prepare: async () => {
      if (!(await connector.isOutdated())) return;
      const last = agent;
      agent = createAgent(connector);
      agents.add(agent);
      retire(last);
    },
    request: (headers) =>
      http.request({
        method: 'POST',
        agent,
        // The connection is the agent's affair; these are its name.
        host: target.hostname,
        port: target.port,
        // A proxy is told where to, where it is not asked for a tunnel (RFC 9112, 3.2.2).
        path: viaProxy ? target.href : target.pathname + target.search,
        headers: { host: target.host, ...headers, ...login },
      }),
    close: () => {
      connector.close();
      for (const each of agents) each.destroy();
    },
  };
}

type Connected = (error: Error | null, socket?: unknown) => void;

function createAgent(connector: Connector): Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: KEEP_ALIVE_MS });
  markInternalAgent(agent);
  const createConnection = (_options: object, connected: Connected): void => {
    // Out of the promise: what the callback throws is not a rejection of ours.
    void connector.connect().then(
      (socket) => process.nextTick(connected, null, socket),
      (error: unknown) => process.nextTick(connected, error),
    );
  };
  return Object.assign(agent, { createConnection });
}

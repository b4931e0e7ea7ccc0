import net, { type LookupFunction } from 'node:net';
import tls from 'node:tls';
import { settleOnce } from '../timing/settle-once.js';
import type { PemFiles } from '../config/log-transport.js';
import { Certificates } from './certificates.js';

/** A proxy that requests go through. */
export interface Proxy {
  /** Without credentials. */
  readonly url: string;
  /** Value of `Proxy-Authorization`. Secret. */
  readonly authorization?: string | undefined;
}

/** Where to connect to. */
export interface ConnectorOptions {
  readonly target: URL;
  readonly proxy: Proxy | undefined;
  readonly pemFiles: PemFiles;
  /** Longest time until a connection can be used. */
  readonly timeoutMs: number;
  readonly lookup: LookupFunction;
}

/** Sockets of one connection that is being made: its own, and the proxy's. */
type ConnectAttempt = Set<net.Socket>;

/** Of the answer to `CONNECT`, with the interim ones before it. */
const MAX_HEAD_BYTES = 16_384;
const HEAD_END = '\r\n\r\n';

/** Makes connections to one server, straight or through a proxy. None of them keeps the process alive. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #certificates: Certificates;
  readonly #attempts = new Set<ConnectAttempt>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#certificates = new Certificates(options.pemFiles);
  }

  /** Whether a new connection would be made with other certificates than those before it. */
  async isOutdated(): Promise<boolean> {
    return this.#options.target.protocol === 'https:' && this.#certificates.haveChanged();
  }

  /** A connection that requests can be written to. Rejects at the deadline. */
  async connect(): Promise<net.Socket> {
    const { target, timeoutMs } = this.#options;
    const attempt: ConnectAttempt = new Set();
    this.#attempts.add(attempt);
    const expire = (): void => giveUp(attempt, new Error(`no connection within ${timeoutMs} ms`));
    const timer = setTimeout(expire, timeoutMs).unref();
    try {
      return target.protocol === 'https:' ? await this.#connectSecurely(target, attempt) : await this.#dial(attempt);
    } finally {
      clearTimeout(timer);
      this.#attempts.delete(attempt);
    }
  }

  /** Gives up what is being connected. */
  close(): void {
    for (const attempt of this.#attempts) giveUp(attempt);
  }

  async #connectSecurely(target: URL, attempt: ConnectAttempt): Promise<net.Socket> {
    const identity = await this.#certificates.read();
    if (this.#options.proxy === undefined) {
      return open(tls.connect({ ...this.#place(target), ...secure(target), ...identity }), attempt);
    }
    const tunnel = await this.#dial(attempt);
    try {
      await this.#askForTunnel(tunnel, target, attempt);
      return await open(tls.connect({ socket: tunnel, ...secure(target), ...identity }), attempt);
    } catch (error) {
      tunnel.destroy();
      throw error;
    }
  }

  /** To the proxy where there is one. */
  #dial(attempt: ConnectAttempt): Promise<net.Socket> {
    const { proxy, target } = this.#options;
    const url = proxy === undefined ? target : new URL(proxy.url);
    const place = this.#place(url);
    return open(url.protocol === 'https:' ? tls.connect({ ...place, ...secure(url) }) : net.connect(place), attempt);
  }

  #place(url: URL): net.TcpNetConnectOpts {
    const { lookup } = this.#options;
    return { host: bareHost(url), port: portOf(url), lookup, noDelay: true, keepAlive: true };
  }

  /** RFC 9110, 9.3.6. */
  #askForTunnel(socket: net.Socket, target: URL, attempt: ConnectAttempt): Promise<void> {
    const { proxy } = this.#options;
    const place = `${target.hostname}:${portOf(target)}`;
    const login = proxy?.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    socket.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\nUser-Agent: barbossa-telemetry\r\n${login}\r\n`);
    return wait(socket, attempt, (resolve, reject) => {
      let head = '';
      let size = 0;
      const read = (chunk: Buffer): void => {
        head += chunk.toString('latin1');
        size += chunk.length;
        // Interim answers come before the one that counts (RFC 9110, 15.2); 101 is none that was asked for.
        while (/^HTTP\/1\.[01] 1(?!01)\d\d\b/.test(head) && head.includes(HEAD_END)) {
          head = head.slice(head.indexOf(HEAD_END) + HEAD_END.length);
        }
        const end = head.indexOf(HEAD_END);
        if (end === -1 && size < MAX_HEAD_BYTES) return;
        socket.off('data', read).pause();
        const [line = ''] = head.split('\r\n', 1);
        if (end !== -1 && end === head.length - HEAD_END.length && /^HTTP\/1\.[01] 2\d\d\b/.test(line)) resolve();
        else reject(new Error(`the proxy answers ${JSON.stringify(line.slice(0, 100))}`));
      };
      socket.on('data', read);
    });
  }
}

/** Ends what is on its way to a connection. */
function giveUp(attempt: ConnectAttempt, reason?: Error): void {
  for (const socket of attempt) socket.destroy(reason);
}

function open<S extends net.Socket>(socket: S, attempt: ConnectAttempt): Promise<S> {
  return wait(socket, attempt, (resolve) => {
    socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => {
      // Where one address after the other was tried, this is another handle than the first.
      socket.unref();
      resolve(socket);
    });
  });
}

/** Until something has happened to a socket, or the socket has ended. */
function wait<T>(
  socket: net.Socket,
  attempt: ConnectAttempt,
  watch: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  socket.unref();
  attempt.add(socket);
  return settleOnce<T>((resolve, reject) => {
    // Stays: an error between this and what the connection is used for must not be the application's.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed before it could be used')));
    watch(resolve, reject);
  });
}

/** The name that a certificate is looked at for. */
function secure(url: URL): tls.ConnectionOptions {
  const host = bareHost(url).replace(/\.$/, '');
  return { ALPNProtocols: ['http/1.1'], ...(net.isIP(host) === 0 ? { servername: host } : { host }) };
}

function bareHost({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

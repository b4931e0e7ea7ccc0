import type { Server } from 'node:http';
import { describeError } from '../diagnostics/diag.js';
import { channel } from 'node:diagnostics_channel';

/** Ports that a cluster worker tries, from the configured one upward. */
const MAX_PORTS = 64;
const LAST_PORT = 65_535;

/** Where a server is to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Takes the lowest free port of the 64 from `port` upward. Has no effect on port 0. */
  readonly walk: boolean;
}

/** Lets the server listen. Rejects with the error of the last port that was tried. */
export async function listen(server: Server, { host, port, walk }: ListenOptions): Promise<void> {
  if (isNetworkDenied()) throw Object.assign(new Error('the network is denied'), { code: ACCESS_DENIED });
  const lastPort = walk && port !== 0 ? lastOf(port) : port;
  for (let tried = port; ; tried += 1) {
    try {
      await listenOnce(server, host, tried);
      return;
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE' || tried >= lastPort) throw error;
    }
  }
}

const ACCESS_DENIED = 'ERR_ACCESS_DENIED';

/**
 * Whether Node's permission model keeps this process from the network (`--permission` without `--allow-net`, new in
 * Node 25). To be asked first: Node throws then where nobody can catch it, which ends the application.
 */
function isNetworkDenied(): boolean {
  const { permission } = process as { permission?: { has: (scope: string) => boolean } };
  return permission?.has('net') === false && process.allowedNodeEnvironmentFlags.has('--allow-net');
}

/** The one line for a server that cannot listen: where, why, and what to do. */
export function describeListenProblem({ host, port, walk }: ListenOptions, error: unknown): string {
  const ports = walk && port !== 0 && errorCode(error) === 'EADDRINUSE' ? `${port}-${lastOf(port)}` : `${port}`;
  const [why, advice] = explain(error);
  return (
    `no metrics and no health endpoints: cannot listen on ${formatHostPort(host, ports)} (${why}); ` +
    `${advice}. The application runs on`
  );
}

/** `host:port`, an IPv6 address in brackets. */
export function formatHostPort(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function lastOf(port: number): number {
  return Math.min(port + MAX_PORTS - 1, LAST_PORT);
}

function listenOnce(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const listening = (): void => {
      server.removeListener('error', failed);
      resolve();
    };
    const failed = (error: Error): void => {
      server.removeListener('listening', listening);
      reject(error);
    };
    server.once('listening', listening);
    server.once('error', failed);
    // exclusive: a cluster worker listens by itself; a socket shared through the primary would answer for any worker.
    server.listen({ host, port, exclusive: true });
  });
}

function explain(error: unknown): [why: string, advice: string] {
  const setPort = 'set OTEL_EXPORTER_PROMETHEUS_PORT to a free port, or to 0 for any';
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return ['the port is taken', setPort];
    case 'EACCES':
    case 'EPERM':
      return ['permission denied', 'set OTEL_EXPORTER_PROMETHEUS_PORT to a port above 1023'];
    case ACCESS_DENIED:
      return ['Node does not permit it', 'allow it with --allow-net'];
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return ['not an address of this machine', 'set OTEL_EXPORTER_PROMETHEUS_HOST to one, for instance 127.0.0.1'];
    default:
      return [describeError(error), 'set OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT'];
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What Node tells those who ask about servers that begin to listen. */
const CHANNELS = ['asyncStart', 'asyncEnd', 'error'].map((event) => channel(`tracing:net.server.listen:${event}`));

type Publish = (message: unknown) => void;

/**
 * Lets a server of ours listen unseen by the application's subscribers: it would see servers that it has not made. Other
 * servers are told of meanwhile.
 */
export async function listenUnseen(server: Server, work: () => Promise<void>): Promise<void> {
  const isOurs = (message: unknown): boolean => (message as { server?: unknown } | undefined)?.server === server;
  for (const each of CHANNELS) {
    // Node changes the prototype of a channel with its first subscriber, and publishes by the method that is there then.
    const publish: Publish = (message) => {
      if (!isOurs(message)) (Object.getPrototypeOf(each) as { publish: Publish }).publish.call(each, message);
    };
    Object.defineProperty(each, 'publish', { value: publish, configurable: true, writable: true });
  }
  try {
    await work();
  } finally {
    for (const each of CHANNELS) Reflect.deleteProperty(each, 'publish');
  }
}

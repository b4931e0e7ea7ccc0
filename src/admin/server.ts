import cluster from 'node:cluster';
import type { IncomingHttpHeaders, Server, ServerOptions } from 'node:http';
import { ADMIN_SERVER } from '../context/internal-traffic.js';
import { http, https } from '../node/http.js';
import { describeError, diag, warnOnce } from '../diagnostics/diag.js';
import { followRenewal, readCertificate, type CertificateFiles } from './certificate.js';
import { makeHostCheck } from './host-check.js';
import { makeIndexAnswer, type ServiceIdentity } from './index-page.js';
import { describeListenProblem, formatHostPort, listen, type ListenOptions, listenUnseen } from './listen.js';
import { makeLoginCheck } from './login.js';
import { makeRequestHandler, type RequestLimits } from './request-handler.js';
import type { Answer, Route } from './route.js';

/** Limits that keep slow, idle and hostile clients from holding anything for long. */
export interface AdminLimits extends RequestLimits {
  /** Longest time for the head of a request, in milliseconds, from the connection on. Default: 5,000. */
  readonly headersMs: number;
  /** Longest time for a whole request, in milliseconds. Default: 10,000. */
  readonly requestMs: number;
  /** Longest time that a connection may be idle between requests, in milliseconds. Default: 5,000. */
  readonly keepAliveMs: number;
  /** Connections at the same time; further ones are closed at once. Default: 64. */
  readonly maxConnections: number;
  /** Requests on one connection; further ones on it are answered 503. Default: 100. */
  readonly maxRequestsPerConnection: number;
}

const DEFAULT_LIMITS: AdminLimits = {
  answerMs: 12_000,
  sendMs: 10_000,
  maxBodyBytes: 65_536,
  headersMs: 5_000,
  requestMs: 10_000,
  keepAliveMs: 5_000,
  maxConnections: 64,
  maxRequestsPerConnection: 100,
};

/** Who may ask, and how. */
export interface AdminAccess {
  /** Names in `Host` that are taken beside localhost, addresses and the machine's name. Default: none. */
  readonly hosts?: readonly string[];
  /** File with logins. Default: nobody is asked for one. */
  readonly loginFile?: string | undefined;
  /** Default: HTTP without TLS. */
  readonly certificate?: CertificateFiles | undefined;
}

/** What the admin server serves, and where. */
export interface AdminServerOptions {
  readonly host: string;
  /** 0 takes any free port. A cluster worker takes the lowest free port of the 64 from here upward. */
  readonly port: number;
  /** Named on the index page. */
  readonly service: ServiceIdentity;
  /** Everything but `/`, which lists them. */
  readonly routes: readonly Route[];
  /** What a browser gets at `/` in place of the list; undefined for all others. */
  readonly home?: (headers: IncomingHttpHeaders) => Answer | undefined;
  readonly access?: AdminAccess;
  readonly limits?: Partial<AdminLimits>;
}

/** Where the admin server listens. */
export interface AdminAddress {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, or `https:` */
  readonly url: string;
}

/** A running admin server. */
export interface AdminServer {
  /** Where it listens, or undefined where it cannot: that was a warning already. Never rejects. */
  readonly ready: Promise<AdminAddress | undefined>;
  /** Where it listens now, if it does. */
  readonly address: () => AdminAddress | undefined;
  /** Stops listening and cuts all connections. Never rejects. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the HTTP server for metrics and health. Never throws, and never keeps the process alive: neither the server
 * nor its connections count for the event loop. Where it cannot listen, one warning says why and what to do.
 * In a cluster each worker listens by itself, on a port of its own, since each has metrics of its own.
 */
export function startAdminServer(options: AdminServerOptions): AdminServer {
  const server = makeServerOrTell(options);
  if (server === undefined) {
    return { ready: Promise.resolve(undefined), address: () => undefined, close: () => Promise.resolve() };
  }
  const where = { host: options.host, port: options.port, walk: cluster.isWorker };
  const ready = open(server, where).then((address) => {
    if (address !== undefined) warnIfOpen(address, options.access);
    return address;
  });
  return {
    ready,
    address: () => addressOf(server),
    close: async () => {
      await ready;
      await shut(server);
    },
  };
}

/** Undefined where the certificate is of no use: what is meant to be private is not served without it. */
function makeServerOrTell(options: AdminServerOptions): Server | undefined {
  try {
    return makeServer(options, { ...DEFAULT_LIMITS, ...options.limits });
  } catch (error) {
    const setting = 'BARBOSSA_ADMIN_CERT_FILE and BARBOSSA_ADMIN_KEY_FILE';
    diag.warn(
      `no metrics and no health endpoints: certificate and key cannot be used (${describeError(error)}); ` +
        `set ${setting}. The application runs on`,
    );
    return undefined;
  }
}

function makeServer({ service, routes, home, host, access = {} }: AdminServerOptions, limits: AdminLimits): Server {
  const listed = routes.filter(({ about }) => about !== '');
  const answer = (headers: IncomingHttpHeaders): Answer => home?.(headers) ?? makeIndexAnswer(service, listed);
  const index: Route = { path: '/', about: 'This page.', answer };
  const server = createListener(access.certificate, {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    // How often Node looks for connections past the limits above; its own timer does not hold the process.
    connectionsCheckingInterval: Math.max(50, limits.headersMs / 5),
    maxHeaderSize: 16_384,
  });
  const checks = {
    checkHost: makeHostCheck([host, ...(access.hosts ?? [])]),
    checkLogin: access.loginFile === undefined ? undefined : makeLoginCheck(access.loginFile),
  };
  Object.assign(server, { [ADMIN_SERVER]: true });
  server.maxConnections = limits.maxConnections;
  server.maxRequestsPerSocket = limits.maxRequestsPerConnection;
  server.unref();
  server.on('connection', (socket) => socket.unref());
  const handleRequest = makeRequestHandler([index, ...routes], checks, limits);
  server.on('request', handleRequest);
  // Nobody needs to send us a body: the answer comes instead of "100 Continue".
  server.on('checkContinue', handleRequest);
  return server;
}

function createListener(certificate: CertificateFiles | undefined, options: ServerOptions): Server {
  if (certificate === undefined) return http.createServer(options);
  const pair = readCertificate(certificate);
  const server = https.createServer({ ...options, ...pair, handshakeTimeout: options.headersTimeout });
  followRenewal(server, certificate);
  server.on('secureConnection', (socket) => socket.unref());
  return server;
}

async function open(server: Server, where: ListenOptions): Promise<AdminAddress | undefined> {
  try {
    await listenUnseen(server, () => listen(server, where));
  } catch (error) {
    diag.warn(describeListenProblem(where, error));
    await shut(server);
    return undefined;
  }
  server.on('error', (error) => warnOnce('admin:server', `the admin server: ${describeError(error)}`));
  return addressOf(server);
}

/** Once for all that is missing: two lines would be read as one. */
function warnIfOpen({ host, url }: AdminAddress, { loginFile, certificate }: AdminAccess = {}): void {
  const missing = [
    ...(loginFile === undefined ? ['without a login (BARBOSSA_ADMIN_LOGIN_FILE)'] : []),
    ...(certificate === undefined ? ['without TLS (BARBOSSA_ADMIN_CERT_FILE, BARBOSSA_ADMIN_KEY_FILE)'] : []),
  ];
  if (missing.length === 0 || isLoopback(host)) return;
  diag.warn(`metrics and health are open to the network at ${url}, ${missing.join(' and ')}`);
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(address);
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The error says that it was not listening, which is what is wanted.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function addressOf(server: Server): AdminAddress | undefined {
  const address = server.address();
  if (address === null || typeof address === 'string') return undefined;
  const scheme = server instanceof https.Server ? 'https' : 'http';
  return {
    host: address.address,
    port: address.port,
    url: `${scheme}://${formatHostPort(address.address, address.port)}`,
  };
}

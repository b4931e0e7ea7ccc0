import { isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Connection } from '../../diagnostics/kept-connection.js';
import { MAX_PEM_BYTES, readSmallFileSync } from '../../files/small-file.js';

const DEFAULT_PORT = 6_379;

/** What is used of the package `ioredis`. */
export interface IoredisModule {
  readonly Redis: new (options: Readonly<Record<string, unknown>>) => IoredisClient;
}

/** One command: its name and its arguments. */
export type Command = readonly string[];

/** What is used of a client of ioredis. */
export interface IoredisClient {
  readonly status: string;
  readonly stream?: Socket;
  connect(): Promise<unknown>;
  call(command: string, ...args: readonly string[]): Promise<unknown>;
  ping(): Promise<unknown>;
  info(section: string): Promise<unknown>;
  psubscribe(...patterns: readonly string[]): Promise<unknown>;
  pipeline(commands: readonly Command[]): { exec(): Promise<readonly (readonly [unknown, unknown])[] | null> };
  disconnect(): void;
  on(event: 'connect' | 'close' | 'end' | 'error', listener: (error: unknown) => void): unknown;
  on(event: 'pmessage', listener: (pattern: string, channel: string, message: string) => void): unknown;
}

/**
 * A connection of telemetry's own to the Redis of a URL, not made yet. It never keeps the process alive once it is made.
 * @param options `selectDatabase`: whether the number in the URL's path is selected. Default: it is not.
 */
export function openRedis(
  redisUrl: string,
  { Redis }: IoredisModule,
  { selectDatabase = false }: { readonly selectDatabase?: boolean } = {},
): Connection<IoredisClient> {
  const url = new URL(redisUrl);
  const client = new Redis({ ...addressOf(url), ...OPTIONS });
  let lastError: unknown;
  client.on('error', (error) => (lastError = error));
  client.on('connect', () => client.stream?.unref());
  const connect = async (): Promise<void> => {
    try {
      await client.connect();
    } catch (error) {
      // That it is closed says nothing of why.
      throw lastError ?? error;
    }
    await logIn(client, url);
    const database = readDatabase(redisUrl);
    if (selectDatabase && database !== 0) await client.call('SELECT', String(database));
  };
  let connected: Promise<void> | undefined;
  return {
    client,
    ready: () => (connected ??= connect()),
    isOpen: () => client.status === 'ready',
    destroy: () => {
      // disconnect() would end only its half of the connection, and wait for the other half with a timer of two seconds.
      if (client.stream === undefined) client.disconnect();
      else client.stream.destroy();
    },
  };
}

/** Number of the database in a URL's path: `redis://host/1`; 0 where there is none. */
export function readDatabase(redisUrl: string): number {
  return Number(/^\/(\d{1,5})$/.exec(new URL(redisUrl).pathname)?.[1] ?? 0);
}

/** Nothing is tried twice, nothing waits for better times, nothing is said on the console. */
const OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  disableClientInfo: true,
  protocol: 2,
  connectTimeout: 0,
  retryStrategy: null,
} as const;

function addressOf(url: URL): Readonly<Record<string, unknown>> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost';
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return { host, port, ...(url.protocol === 'rediss:' ? { tls: describeTls(url, host) } : {}) };
}

/** `ssl_ca_certs` and `ssl_cert_reqs` are redis-py's, which Celery wants in the URL that both processes are given. */
function describeTls({ searchParams }: URL, host: string): ConnectionOptions {
  const caFile = searchParams.get('ssl_ca_certs');
  const isUnchecked = /^(cert_)?none$/i.test(searchParams.get('ssl_cert_reqs') ?? '');
  return {
    // Without a server name there is no SNI, and an address is none.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(caFile === null ? {} : { ca: readSmallFileSync(caFile, MAX_PEM_BYTES) }),
    ...(isUnchecked ? { rejectUnauthorized: false } : {}),
  };
}

/** ioredis would do so itself, and write to the console where Redis needs no password. */
async function logIn(client: IoredisClient, { username, password }: URL): Promise<void> {
  if (password === '') return;
  const user = username === '' ? [] : [decodeURIComponent(username)];
  try {
    await client.call('AUTH', ...user, decodeURIComponent(password));
  } catch (error) {
    if (!/without any password configured|no password is set/.test(String(error))) throw error;
  }
}

/** The answer to one command, or the error that Redis has answered. */
export type Reply = unknown;

/** Some commands, and what their answers mean. */
export interface Question<T> {
  readonly commands: readonly Command[];
  /** Gets an answer for each command, in their order. @throws Where an answer is an error or not what it is to be. */
  readonly read: (replies: readonly Reply[]) => T;
}

/** A count, from 0. @throws The error that Redis has answered. TypeError where the answer is no count. */
export function readCount(reply: Reply): number {
  if (reply instanceof Error) throw reply;
  if (typeof reply === 'number' && reply >= 0) return reply;
  throw new TypeError(`Redis answered ${typeof reply} where a count was to be`);
}

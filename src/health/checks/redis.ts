import { isIP, type Socket } from 'node:net';
import type { Load } from '../app-module.js';
import { categorise, HealthFailure, type FailureCategory } from '../failure.js';
import { createConnectedCheck, type Connection } from './connection.js';
import type { ConnectedCheck } from './http-service.js';

const DEFAULT_PORT = 6_379;
/** A Redis that evicts nothing and has less left than this refuses what is written to it. */
const MIN_LEFT_BYTES = 1_048_576;
const MIN_LEFT_SHARE = 0.01;

/** What is used of the package `ioredis`. */
export interface IoredisModule {
  readonly Redis: new (options: Readonly<Record<string, unknown>>) => IoredisClient;
}

interface IoredisClient extends RedisClient {
  readonly status: string;
  readonly stream?: Socket;
  connect(): Promise<unknown>;
  call(command: string, ...args: readonly string[]): Promise<unknown>;
  disconnect(): void;
  on(event: 'connect' | 'error', listener: (error: unknown) => void): unknown;
}

/** Asks Redis `PING` over a connection of the check's own, and whether it takes what is written to it. */
export function createRedisCheck(url: string, load: Load<IoredisModule>): ConnectedCheck {
  return createConnectedCheck(() => open(new URL(url), load()), categoriseRedisError);
}

function open(url: URL, { Redis }: IoredisModule): Connection {
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
  };
  let connected: Promise<void> | undefined;
  return {
    ask: async () => {
      connected ??= connect();
      await connected;
      await askRedis(client);
    },
    isOpen: () => client.status === 'ready',
    destroy: () => {
      // disconnect() would end only its half of the connection, and wait for the other half with a timer of two seconds.
      if (client.stream === undefined) client.disconnect();
      else client.stream.destroy();
    },
  };
}

/** Nothing is tried twice, nothing waits for better times, nothing is said on the console. */
const OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResendUnfulfilledCommands: false,
  disableClientInfo: true,
  protocol: 2,
  connectTimeout: 0,
  retryStrategy: null,
} as const;

function addressOf({ protocol, hostname, port }: URL): Readonly<Record<string, unknown>> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost';
  // Without a server name there is no SNI, and an address is none.
  const tls = protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {};
  return { host, port: port === '' ? DEFAULT_PORT : Number(port), ...tls };
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

/** What is used of a client of ioredis or node-redis. */
export interface RedisClient {
  ping(): Promise<unknown>;
  info?(section: string): Promise<unknown>;
  readonly isCluster?: boolean;
}

/** Asks through the application's own client. At the deadline the question is given up, the connection left alone. */
export function createRedisClientCheck(client: RedisClient): () => Promise<void> {
  return async () => {
    try {
      await askRedis(client);
    } catch (error) {
      throw new HealthFailure(categoriseRedisError(error), error);
    }
  };
}

async function askRedis(client: RedisClient): Promise<void> {
  // Written one after the other, they travel together.
  const [, memory, replication] = await Promise.all([
    client.ping(),
    readInfo(client, 'memory'),
    readInfo(client, 'replication'),
  ]);
  judgeMemory(memory);
  // A failover makes a replica of the server that the URL names: it answers, and refuses what is written to it.
  if (replication.get('role') === 'slave') throw new HealthFailure('read-only', 'the server is a replica');
}

type Info = ReadonlyMap<string, string>;

async function readInfo(client: RedisClient, section: string): Promise<Info> {
  // A cluster's client would ask any one of its nodes.
  if (typeof client.info !== 'function' || client.isCluster === true) return new Map();
  try {
    const text = String(await client.info(section));
    return new Map(Array.from(text.matchAll(/^(\w+):(.*?)\r?$/gm), ([, key = '', value = '']) => [key, value]));
  } catch (error) {
    // An ACL user without INFO, or a service that does not offer it.
    if (/^(NOPERM|ERR unknown)/.test(messageOf(error))) return new Map();
    throw error;
  }
}

function judgeMemory(memory: Info): void {
  const max = Number(memory.get('maxmemory') ?? 0);
  if (!(max > 0) || memory.get('maxmemory_policy') !== 'noeviction') return;
  const used = Number(memory.get('used_memory')) - Number(memory.get('mem_not_counted_for_evict') ?? 0);
  if (max - used > Math.min(MIN_LEFT_BYTES, max * MIN_LEFT_SHARE)) return;
  throw new HealthFailure('out of memory', `${used} of ${max} bytes are used, and nothing is evicted`);
}

/** How Redis begins its errors. */
const REPLIES: readonly (readonly [RegExp, FailureCategory])[] = [
  [
    /^(NOAUTH|WRONGPASS|NOPERM|DENIED)|invalid password|invalid username-password|Authentication required/,
    'authentication',
  ],
  [/^ERR max number of clients/, 'out of connections'],
  [/^OOM/, 'out of memory'],
  [/^READONLY/, 'read-only'],
  [/^(LOADING|MASTERDOWN|CLUSTERDOWN)/, 'starting'],
  [/^(BUSY|TRYAGAIN|MISCONF|NOREPLICAS)/, 'server error'],
  [/Connection is closed|Socket closed|Command aborted|isn't writeable/i, 'connection lost'],
  [/timed? ?out/i, 'timeout'],
  [/Protocol error|Unexpected reply/i, 'protocol'],
];

/** The category of what a Redis client has thrown. */
export function categoriseRedisError(error: unknown): FailureCategory {
  const known = categorise(error);
  if (known !== 'failed') return known;
  const message = messageOf(error);
  return REPLIES.find(([pattern]) => pattern.test(message))?.[1] ?? (/^[A-Z]+ /.test(message) ? 'server error' : known);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

import type { Load } from '../../application/app-module.js';
import { KnownFailure } from '../../diagnostics/failure.js';
import { keepConnection } from '../../diagnostics/kept-connection.js';
import { openRedis, type IoredisModule } from '../../jobs/redis/connection.js';
import { categoriseRedisError, isNotAllowed } from '../../jobs/redis/errors.js';
import { requireModule, type BuiltIn } from './definition.js';
import type { ConnectedCheck } from './http-service.js';

/** A Redis that evicts nothing and has less left than this refuses what is written to it. */
const MIN_LEFT_BYTES = 1_048_576;
const MIN_LEFT_SHARE = 0.01;

export const REDIS: BuiltIn = {
  name: 'redis',
  make: ({ redisUrl }) => {
    if (redisUrl === undefined) return undefined;
    const load = requireModule<IoredisModule>('ioredis', 'REDIS_URL', 'registerRedisCheck');
    return load && createRedisCheck(redisUrl, load);
  },
};

/** Asks Redis `PING` over a connection of the check's own, and whether it takes what is written to it. */
function createRedisCheck(url: string, load: Load<IoredisModule>): ConnectedCheck {
  const { use, close } = keepConnection(() => openRedis(url, load()), categoriseRedisError);
  return { run: (signal) => use(askRedis, signal), close };
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
      throw new KnownFailure(categoriseRedisError(error), error);
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
  if (replication.get('role') === 'slave') throw new KnownFailure('read-only', 'the server is a replica');
}

type RedisInfo = ReadonlyMap<string, string>;

async function readInfo(client: RedisClient, section: string): Promise<RedisInfo> {
  // A cluster's client would ask any one of its nodes.
  if (typeof client.info !== 'function' || client.isCluster === true) return new Map();
  try {
    const text = String(await client.info(section));
    return new Map(Array.from(text.matchAll(/^(\w+):(.*?)\r?$/gm), ([, key = '', value = '']) => [key, value]));
  } catch (error) {
    // An ACL user without INFO, or a service that does not offer it.
    if (isNotAllowed(error)) return new Map();
    throw error;
  }
}

function judgeMemory(memory: RedisInfo): void {
  const max = Number(memory.get('maxmemory') ?? 0);
  if (!(max > 0) || memory.get('maxmemory_policy') !== 'noeviction') return;
  const used = Number(memory.get('used_memory')) - Number(memory.get('mem_not_counted_for_evict') ?? 0);
  if (max - used > Math.min(MIN_LEFT_BYTES, max * MIN_LEFT_SHARE)) return;
  throw new KnownFailure('out of memory', `${used} of ${max} bytes are used, and nothing is evicted`);
}

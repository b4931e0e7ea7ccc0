import { createClientCheck, type DatabaseClient } from './checks/database.js';
import { createRedisClientCheck, type RedisClient } from './checks/redis.js';
import { defineCheck, type HealthCheckOptions } from './register-check.js';
import { addCheck, type RemoveCheck } from './registry.js';

/**
 * The check `database` through the application's own `pg.Pool` or `pg.Client`, in the place of the one that `DATABASE_URL`
 * brings. It asks `SELECT 1`. A failure makes the process `unhealthy`.
 * @returns Takes the check away.
 * @throws TypeError where `client` has no `query`, or an option is not as described.
 */
export function registerDatabaseCheck(client: DatabaseClient, options: HealthCheckOptions = {}): RemoveCheck {
  const caller = 'registerDatabaseCheck';
  if (!hasMethod(client, 'query')) throw new TypeError(`${caller}: client must be a pool or client with query()`);
  return addCheck({ ...defineCheck(caller, 'database', createClientCheck(client), options), failure: 'unhealthy' });
}

/**
 * The check `redis` through the application's own client of ioredis or node-redis, in the place of the one that `REDIS_URL`
 * brings. It asks `PING` and `INFO`. A failure makes the process `unhealthy`.
 * @returns Takes the check away.
 * @throws TypeError where `client` has no `ping`, or an option is not as described.
 */
export function registerRedisCheck(client: RedisClient, options: HealthCheckOptions = {}): RemoveCheck {
  const caller = 'registerRedisCheck';
  if (!hasMethod(client, 'ping')) throw new TypeError(`${caller}: client must be a client with ping()`);
  return addCheck({ ...defineCheck(caller, 'redis', createRedisClientCheck(client), options), failure: 'unhealthy' });
}

function hasMethod(client: unknown, name: string): boolean {
  return (
    typeof client === 'object' && client !== null && typeof (client as Record<string, unknown>)[name] === 'function'
  );
}

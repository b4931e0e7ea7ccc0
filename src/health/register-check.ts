import { getConfig } from '../config/config.js';
import { CHECK_NAME } from '../config/settings/health.js';
import type { HealthCheckAnswer } from './answer.js';
import type { CheckDefinition } from './check.js';
import { addCheck, type RemoveCheck } from './registry.js';
import { createClientCheck, type DatabaseClient } from './checks/database.js';
import { createRedisClientCheck, type RedisClient } from './checks/redis.js';

/** How a check is run. */
export interface HealthCheckOptions {
  /**
   * Without it the process is not ready, and a failure makes it `unhealthy` instead of `degraded`. Default: whether
   * `BARBOSSA_HEALTH_CRITICAL` names it.
   */
  readonly critical?: boolean;
  /** Longest time for one run, in milliseconds, 1 to 10,000. Default: `BARBOSSA_HEALTH_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
  /** A result that is not older is served again, in milliseconds. Default: `BARBOSSA_HEALTH_CACHE_MS`. */
  readonly cacheMs?: number;
}

const MAX_TIMEOUT_MS = 10_000;
const MAX_CACHE_MS = 3_600_000;

/**
 * Adds a check to `/health`, and to `/health/ready` where it is critical. It runs in the background every
 * `BARBOSSA_HEALTH_INTERVAL_MS` and when somebody asks, never twice at the same time. A second check of the same name
 * replaces the first.
 * @param name 1 to 40 letters, digits, `_` and `-`, a letter first.
 * @param check Answers nothing, true, a status, or an object with a status and figures; throws or rejects where something
 *   is wrong: the document shows a category, the log the error. `signal` is aborted at the deadline.
 * @returns Takes the check away.
 * @throws TypeError where an argument is not as described.
 */
export function registerHealthCheck(
  name: string,
  check: (signal: AbortSignal) => HealthCheckAnswer | Promise<HealthCheckAnswer>,
  options: HealthCheckOptions = {},
): RemoveCheck {
  if (typeof check !== 'function') throw new TypeError('registerHealthCheck: check must be a function');
  return addCheck(defineCheck('registerHealthCheck', name, check, options));
}

/** @throws TypeError that names `caller`. */
function defineCheck(
  caller: string,
  name: string,
  run: CheckDefinition['run'],
  options: HealthCheckOptions,
): CheckDefinition {
  if (typeof name !== 'string' || !CHECK_NAME.test(name)) {
    throw new TypeError(`${caller}: name must be 1 to 40 letters, digits, "_" and "-", a letter first`);
  }
  requireObject(caller, options);
  const { health } = getConfig().config;
  const critical = options.critical ?? health.critical.includes(name);
  if (typeof critical !== 'boolean') throw new TypeError(`${caller}: options.critical must be true or false`);
  return {
    name,
    run,
    critical,
    failure: critical ? 'unhealthy' : 'degraded',
    timeoutMs: readMs(`${caller}: options.timeoutMs`, options.timeoutMs ?? health.timeoutMs, 1, MAX_TIMEOUT_MS),
    cacheMs: readMs(`${caller}: options.cacheMs`, options.cacheMs ?? health.cacheMs, 0, MAX_CACHE_MS),
  };
}

function readMs(what: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new TypeError(`${what} must be a number from ${min} to ${max}`);
}

function requireObject(caller: string, options: unknown): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${caller}: options must be an object`);
}

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

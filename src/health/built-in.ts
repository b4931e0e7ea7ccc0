import type { Config } from '../config.js';
import type { BuiltInCheck } from '../config/settings/health.js';
import { describeError, diag } from '../diag.js';
import { findModule } from '../app-module.js';
import type { CheckDefinition } from './check.js';
import { createDatabaseCheck, type PgModule } from './checks/database.js';
import { createDiskCheck } from './checks/disk.js';
import { createLidarrCheck } from './checks/lidarr.js';
import { createPlexCheck } from './checks/plex.js';
import type { IoredisModule } from '../redis/connection.js';
import { createRedisCheck } from './checks/redis.js';
import { categorise, KnownFailure } from '../failure.js';

type HealthConfig = Config['health'];
type Work = Pick<CheckDefinition, 'run' | 'close'>;

/** Makes the work of each check; undefined where the environment does not ask for it. */
const MAKERS: Readonly<Record<BuiltInCheck, (config: HealthConfig) => Work | undefined>> = {
  database: ({ databaseUrl }) => {
    if (databaseUrl === undefined) return undefined;
    const load = requireModule<PgModule>('pg', 'DATABASE_URL', 'registerDatabaseCheck');
    return load && createDatabaseCheck(databaseUrl, load);
  },
  redis: ({ redisUrl }) => {
    if (redisUrl === undefined) return undefined;
    const load = requireModule<IoredisModule>('ioredis', 'REDIS_URL', 'registerRedisCheck');
    return load && createRedisCheck(redisUrl, load);
  },
  plex: ({ plexUrl, plexToken }) => (plexUrl === undefined ? undefined : createPlexCheck(plexUrl, plexToken)),
  lidarr: ({ lidarrUrl, lidarrApiKey }) =>
    lidarrUrl === undefined ? undefined : createLidarrCheck(lidarrUrl, lidarrApiKey),
  disk: ({ musicPath, musicMount }) =>
    musicPath === undefined ? undefined : { run: createDiskCheck(musicPath, musicMount) },
};

/** Barbossa does without these; without one of the others it is not healthy. */
const OPTIONAL = new Set<BuiltInCheck>(['plex', 'lidarr']);

/** The checks that the environment asks for. Nothing is connected, loaded or asked yet. */
export function makeBuiltInChecks(config: HealthConfig): CheckDefinition[] {
  const secrets = findSecrets(config);
  return config.checks.flatMap((name) => {
    const work = MAKERS[name](config);
    if (work === undefined) return [];
    const critical = config.critical.includes(name);
    return {
      name,
      critical,
      failure: critical || !OPTIONAL.has(name) ? 'unhealthy' : 'degraded',
      timeoutMs: config.timeoutMs,
      cacheMs: config.cacheMs,
      ...work,
      run: hideSecrets(work.run, secrets),
    };
  });
}

function requireModule<T>(name: string, variable: string, alternative: string): (() => T) | undefined {
  const load = findModule<T>(name);
  if (load === undefined) {
    diag.warn(
      `${variable} is set, but the package ${name} is not installed: there is no such health check; ` +
        `install it, or give ${alternative} your own client`,
    );
  }
  return load;
}

const SHORTEST_SECRET_CHARS = 4;

/** Passwords and tokens, as they are and as URLs write them. */
function findSecrets({ databaseUrl, redisUrl, plexToken, lidarrApiKey }: HealthConfig): string[] {
  const passwords = [databaseUrl, redisUrl].flatMap((url) => (url === undefined ? [] : readPassword(url)));
  const all = [...passwords, plexToken ?? '', lidarrApiKey ?? ''];
  return all.filter((secret) => secret.length >= SHORTEST_SECRET_CHARS);
}

function readPassword(url: string): string[] {
  const { password } = new URL(url);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    // A lone percent sign: there is nothing to decode.
    return [password];
  }
}

/** Other packages' errors go to the log in their own words: without what they know of ours. */
function hideSecrets(run: CheckDefinition['run'], secrets: readonly string[]): CheckDefinition['run'] {
  return async (signal) => {
    try {
      return await run(signal);
    } catch (error) {
      const text = secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), describeError(error));
      throw new KnownFailure(categorise(error), text);
    }
  };
}

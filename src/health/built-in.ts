import { HEALTH } from '../config/settings/health.js';
import { describeError } from '../diagnostics/diag.js';
import { categorise, KnownFailure } from '../diagnostics/failure.js';
import type { CheckDefinition } from './check.js';
import { DATABASE } from './checks/database.js';
import type { BuiltIn, HealthConfig } from './checks/definition.js';
import { DISK } from './checks/disk.js';
import { LIDARR } from './checks/lidarr.js';
import { PLEX } from './checks/plex.js';
import { REDIS } from './checks/redis.js';

const BUILT_IN: readonly BuiltIn[] = [DATABASE, REDIS, PLEX, LIDARR, DISK];

/** The checks that the environment asks for. Nothing is connected, loaded or asked yet. */
export function makeBuiltInChecks(config: HealthConfig): CheckDefinition[] {
  const secrets = findSecrets(config);
  return config.checks.flatMap((name) => {
    const builtIn = BUILT_IN.find((one) => one.name === name);
    const work = builtIn?.make(config);
    if (builtIn === undefined || work === undefined) return [];
    const critical = config.critical.includes(name);
    return {
      name,
      critical,
      failure: critical || builtIn.optional !== true ? 'unhealthy' : 'degraded',
      timeoutMs: config.timeoutMs,
      cacheMs: config.cacheMs,
      ...work,
      run: hideSecrets(work.run, secrets),
    };
  });
}

const SHORTEST_SECRET_CHARS = 4;

/** What settings that are secret hold: passwords of URLs, as they are and as URLs write them, and tokens. */
function findSecrets(config: HealthConfig): string[] {
  const values = Object.entries(HEALTH).flatMap(([key, row]) => {
    const value: unknown = 'secret' in row && row.secret ? config[key as keyof HealthConfig] : undefined;
    if (typeof value !== 'string') return [];
    return key.endsWith('Url') ? readPassword(value) : [value];
  });
  return values.filter((secret) => secret.length >= SHORTEST_SECRET_CHARS);
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

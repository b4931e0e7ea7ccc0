import path from 'node:path';
import { integerFrom, listOf, oneOf, parseHttpUrl, setting, URL_WORDS } from '../setting.js';
import { parseDatabaseUrl, parseRedisUrl } from './server-urls.js';

/** Checks that the environment may ask for, in the order of the health document. */
export const HEALTH_CHECKS = ['database', 'redis', 'plex', 'lidarr', 'disk'] as const;
export type BuiltInCheck = (typeof HEALTH_CHECKS)[number];

/** Names of health checks: a label, a key of the health document. */
export const CHECK_NAME = /^[a-z][a-z0-9_-]{0,39}$/i;

const TOKEN_WORDS = '1 to 512 printable ASCII characters without blanks';
const parseToken = (text: string): string | undefined => (/^[!-~]{1,512}$/.test(text) ? text : undefined);

/** What the health endpoints look at. A server that is not named is not checked. */
export const HEALTH = {
  databaseUrl: setting<string | undefined>({
    variable: 'DATABASE_URL',
    about: 'PostgreSQL that the check `database` asks `SELECT 1`. Needs the package `pg`.',
    allowed: 'a postgres:// or postgresql:// URL',
    secret: true,
    fallback: undefined,
    parse: parseDatabaseUrl,
  }),
  redisUrl: setting<string | undefined>({
    variable: 'REDIS_URL',
    about: 'Redis that the check `redis` asks `PING`. Needs the package `ioredis`.',
    allowed: 'a redis:// or rediss:// URL of one server',
    secret: true,
    fallback: undefined,
    parse: parseRedisUrl,
  }),
  plexUrl: setting<string | undefined>({
    variable: 'PLEX_URL',
    about: 'Plex server that the check `plex` asks for `/identity`.',
    allowed: URL_WORDS,
    secret: true,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
  plexToken: setting<string | undefined>({
    variable: 'PLEX_TOKEN',
    about: 'Sent to Plex in the header `X-Plex-Token`.',
    allowed: TOKEN_WORDS,
    secret: true,
    fallback: undefined,
    parse: parseToken,
  }),
  lidarrUrl: setting<string | undefined>({
    variable: 'LIDARR_URL',
    about: 'Lidarr server that the check `lidarr` asks for `/api/v1/system/status`.',
    allowed: URL_WORDS,
    secret: true,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
  lidarrApiKey: setting<string | undefined>({
    variable: 'LIDARR_API_KEY',
    about: 'Sent to Lidarr in the header `X-Api-Key`.',
    allowed: TOKEN_WORDS,
    secret: true,
    fallback: undefined,
    parse: parseToken,
  }),
  musicPath: setting<string | undefined>({
    variable: 'MUSIC_PATH',
    about:
      'Folder whose disk the check `disk` looks at: warning below 10 % free, unhealthy below 5 % or when its mount is gone.',
    allowed: 'an absolute path',
    fallback: undefined,
    parse: parseAbsolutePath,
  }),
  musicMount: setting<string | undefined>({
    variable: 'BARBOSSA_MUSIC_MOUNT',
    about: 'Where the disk of `MUSIC_PATH` has to be mounted, so that a start without it is seen as well.',
    allowed: 'an absolute path',
    fallback: undefined,
    fallbackText: 'where it is mounted when it is first looked at',
    parse: parseAbsolutePath,
  }),
  checks: setting<readonly BuiltInCheck[]>({
    variable: 'BARBOSSA_HEALTH_CHECKS',
    about:
      'Which checks the variables above may bring; for an application whose `DATABASE_URL` is not for this package.',
    allowed: `some of ${HEALTH_CHECKS.join(', ')}, comma separated, or none`,
    fallback: HEALTH_CHECKS,
    fallbackText: 'all',
    parse: (text) => (text.toLowerCase() === 'none' ? [] : listOf(oneOf(HEALTH_CHECKS))(text)),
  }),
  critical: setting<readonly string[]>({
    variable: 'BARBOSSA_HEALTH_CRITICAL',
    about: 'Checks without which the process is not ready. `registerHealthCheck` may say otherwise for its own.',
    allowed: 'names of checks, comma separated, or none',
    fallback: ['database'],
    parse: (text) =>
      text.toLowerCase() === 'none' ? [] : listOf((name) => (CHECK_NAME.test(name) ? name : undefined))(text),
  }),
  intervalMs: setting({
    variable: 'BARBOSSA_HEALTH_INTERVAL_MS',
    about: 'Each check runs about so often, also when nobody asks; the metrics are as fresh as that.',
    allowed: 'an integer from 1000 to 3600000',
    unit: 'ms',
    fallback: 15_000,
    parse: integerFrom(1_000, 3_600_000),
  }),
  timeoutMs: setting({
    variable: 'BARBOSSA_HEALTH_TIMEOUT_MS',
    about: 'Longest time for one run of a check, after which it has failed and its work is ended.',
    allowed: 'an integer from 50 to 10000',
    unit: 'ms',
    fallback: 2_000,
    parse: integerFrom(50, 10_000),
  }),
  cacheMs: setting({
    variable: 'BARBOSSA_HEALTH_CACHE_MS',
    about: 'A result that is not older is served again.',
    allowed: 'an integer from 0 to 600000',
    unit: 'ms',
    fallback: 5_000,
    parse: integerFrom(0, 600_000),
  }),
} as const;

function parseAbsolutePath(text: string): string | undefined {
  return path.isAbsolute(text) && !text.includes('\0') ? text : undefined;
}

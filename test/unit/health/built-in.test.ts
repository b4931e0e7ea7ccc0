import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { loadConfig } from '../../../src/config/config.js';
import { HEALTH, HEALTH_CHECKS } from '../../../src/config/settings/health.js';
import { makeBuiltInChecks } from '../../../src/health/built-in.js';
import type { CheckDefinition } from '../../../src/health/check.js';
import { VARIABLES } from '../config/nonsense.js';
import { startFaultServer } from './fault-server.js';
import { makeCheck } from './test-checks.js';

const ALL = {
  DATABASE_URL: 'postgresql://barbossa:black%20pearl@127.0.0.1:1/barbossa',
  REDIS_URL: 'rediss://:black%20pearl@127.0.0.1:1/2',
  PLEX_URL: 'http://127.0.0.1:1',
  PLEX_TOKEN: 'plex-token',
  LIDARR_URL: 'http://127.0.0.1:1/lidarr',
  LIDARR_API_KEY: 'lidarr-key',
  MUSIC_PATH: '/music',
};

/** The checks that an environment brings, and what was wrong with it. */
function read(env: Record<string, string>): { checks: CheckDefinition[]; problems: readonly string[] } {
  const { config, problems } = loadConfig(env);
  return { checks: makeBuiltInChecks(config.health), problems };
}

test('each variable brings its check; an absent one brings none', () => {
  expect(read({}).checks).toEqual([]);
  const { checks, problems } = read(ALL);
  expect(problems).toEqual([]);
  expect(checks.map(({ name, critical, failure }) => [name, critical, failure])).toEqual([
    ['database', true, 'unhealthy'],
    ['redis', false, 'unhealthy'],
    ['plex', false, 'degraded'],
    ['lidarr', false, 'degraded'],
    ['disk', false, 'unhealthy'],
  ]);
  for (const check of checks) expect(check).toMatchObject({ timeoutMs: 2_000, cacheMs: 5_000 });
  for (const [variable, name] of [
    ['DATABASE_URL', 'database'],
    ['REDIS_URL', 'redis'],
    ['PLEX_URL', 'plex'],
    ['LIDARR_URL', 'lidarr'],
    ['MUSIC_PATH', 'disk'],
  ] as const) {
    expect(read({ [variable]: ALL[variable] }).checks.map((check) => check.name)).toEqual([name]);
  }
});

test('each check that may be asked for is there, and in the table of docs/health.md', () => {
  const { checks, critical, ...rest } = HEALTH;
  expect([checks, critical]).not.toContain(undefined);
  const env = Object.values(rest).map(({ variable }) => [variable, VARIABLES[variable]?.valid[0]?.[0] ?? '']);
  expect(read(Object.fromEntries(env) as Record<string, string>).checks.map(({ name }) => name)).toEqual(HEALTH_CHECKS);
  const document = readFileSync(fromRoot('docs/health.md'), 'utf8');
  for (const name of HEALTH_CHECKS) {
    const row = new RegExp(`^\\| \`${name}\` +\\| \`[A-Z]`, 'm');
    expect(row.test(document), `the table of checks in docs/health.md has no row ${name}`).toBe(true);
  }
});

test('which checks there are, which are critical and how they run is set', () => {
  const { checks } = read({
    ...ALL,
    BARBOSSA_HEALTH_CHECKS: 'plex, DISK',
    BARBOSSA_HEALTH_CRITICAL: 'plex,own',
    BARBOSSA_HEALTH_TIMEOUT_MS: '500',
    BARBOSSA_HEALTH_CACHE_MS: '0',
  });
  expect(checks).toEqual([
    expect.objectContaining({ name: 'plex', critical: true, failure: 'unhealthy', timeoutMs: 500, cacheMs: 0 }),
    expect.objectContaining({ name: 'disk', critical: false }),
  ]);
  expect(read({ ...ALL, BARBOSSA_HEALTH_CHECKS: 'none' }).checks).toEqual([]);
  expect(read({ ...ALL, BARBOSSA_HEALTH_CRITICAL: 'none' }).checks.some(({ critical }) => critical)).toBe(false);
});

test.each([
  ['DATABASE_URL', 'mysql://anne:black-pearl@db/barbossa'],
  ['DATABASE_URL', 'black-pearl'],
  ['REDIS_URL', 'redis+sentinel://:black-pearl@a:1,b:2'],
  ['REDIS_URL', '127.0.0.1:6379?black-pearl'],
  ['PLEX_URL', 'http://plex.example/?X-Plex-Token=black-pearl'],
  ['PLEX_URL', 'http://anne:black-pearl@plex.example'],
  ['LIDARR_URL', 'ftp://lidarr.example/black-pearl'],
])('an unusable %s brings no check, and its value is not shown: %s', (variable, value) => {
  const { checks, problems } = read({ [variable]: value });
  expect(checks).toEqual([]);
  expect(problems).toEqual([expect.stringContaining(variable)]);
  expect(problems.join('\n')).not.toMatch(/black-pearl|example|anne/);
});

test.each([
  ['PLEX_TOKEN', 'black pearl'],
  ['LIDARR_API_KEY', 'black-pearl\r\nx-other: 1'],
  ['MUSIC_PATH', 'music'],
  ['BARBOSSA_MUSIC_MOUNT', './music'],
  ['BARBOSSA_HEALTH_CHECKS', 'database,mysql'],
  ['BARBOSSA_HEALTH_CRITICAL', 'a b'],
  ['BARBOSSA_HEALTH_CRITICAL', ','],
  ['BARBOSSA_HEALTH_INTERVAL_MS', '999'],
  ['BARBOSSA_HEALTH_TIMEOUT_MS', '10001'],
  ['BARBOSSA_HEALTH_CACHE_MS', '-1'],
])('%s=%j is a problem, and the default is used', (variable, value) => {
  const { config, problems } = loadConfig({ [variable]: value });
  expect(problems).toHaveLength(1);
  expect(config.health).toEqual(loadConfig({}).config.health);
  expect(problems.join('\n')).not.toContain('black');
});

test("the guide's URL for Python's drivers is understood", () => {
  expect(loadConfig({ DATABASE_URL: 'postgresql+asyncpg://a:b@db/c' }).config.health.databaseUrl).toBe(
    'postgresql://a:b@db/c',
  );
});

test("a pipe or a device among the files of a database's URL fails the check, and nobody waits", async () => {
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const [definition] = read({ DATABASE_URL: `postgres://127.0.0.1:1/a?${name}=/dev/zero` }).checks;
    const { check, reported } = makeCheck(() => undefined, definition);
    expect(await check.read()).toMatchObject({ status: 'unhealthy' });
    expect(reported[0]?.detail).toContain('/dev/zero is not a file');
  }
});

test('a token in what a server says is not logged', async () => {
  const server = await startFaultServer((request) => void request.socket.end('plex-token is no HTTP\r\n'));
  const [definition] = read({ PLEX_URL: server.url, PLEX_TOKEN: 'plex-token' }).checks;
  const { check, reported } = makeCheck(() => undefined, definition);
  expect(await check.read()).toMatchObject({ status: 'degraded', error: 'protocol' });
  expect(reported[0]?.detail).not.toBe('');
  expect(reported[0]?.detail).not.toContain('plex-token');
});

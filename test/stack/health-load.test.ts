// @needs PostgreSQL, Redis
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../scripts/stack/postgres.js';
import { startRedis } from '../../scripts/stack/redis.js';
import { findUrls, startApp } from '../integration/support/app-process.js';

const CACHE_MS = 1_000;
const SECONDS = 10;
const CALLERS_PER_SECOND = 500;
const BATCH_MS = 20;

function call(url: string, agent: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      })
      .on('error', reject);
  });
}

test('500 callers a second for ten seconds cost one question a cache period', async () => {
  const postgres = await startPostgres({ settings: { log_statement: 'all', log_line_prefix: '%a: ' } });
  onTestFinished(() => postgres.stop());
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const app = startApp('health.mjs', {
    env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url, BARBOSSA_HEALTH_CACHE_MS: String(CACHE_MS) },
  });
  const { url, admin } = await findUrls(app);
  // Few enough connections for the admin server, which takes 64.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  onTestFinished(() => agent.destroy());
  const countQueries = (): number => postgres.output.split('barbossa-health: LOG:  statement: SELECT 1').length - 1;
  const countPings = async (): Promise<number> =>
    Number(/cmdstat_ping:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))?.[1] ?? 0);
  await call(`${url}/health`, agent);
  const [queriesBefore, pingsBefore] = [countQueries(), await countPings()];

  const statuses: Promise<number>[] = [];
  const startMs = performance.now();
  while (performance.now() - startMs < SECONDS * 1_000) {
    const due = ((performance.now() - startMs) / 1_000) * CALLERS_PER_SECOND;
    while (statuses.length < due) {
      const [base, path] = [
        statuses.length % 2 === 0 ? url : admin,
        statuses.length % 3 === 0 ? '/health/ready' : '/health',
      ];
      statuses.push(call(base + path, agent));
    }
    await sleep(BATCH_MS);
  }
  const answered = await Promise.all(statuses);
  const elapsedMs = performance.now() - startMs;

  expect(answered.length).toBeGreaterThan(SECONDS * CALLERS_PER_SECOND * 0.95);
  expect(new Set(answered)).toEqual(new Set([200]));
  const most = Math.ceil(elapsedMs / CACHE_MS) + 1;
  const [queries, pings] = [countQueries() - queriesBefore, (await countPings()) - pingsBefore];
  // A result that is never renewed would be no health check.
  expect(queries).toBeGreaterThanOrEqual(SECONDS / 2);
  expect(queries).toBeLessThanOrEqual(most);
  expect(pings).toBeGreaterThanOrEqual(SECONDS / 2);
  expect(pings).toBeLessThanOrEqual(most);
  expect(await postgres.query("SELECT count(*) FROM pg_stat_activity WHERE usename = 'barbossa'")).toBe('1');
});

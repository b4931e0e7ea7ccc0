// @needs PostgreSQL, Redis
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../scripts/stack/postgres.js';
import { startRedis } from '../../scripts/stack/redis.js';
import { startHealthApp } from './health-checks.js';

test.each(['answer', 'hang'] as const)(
  'connections to servers that %s do not keep the process alive',
  async (conduct) => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    // A question that is under way would hold the process for as long as the test may take.
    const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, BARBOSSA_HEALTH_TIMEOUT_MS: '10000' };
    const { app, url, ask } = await startHealthApp({ ...env, BARBOSSA_HEALTH_INTERVAL_MS: '1000' });
    expect((await ask()).status).toBe(200);
    if (conduct === 'hang') {
      postgres.pause();
      redis.pause();
      // With an answer that is never given, so that the questions are under way.
      ask().catch(() => {});
      expect((await ask('/health/live')).status).toBe(200);
    }
    const startMs = performance.now();
    await fetch(`${url}/end`);
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startMs).toBeLessThan(8_000);
  },
);

import { onTestFinished } from 'vitest';
import { startCelery, type Celery } from '../../scripts/stack/celery.js';
import { startRedis, type Redis } from '../../scripts/stack/redis.js';
import { fileURLToPath } from 'node:url';
import { select, type Sample } from '../integration/support/metrics.js';
import { startApp, type AppProcess } from '../integration/support/app-process.js';

/** Families that are read from Redis. */
export const LENGTH = 'barbossa_celery_queue_length';
export const JOBS = 'barbossa_queue_jobs';
export const AGE = 'barbossa_queue_oldest_job_age_seconds';
export const UNACKED = 'barbossa_celery_unacked_tasks';
/** And what says of the readings how they went. */
export const UP = 'barbossa_queue_poll_up';
export const POLLS = 'barbossa_queue_polls_total';

/** The length of a queue, where there is a series of it. */
export function lengthOf(samples: readonly Sample[], queue: string): number | undefined {
  return select(samples, LENGTH, { queue })[0]?.value;
}

/** Puts messages into a list of a Celery queue, without Celery. */
export async function fillList(redis: Redis, list: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await redis.command('LPUSH', list, '{}');
}

/** The application of the workers in these tests. */
export const TASKS = fileURLToPath(new URL('celery/barbossa_tasks.py', import.meta.url));

/** A Redis for the running test. */
export async function serveRedis(options: Parameters<typeof startRedis>[0] = {}): Promise<Redis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

/** A Celery worker for the running test. */
export async function serveCelery(
  redisUrl: string,
  { env = {}, files = [TASKS], ...options }: Partial<Parameters<typeof startCelery>[0]> = {},
): Promise<Celery> {
  const celery = await startCelery({ files, env: { REDIS_URL: redisUrl, ...env }, ...options });
  onTestFinished(() => celery.stop());
  return celery;
}

/** An application under the preload that reads queues once a second, and its admin server. */
export async function startQueuesApp(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly app: AppProcess; readonly admin: string }> {
  const settings = { BARBOSSA_HEALTH_CHECKS: 'none', BARBOSSA_QUEUES_INTERVAL_MS: '1000' };
  const app = startApp('bare.js', { env: { ...settings, ...env } });
  const [, admin = ''] = await app.waitFor(/metrics at (http\S+)\/metrics/);
  return { app, admin };
}

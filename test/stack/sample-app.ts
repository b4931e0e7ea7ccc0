import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { startPostgres, type Postgres } from '../../scripts/stack/postgres.js';
import type { Redis } from '../../scripts/stack/redis.js';
import { APPS, findUrls, startApp, type AppProcess } from '../integration/support/app-process.js';
import { serveRedis } from './queue-apps.js';

/** The checkout. */
export const ROOT = path.resolve(APPS, '../../..');
/** One that takes 0.4 s and one that takes 2.4 s; both succeed. */
export const SHORT = { artist: 'Doldrums', title: 'short 8', source: 'bandcamp' };
export const LONG = { artist: 'Doldrums', title: 'long 5', source: 'bandcamp' };

export interface Sample {
  readonly web: AppProcess;
  readonly url: string;
  readonly admin: string;
  readonly worker: AppProcess;
  readonly workerAdmin: string;
  readonly postgres: Postgres;
  readonly redis: Redis;
  readonly call: (method: string, path: string, data?: object, requestId?: string) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The web process and the worker on a PostgreSQL and a Redis, with logs to a collector, and somebody who is logged in. */
export async function startSample(collectorUrl: string): Promise<Sample> {
  const [postgres, redis] = await Promise.all([startPostgres(), serveRedis()]);
  onTestFinished(() => postgres.stop());
  const shared = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl };
  const web = startApp(path.join(ROOT, 'server.js'), { env: { ...shared, PORT: '0' } });
  const worker = startApp(path.join(ROOT, 'worker.js'), { env: { ...shared, OTEL_SERVICE_NAME: 'barbossa-worker' } });
  const { url, admin } = await findUrls(web);
  const [, workerAdmin = ''] = await worker.waitFor(/metrics at (http\S+)\/metrics/);
  await worker.waitFor(/working on downloads and imports/);
  let token = '';
  const call: Sample['call'] = async (method, target, data, requestId) => {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    };
    const response = await fetch(url + target, {
      method,
      headers,
      ...(data === undefined ? {} : { body: JSON.stringify(data) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  token = String((await call('POST', '/api/login', { user: 'anne', password: 'black-pearl' })).body['token']);
  return { web, url, admin, worker, workerAdmin, postgres, redis, call };
}

/** Asks until a download is in one of the states, and gives it. */
export async function waitForState({ call }: Sample, id: unknown, ...states: string[]): Promise<Answer['body']> {
  const look = async (): Promise<Answer['body']> => (await call('GET', `/api/downloads/${String(id)}`)).body;
  await expect.poll(async () => states.includes(String((await look())['state'])), { timeout: 20_000 }).toBe(true);
  return look();
}

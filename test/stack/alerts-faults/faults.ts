import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { createRandom } from '../../../sample/random.js';
import { waitUntil } from '../../../scripts/stack/wait-until.js';
import { makeRecord, makeRequest, post } from '../otlp.js';
import type { Site } from './start.js';

const SCRAPED_MS = 60_000;
const MAX_FILLS = 20_000;
const STALL_MS = 1_300;
const STALL_EVERY_MS = 5_000;

/** Waits until a query finds something. */
export async function waitForQuery(site: Site, promql: string, timeoutMs = SCRAPED_MS): Promise<void> {
  const probe = async (): Promise<boolean> => (await site.query(promql)).length > 0;
  await waitUntil(probe, { what: promql, timeoutMs, everyMs: 1_000 });
}

/** Downloads of which is known before how they end: quickly. */
function findDownloads(isGood: boolean, count: number): object[] {
  const found: object[] = [];
  for (let n = 0; found.length < count; n += 1) {
    const random = createRandom(`archive/Barbossa/track ${n}`);
    const isQuick = random() < 0.3;
    const succeeds = random() >= 1 / 7;
    if (isQuick && succeeds === isGood) found.push({ source: 'archive', artist: 'Barbossa', title: `track ${n}` });
  }
  return found;
}

/** Puts downloads into the queue, which all succeed, or all fail. */
async function putDownloads(site: Site, isGood: boolean, count: number): Promise<void> {
  const jobs = findDownloads(isGood, count).map((data) => ({ name: 'downloads', data }));
  const queue = new Queue('downloads', { connection: describeRedis(site) });
  try {
    await queue.addBulk(jobs);
  } finally {
    await queue.close();
  }
}

/** Where Redis is, and its password. */
export function describeRedis({ whole, readSecret }: Site): { host: string; password: string } {
  return { host: whole.get('redis').address, password: readSecret('redis.password') };
}

/**
 * Downloads all succeed, or all fail, `count` of them beyond the first: a rate does not count what a series begins with.
 * Resolves when Prometheus knows.
 */
export async function endDownloads(site: Site, isGood: boolean, count: number): Promise<void> {
  const ended = `barbossa_tasks_total{task="downloads",state="${isGood ? 'success' : 'failure'}"}`;
  await putDownloads(site, isGood, 1);
  await waitForQuery(site, `${ended} >= 1`);
  await putDownloads(site, isGood, count);
  await waitForQuery(site, `${ended} >= ${1 + count}`);
}

/** In the place of a Celery queue there is something else. */
export async function blockQueue(site: Site): Promise<void> {
  await withRedis(site, async (redis) => {
    await redis.sadd('_kombu.binding.reports', 'reports\x06\x16\x06\x16reports');
    await redis.set('reports', 'a text');
  });
}

/** Takes it away. */
export async function unblockQueue(site: Site): Promise<void> {
  await withRedis(site, (redis) => redis.del('reports', '_kombu.binding.reports'));
}

async function withRedis(site: Site, use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(describeRedis(site));
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** Kills a web process three times, each time when Prometheus has seen it live longer than the next one will have. */
export async function restartAgainAndAgain(site: Site, name: string): Promise<void> {
  const idle = `nodejs_eventloop_time_total{instance="${name}:9464",nodejs_eventloop_state="idle"}`;
  const container = site.whole.get(name);
  for (let restarts = 1; restarts <= 3; restarts += 1) {
    await waitForQuery(site, `${idle} > 16`);
    await container.kill();
    await container.start();
    await waitForQuery(site, `resets(${idle}[30m]) >= ${restarts}`);
  }
}

/** Stops a process for longer than a second, again and again, until `isOver`. */
export async function stall(site: Site, name: string, isOver: () => boolean): Promise<void> {
  const container = site.whole.get(name);
  while (!isOver()) {
    container.pause();
    await sleep(STALL_MS);
    container.resume();
    await sleep(STALL_EVERY_MS - STALL_MS);
  }
}

/** Stops Alertmanager until Prometheus has had alerts for it. */
export async function missAlertmanager(site: Site): Promise<void> {
  const alertmanager = site.whole.get('alertmanager');
  await alertmanager.stop();
  await waitForQuery(site, 'increase(prometheus_notifications_errors_total[2m]) > 0', 150_000);
  await alertmanager.start();
}

/** Waits until the web process has given up a log record, which the collector refuses; when it takes none, none is refused. */
export async function waitForLoss({ whole, readSecret }: Site): Promise<void> {
  const headers = { authorization: `Bearer ${readSecret('metrics.token')}` };
  const lost = /^barbossa_logs_dropped_total\{.*reason="rejected".*\} [1-9]/m;
  const probe = async (): Promise<boolean> =>
    lost.test(await (await fetch(`${whole.urlOf('web', 9464)}/metrics`, { headers })).text());
  await waitUntil(probe, { what: 'a log record that is refused', timeoutMs: SCRAPED_MS, everyMs: 500 });
}

/** Where the collector takes log records, and with what. */
export function describeCollector({ whole, readSecret }: Site) {
  return {
    url: whole.urlOf('collector', 4318).replace('http:', 'https:'),
    headers: { authorization: `Bearer ${readSecret('collector.token')}` },
    tls: { ca: readSecret('stack-ca.crt') },
  };
}

/** Sends log records until the collector has no room for more. */
export async function fillQueue(site: Site): Promise<void> {
  const { url, headers, tls } = describeCollector(site);
  const body = makeRequest([makeRecord({ message: 'x'.repeat(500) })]);
  for (let n = 0; n < MAX_FILLS; n += 1) if ((await post(url, body, headers, tls)).status === 503) return;
  throw new Error(`the collector took ${MAX_FILLS} records`);
}

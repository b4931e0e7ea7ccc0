import { setTimeout as sleep } from 'node:timers/promises';
import { startCelery } from '../../../scripts/stack/celery.js';
import { waitUntil } from '../../../scripts/stack/wait-until.js';
import { TASKS } from '../queues.js';
import type { Expected } from './expected.js';
import {
  blockQueue,
  describeRedis,
  endDownloads,
  fillQueue,
  missAlertmanager,
  restartAgainAndAgain,
  stall,
  unblockQueue,
  waitForLoss,
} from './faults.js';
import { sendRefused } from './refused.js';
import { askVariously, Requests } from './requests.js';
import type { Sightings } from './sightings.js';
import { standInForGrafana } from './stand-in.js';
import type { Site } from './start.js';

/** The longest `for` is 5 minutes; what it is about is not there at once. */
const FIRING_MS = 420_000;
/** After all is healed. */
const RESOLVED_MS = 150_000;
const EVERY_MS = 1_000;
/** Four in five are slow, and the others fail. */
const TROUBLE = [...Array.from({ length: 9 }, () => '/api/slow?ms=1100'), '/api/fail', '/api/fail'];
const TROUBLE_PER_SECOND = 1.5;
/** So many go well afterwards that what failed is a small part of the last 5 minutes. */
const WELL_PER_SECOND = 30;
/** More than the 5 that the rule takes notice of. */
const BAD_DOWNLOADS = 9;
const GOOD_DOWNLOADS = 40;

/** Causes all faults, each beside the others, and waits until all alerts have come; which have not is for the tests to say. */
export async function causeFaults(site: Site, seen: Sightings, expected: readonly Expected[]): Promise<void> {
  const { whole } = site;
  const end = AbortSignal.timeout(FIRING_MS);
  const web = whole.urlOf('web', 8080);
  const trouble = new Requests(web, TROUBLE, TROUBLE_PER_SECOND);
  try {
    const faults = await Promise.allSettled([
      missAlertmanager(site),
      askVariously(web),
      whole.get('container-logs').stop(),
      stopElasticsearch(site),
      stopWorker(site),
      stopSecondHost(site),
      stall(site, 'web', () => end.aborted || seen.has('EventLoopStalled')),
      stopRedis(site, seen),
    ]);
    const failed = faults.filter((result) => result.status === 'rejected');
    if (failed.length > 0) throw new AggregateError(failed.map(({ reason }) => reason as unknown));
    await lookUntil(end, () => expected.every((one) => seen.find(one).length > 0));
  } finally {
    await trouble.stop();
  }
}

/** And fills its disk, and then the queue of what it does not take. */
async function stopElasticsearch(site: Site): Promise<void> {
  await site.whole.get('elasticsearch').kill();
  site.elasticsearchDisk.fill();
  await waitForLoss(site);
  await fillQueue(site);
}

/** When it has had tasks that fail. */
async function stopWorker(site: Site): Promise<void> {
  await blockQueue(site);
  await endDownloads(site, false, BAD_DOWNLOADS);
  await site.whole.get('worker').stop();
}

/** When it has restarted again and again, for which it needs its database. */
async function stopSecondHost(site: Site): Promise<void> {
  await restartAgainAndAgain(site, 'second');
  await Promise.all([site.whole.get('second').stop(), site.whole.get('postgres').stop()]);
}

/** When it is known that there are no workers of Celery's, of whom nothing is heard without it. */
async function stopRedis(site: Site, seen: Sightings): Promise<void> {
  const probe = (): boolean => seen.has('CeleryWorkersGone');
  await waitUntil(probe, { what: 'CeleryWorkersGone', timeoutMs: FIRING_MS, everyMs: EVERY_MS });
  await site.whole.get('redis').stop();
}

/**
 * Heals all of it, and waits until the alerts are gone; which are not is for the tests to say. Gives what ends the servers
 * that it has started beside the site's.
 */
export async function heal(site: Site, seen: Sightings, expected: readonly Expected[]): Promise<() => Promise<void>> {
  const { get, urlOf } = site.whole;
  site.music.empty();
  site.elasticsearchDisk.empty();
  const grafana = await standInForGrafana(site);
  await Promise.all([get('redis').start(), get('postgres').start(), get('web').stop()]);
  await unblockQueue(site);
  await Promise.all(['web', 'worker', 'second'].map((name) => get(name).start()));
  const well = new Requests(urlOf('web', 8080), ['/'], WELL_PER_SECOND);
  try {
    const { host, password } = describeRedis(site);
    const [celery] = await Promise.all([
      startCelery({ files: [TASKS], env: { REDIS_URL: `redis://:${password}@${host}:6379/0` } }),
      endDownloads(site, true, GOOD_DOWNLOADS),
      get('container-logs').start(),
      startElasticsearch(site),
    ]);
    const end = AbortSignal.timeout(RESOLVED_MS);
    await lookUntil(end, () =>
      expected.every((one) => {
        const found = seen.find(one);
        return one.isLeft === undefined ? found.every(({ isThere }) => !isThere) : found.length > 0;
      }),
    );
    return async () => {
      await celery.stop();
      grafana.close();
      grafana.closeAllConnections();
    };
  } finally {
    await well.stop();
  }
}

/** And has it refuse what it is sent. */
async function startElasticsearch(site: Site): Promise<void> {
  await site.whole.get('elasticsearch').start();
  await sendRefused(site);
}

/** Looks until it is so, or it is over. */
async function lookUntil(end: AbortSignal, isSo: () => boolean): Promise<void> {
  while (!isSo() && !end.aborted) await sleep(EVERY_MS);
}

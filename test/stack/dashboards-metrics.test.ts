// @needs collector, Elasticsearch, Prometheus, Redis, PostgreSQL, node exporter, Redis exporter, PostgreSQL exporter
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { PROMETHEUS } from '../../deploy/grafana/builder/sources.js';
import { startPostgres } from '../../scripts/stack/postgres.js';
import { startRedis } from '../../scripts/stack/redis.js';
import { readDashboards } from '../../deploy/grafana/builder/read.js';
import { countSeries, countValues, findEmptySelectors, type Scraped } from '../../deploy/grafana/asking/prometheus.js';
import { startExporters, startPrometheus } from './dashboards/scraping.js';
import { driveTraffic, startSample, waitForLogs } from './dashboards/traffic-run.js';
import { makeRecord, send } from './otlp.js';
import { startChain, waitForDocuments, withRequestId, type Chain } from './stack.js';

const TRAFFIC_SECONDS = 45;
const SCRAPE_SECONDS = 2;

let prometheus: Scraped;
beforeAll(async () => {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    prometheus = await scrapeTraffic((end) => stops.push(end));
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}, 300_000);

/** The whole of it, under traffic, with a document in it that Elasticsearch refuses. */
async function scrapeTraffic(onStop: (end: () => Promise<unknown>) => void): Promise<Scraped> {
  const [chain, redis, postgres] = await Promise.all([startChain(), startRedis(), startPostgres()]);
  onStop(chain.stop);
  onStop(redis.stop);
  onStop(postgres.stop);
  await postgres.query("CREATE ROLE watcher LOGIN PASSWORD 'watcher' IN ROLE pg_monitor");
  const watched = `postgresql://watcher:watcher@127.0.0.1:${postgres.port}/postgres`;
  const exporters = await startExporters({ redis: redis.url, postgres: watched });
  onStop(exporters.stop);
  const sample = await startSample(chain, {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    // Named: those that are to be found may be found a minute later.
    BARBOSSA_QUEUES: 'bullmq:downloads,bullmq:imports',
    BARBOSSA_QUEUES_INTERVAL_MS: '1000',
  });
  onStop(sample.stop);
  const fromMs = Date.now();
  const scraping = await startPrometheus(
    {
      ...exporters.addresses,
      'web:9464': sample.webTarget,
      'worker:9808': sample.workerTarget,
      'collector:8888': new URL(chain.collector.metricsUrl).host,
    },
    SCRAPE_SECONDS,
  );
  onStop(scraping.stop);
  const traffic = driveTraffic(sample, TRAFFIC_SECONDS);
  await refuseOne(chain);
  await traffic;
  await waitForLogs(chain);
  return { url: scraping.url, time: { fromMs, toMs: Date.now() }, rateSeconds: SCRAPE_SECONDS * 4 };
}

/** A record that comes twice is refused the second time. */
async function refuseOne({ collector, elasticsearch }: Chain): Promise<void> {
  const requestId = randomUUID();
  const record = makeRecord({ uid: randomUUID(), attributes: { request_id: requestId } });
  await send(collector.url, [record]);
  await waitForDocuments(elasticsearch, withRequestId(requestId), 1);
  await send(collector.url, [record]);
}

const dashboards = readDashboards();

/** What only an alert that fires has; the panel shows zero without. */
const MAY_BE_EMPTY = new Set(['ALERTS{alertstate="firing", alertname!="Watchdog"}']);

describe('after a traffic run', () => {
  const queries = dashboards.flatMap(({ title, panels, annotations, templating }) =>
    [
      ...panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ name: panel.title ?? '', target }))),
      ...(annotations.list ?? []).flatMap(({ name, target }) => (target === undefined ? [] : [{ name, target }])),
    ]
      .filter(({ target }) => target.datasource.uid === PROMETHEUS.uid)
      .map(({ name, target }) => ({
        name: `${title}: "${name}": ${target.refId}`,
        target,
        variables: templating.list ?? [],
      })),
  );

  test.each(queries)('$name has data', async ({ target, variables }) => {
    expect(await countSeries(prometheus, target, variables)).toBeGreaterThan(0);
  });

  test.each(queries)('$name names no metric, label or value that is not there', async ({ target, variables }) => {
    const empty = await findEmptySelectors(prometheus, target, variables);
    expect(empty.filter((selector) => !MAY_BE_EMPTY.has(selector))).toStrictEqual([]);
  });

  const variables = dashboards.flatMap(({ title, templating }) =>
    (templating.list ?? [])
      .filter(({ datasource }) => datasource?.uid === PROMETHEUS.uid)
      .map((variable) => ({ name: `${title}: $${variable.name}`, variable, all: templating.list ?? [] })),
  );

  test.each(variables)('$name has values', async ({ variable, all }) => {
    expect(await countValues(prometheus, variable, all)).toBeGreaterThan(0);
  });
});

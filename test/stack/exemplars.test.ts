// @needs Prometheus, mount namespaces
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import { findPrometheus } from '../../scripts/stack/install-prometheus.js';
import { PROMETHEUS_ARGS, startPrometheus } from '../../scripts/stack/prometheus.js';
import { findReachable } from '../../scripts/stack/unprivileged.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import { startWebServer } from '../../scripts/stack/web-server.js';
import { CATALOGUE } from '../../src/metrics/catalogue.js';
import { findUrls, startApp } from '../integration/support/app-process.js';

const LATENCY = 'barbossa_request_latency_seconds_bucket';
/** An address of the loopback that no other test's application has. */
const WEB_HOST = '127.0.12.1';
/** Where deploy/prometheus/prometheus.yml finds the web process. */
const WEB_PORT = '9464';

interface ExemplarSeries {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** What its API answers, below /api/v1/. */
async function ask<T>(url: string, path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
  const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
  if (status !== 'success') throw new Error(`Prometheus: ${path}: ${error}`);
  return data;
}

/** The exemplars of the last minutes. */
function findExemplars(url: string, query: string): Promise<ExemplarSeries[]> {
  const seconds = Date.now() / 1_000;
  return ask(url, 'query_exemplars', { query, start: String(seconds - 600), end: String(seconds + 60) });
}

async function select(url: string, query: string): Promise<readonly Series[]> {
  return (await ask<{ result: Series[] }>(url, 'query', { query })).result;
}

/** Sends requests, each of a trace of its own. Gives the trace ids. */
async function drive(url: string, paths: readonly string[], flags = '01'): Promise<Set<string>> {
  const traceIds = new Set<string>();
  for (const path of paths) {
    const traceId = randomBytes(16).toString('hex');
    const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}` };
    await (await fetch(url + path, { headers })).text();
    traceIds.add(traceId);
  }
  return traceIds;
}

/** Prometheus that scrapes an address each second, by one job for each format. */
async function startBothFormats(target: string) {
  const job = (name: string, protocols: readonly string[]) => ({
    job_name: name,
    scrape_protocols: protocols,
    static_configs: [{ targets: [target] }],
  });
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [job('open', ['OpenMetricsText1.0.0']), job('text', ['PrometheusText0.0.4'])],
  };
  const server = await startWebServer({
    name: 'Prometheus formats',
    readyPath: '/-/ready',
    describe: ({ folder, port }) => {
      writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
      return {
        command: join(findReachable(join(findPrometheus().program, '..'), join(folder, 'home')), 'prometheus'),
        args: [
          `--config.file=${join(folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          ...PROMETHEUS_ARGS,
        ],
      };
    },
  });
  onTestFinished(() => server.stop());
  return server.url;
}

test('both formats give Prometheus the same series, values and types; OpenMetrics its exemplars too', async () => {
  const { url, admin } = await findUrls(startApp('metrics.mjs'));
  const orders = ['/observe', '/start/youtube', '/end/succeed', '/imports/3', '/own'];
  const traceIds = await drive(url, orders, '00');
  const prometheus = await startBothFormats(new URL(admin).host);
  // What is always another value: the event loop, the heap, and Prometheus' own of the scrape.
  const stable = '__name__!~"(nodejs|v8js|scrape)_.*"';
  const print = ({ metric: { job: _job, ...labels }, value }: Series): string =>
    [...Object.entries(labels).map((label) => JSON.stringify(label)), value[1]].toSorted().join();
  const read = async (job: string): Promise<string[]> =>
    (await select(prometheus, `{job="${job}",${stable}}`)).map(print);
  const compare = async () => {
    const [open, text] = [await read('open'), await read('text')];
    const lacks = (some: readonly string[], all: readonly string[]) => all.filter((series) => !some.includes(series));
    return { isWhole: open.length > 50, onlyInText: lacks(open, text), onlyInOpen: lacks(text, open) };
  };
  // Not at once: a health check may run between the two scrapes.
  await expect
    .poll(compare, { timeout: 30_000, interval: 250 })
    .toEqual({ isWhole: true, onlyInText: [], onlyInOpen: [] });
  expect(await select(prometheus, 'up == 1')).toHaveLength(2);
  const names = async (job: string): Promise<string[]> =>
    (await select(prometheus, `group by (__name__) (last_over_time({job="${job}",__name__=~"(nodejs|v8js)_.*"}[1m]))`))
      .map(({ metric }) => metric['__name__'] ?? '')
      .toSorted();
  // Some gauges of the event loop have a value in each second scrape or so.
  await waitUntil(async () => (await names('open')).join() === (await names('text')).join(), {
    what: 'the same names',
  });
  expect((await names('open')).length).toBeGreaterThan(5);

  const metadata = await ask<{ metric: string; type: string; target: { job: string } }[]>(
    prometheus,
    'targets/metadata',
    {},
  );
  for (const { name, kind } of Object.values(CATALOGUE)) {
    const type = kind.includes(' ') ? 'gauge' : kind;
    const family = kind === 'counter' ? name.replace(/_total$/, '') : name;
    const typeOf = (job: string, metric: string) =>
      metadata.find((entry) => entry.target.job === job && entry.metric === metric)?.type;
    expect.soft([typeOf('open', family), typeOf('text', name)], name).toEqual([type, type]);
  }

  const found = await findExemplars(prometheus, `${LATENCY}{job="open"}`);
  const exemplars = found.flatMap((series) => series.exemplars);
  expect(exemplars.length).toBeGreaterThan(0);
  for (const { labels, value } of exemplars) {
    expect(traceIds).toContain(labels['trace_id']);
    expect(Number(value)).toBeGreaterThan(0);
  }
  expect(await findExemplars(prometheus, `${LATENCY}{job="text"}`)).toEqual([]);
});

test('with the files of deploy/ the exemplar API gives a trace that a request had', async () => {
  const app = startApp('express5.js', {
    env: {
      OTEL_EXPORTER_PROMETHEUS_HOST: WEB_HOST,
      OTEL_EXPORTER_PROMETHEUS_PORT: WEB_PORT,
      BARBOSSA_ADMIN_HOSTS: 'web',
    },
  });
  const { url } = await findUrls(app);
  const prometheus = await startPrometheus({ hosts: { web: WEB_HOST } });
  onTestFinished(() => prometheus.stop());
  const traceIds = await drive(url, ['/', '/nowhere', '/nowhere']);
  let found: ExemplarSeries[] = [];
  await waitUntil(
    async () => {
      // As Grafana asks: with the panel's whole query, of which Prometheus takes the selectors.
      found = await findExemplars(
        prometheus.url,
        `histogram_quantile(0.95, sum by (le, endpoint) (rate(${LATENCY}{job="barbossa"}[1m])))`,
      );
      return found.length > 0;
    },
    { what: 'exemplars of the shipped job' },
  );
  for (const { seriesLabels, exemplars } of found) {
    expect(seriesLabels['le']).toBeDefined();
    for (const { labels } of exemplars) {
      expect(traceIds).toContain(labels['trace_id']);
      expect(labels['span_id']).toMatch(/^[\da-f]{16}$/);
    }
  }
});

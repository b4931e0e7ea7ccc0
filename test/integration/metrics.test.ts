import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/metrics/catalogue.js';
import { findUrls, startApp, type AppProcess } from './support/app-process.js';
import { scrape, scrapeUntil, select, sum, type Sample } from './support/metrics.js';
import { readOwnLines } from './support/own-lines.js';

interface MetricsApp {
  readonly app: AppProcess;
  readonly admin: string;
  /** Lets the application do something. */
  readonly order: (path: string) => Promise<void>;
}

async function startMetricsApp(env: Readonly<Record<string, string>> = {}): Promise<MetricsApp> {
  const app = startApp('metrics.mjs', { env });
  const { url, admin } = await findUrls(app);
  const order = async (path: string): Promise<void> => {
    expect(await (await fetch(`${url}/${path}`)).text()).toBe('done');
  };
  return { app, admin, order };
}

/** The lines that are not the first: how it started. */
function readLaterLines(app: AppProcess): string[] {
  return readOwnLines(app).filter((line) => !line.includes(' started for '));
}

test('the first scrape shows every family, and a zero of each that can have one', async () => {
  const { admin } = await startMetricsApp();
  const response = await fetch(`${admin}/metrics`);
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text).not.toContain('otel_scope');
  const types = {
    counter: 'counter',
    histogram: 'histogram',
    'up-down counter': 'gauge',
    'observable gauge': 'gauge',
  };
  for (const { name, kind, help } of Object.values(CATALOGUE)) {
    expect.soft(text).toContain(`# TYPE ${name} ${types[kind]}\n`);
    expect.soft(text).toContain(`# HELP ${name} ${help}\n`);
  }
  const samples = await scrape(admin);
  for (const row of Object.values(CATALOGUE)) {
    for (const labels of 'zeros' in row ? row.zeros : []) {
      const series = select(samples, row.name, labels);
      expect
        .soft(
          series.map(({ value }) => value),
          row.name,
        )
        .toEqual([0]);
    }
  }
  expect(select(samples, 'barbossa_app_info')).toHaveLength(1);
  expect(
    select(samples, 'nodejs_eventloop_utilization_ratio').length +
      select(samples, 'nodejs_eventloop_utilization').length,
  ).toBe(1);
});

const OBSERVED = [
  ['barbossa_library_tracks_total', 480],
  ['barbossa_library_size_bytes', 1e9],
  ['barbossa_active_users', 3],
  ['barbossa_celery_queue_length', 7],
] as const;

function readObserved(samples: readonly Sample[]): (number | undefined)[] {
  return OBSERVED.map(([name]) => select(samples, name)[0]?.value);
}

const ALL = OBSERVED.map(([, value]) => value);
const NONE = OBSERVED.map(() => undefined);

test.each([
  ['throw', /fails \(the library is closed\)/],
  ['reject', /fails \(the library is closed\)/],
  ['nonsense', /fails \(the answer must be /],
  ['silent', /fails \(no answer within 200 ms\)/],
] as const)('a callback that does not answer (%s): its gauges are absent, not stale', async (behaviour, problem) => {
  const { app, admin, order } = await startMetricsApp();
  await order('observe');
  expect(readObserved(await scrape(admin))).toEqual(ALL);
  await order(`behave/${behaviour}`);
  for (let count = 0; count < 3; count += 1) expect(readObserved(await scrape(admin))).toEqual(NONE);
  const warnings = readLaterLines(app);
  expect(warnings).toHaveLength(3);
  for (const warning of warnings) expect(warning).toMatch(problem);
  await order('behave/later');
  // A callback that never answers is not called again: who knows what it waits for.
  if (behaviour === 'silent') return expect(readObserved(await scrape(admin))).toEqual(NONE);
  expect(readObserved(await scrape(admin))).toEqual(ALL);
  return expect(readLaterLines(app).slice(3)).toEqual([
    'info: observeLibrary: the callback works again',
    'info: observeActiveUsers: the callback works again',
    'info: observeQueueLength("downloads"): the callback works again',
  ]);
});

test('an observation that is disposed is gone, and a newer one takes its place', async () => {
  const { app, admin, order } = await startMetricsApp();
  await order('observe');
  await order('observe');
  expect(readObserved(await scrape(admin))).toEqual(ALL);
  expect(readLaterLines(app)).toHaveLength(3);
  await order('dispose');
  expect(readObserved(await scrape(admin))).toEqual(NONE);
});

test('a download moves gauge, counter and histogram together', async () => {
  const { admin, order } = await startMetricsApp();
  await order('start/archive');
  await order('start/archive');
  await order('start/lidarr');
  expect(sum(await scrape(admin), 'barbossa_active_downloads')).toBe(3);
  for (const outcome of ['succeed', 'fail', 'cancel']) await order(`end/${outcome}`);
  const samples = await scrape(admin);
  expect(sum(samples, 'barbossa_active_downloads')).toBe(0);
  expect(select(samples, 'barbossa_downloads_total').map(({ labels, value }) => [labels, value])).toEqual([
    [{ source: 'archive', status: 'success' }, 1],
    [{ source: 'archive', status: 'failed' }, 1],
    [{ source: 'lidarr', status: 'cancelled' }, 1],
  ]);
  expect(sum(samples, 'barbossa_download_duration_seconds_count', { source: 'archive' })).toBe(2);
  expect(sum(samples, 'barbossa_download_duration_seconds_count', { source: 'lidarr' })).toBe(1);
});

test('series beyond the limit are counted in one, with one warning', async () => {
  const { app, admin, order } = await startMetricsApp({ BARBOSSA_METRICS_MAX_SERIES: '30' });
  await order('imports/50');
  await scrape(admin);
  await order('imports/50');
  const samples = await scrape(admin);
  const series = select(samples, 'barbossa_imports_total');
  expect(series).toHaveLength(30);
  expect(sum(samples, 'barbossa_imports_total')).toBe(100);
  expect(sum(samples, 'barbossa_imports_total', { otel_metric_overflow: 'true' })).toBe(42);
  expect(readLaterLines(app)).toEqual([
    'warn: barbossa_imports_total has reached 30 series (BARBOSSA_METRICS_MAX_SERIES); ' +
      'new label sets are counted in the series otel_metric_overflow="true"',
  ]);
});

test('label values that cannot be used are counted as one, with one warning', async () => {
  const { app, admin, order } = await startMetricsApp();
  await order('strange');
  const samples = await scrape(admin);
  expect(sum(samples, 'barbossa_imports_total', { source: 'invalid' })).toBe(5);
  expect(sum(samples, 'barbossa_imports_total', { source: 'two\ufffdlines' })).toBe(1);
  expect(readLaterLines(app)).toEqual([
    expect.stringMatching(/^warn: barbossa_imports_total: label source is undefined; allowed: /),
  ]);
});

test('a collection error is a 500 with its reason, and what it reports is not lost', async () => {
  const { app, admin, order } = await startMetricsApp();
  await order('own');
  await order('behave/throw');
  for (let count = 0; count < 2; count += 1) {
    const response = await fetch(`${admin}/metrics`);
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('the library is closed')]);
  }
  await order('behave/answer');
  await scrapeUntil(admin, (samples) => sum(samples, 'own_gauge') === 5);
  expect(readLaterLines(app)).toEqual([
    expect.stringMatching(/^warn: \/metrics: the metrics cannot be collected: .*the library is closed/),
    'info: /metrics: the collection works again',
  ]);
});

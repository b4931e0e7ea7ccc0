import { DataPointType } from '@opentelemetry/sdk-metrics';
import { describe, expect, test, vi } from 'vitest';
import { CATALOGUE, type MetricRow } from '../../../src/metrics/catalogue.js';
import { captureStderr, pointsOf, startTestMeter } from './test-meter.js';

/** A copy of the module as it is before anything was started. */
async function loadFresh(): Promise<typeof import('../../../src/metrics/instruments.js')> {
  vi.resetModules();
  Reflect.deleteProperty(globalThis, Symbol.for('barbossa-telemetry.metrics'));
  return import('../../../src/metrics/instruments.js');
}

const rows: readonly MetricRow[] = Object.values(CATALOGUE);

test('before anything is started there are no instruments and zeros are nothing', async () => {
  const { getInstruments, recordZeros } = await loadFresh();
  const scrape = startTestMeter();
  recordZeros();
  expect(getInstruments()).toBeUndefined();
  expect((await scrape()).size).toBe(0);
});

test('the first scrape has every known label set with the value 0', async () => {
  const { createInstruments, recordZeros } = await loadFresh();
  const scrape = startTestMeter();
  createInstruments();
  recordZeros();
  const first = await scrape();
  const expected = rows.filter((row) => row.zeros !== undefined);
  expect([...first.keys()].toSorted()).toEqual(expected.map((row) => row.name).toSorted());
  for (const row of expected) {
    const zeros = (row.zeros ?? []).map((labels) => ({ labels, value: 0 }));
    expect(pointsOf(first, row.name)).toEqual(zeros);
  }
  expect(pointsOf(await scrape(), 'barbossa_library_tracks_total')).toEqual([{ labels: {}, value: 0 }]);
});

test('what the request path counts by itself has no instrument, and so is not in a scrape twice', async () => {
  const { createInstruments } = await loadFresh();
  startTestMeter();
  const own = Object.entries<MetricRow>(CATALOGUE).filter(([, { ownSeries }]) => ownSeries === true);
  expect(own.map(([key]) => key)).toEqual(['requests', 'requestLatency']);
  const instruments = Object.keys(createInstruments());
  expect(instruments.toSorted()).toEqual(
    Object.keys(CATALOGUE)
      .filter((key) => !own.some(([name]) => name === key))
      .toSorted(),
  );
});

test('help, unit, kind and buckets are those of the catalogue', async () => {
  const { createInstruments } = await loadFresh();
  const scrape = startTestMeter();
  const all = createInstruments();
  all.downloads.add(1, { source: 'slskd', status: 'success' });
  all.downloadDuration.record(45, { source: 'slskd' });
  all.activeDownloads.add(1);
  all.appInfo.addCallback((result) => result.observe(1, { version: '1', node_version: '20' }));
  const scraped = await scrape();
  const kinds = Object.fromEntries([...scraped].map(([name, family]) => [name, family.dataPointType]));
  expect(kinds).toEqual({
    barbossa_downloads_total: DataPointType.SUM,
    barbossa_download_duration_seconds: DataPointType.HISTOGRAM,
    barbossa_active_downloads: DataPointType.SUM,
    barbossa_app_info: DataPointType.GAUGE,
  });
  const { help, unit, buckets } = CATALOGUE.downloadDuration;
  expect(scraped.get('barbossa_download_duration_seconds')?.descriptor).toMatchObject({ description: help, unit });
  expect(pointsOf(scraped, 'barbossa_download_duration_seconds')).toMatchObject([
    { value: { count: 1, sum: 45, buckets: { boundaries: buckets, counts: [0, 0, 1, 0, 0, 0, 0, 0] } } },
  ]);
});

test('what is observed is absent as soon as it is not observed', async () => {
  const { createInstruments } = await loadFresh();
  const scrape = startTestMeter();
  let up = true;
  createInstruments().healthCheckStatus.addCallback((result) => {
    if (up) result.observe(1, { check: 'redis' });
  });
  expect(pointsOf(await scrape(), 'barbossa_health_check_status')).toHaveLength(1);
  up = false;
  expect(pointsOf(await scrape(), 'barbossa_health_check_status')).toEqual([]);
});

test('a second copy of the package records into what the first has started', async () => {
  const first = await loadFresh();
  const scrape = startTestMeter();
  first.createInstruments().activeDownloads.add(1);
  vi.resetModules();
  const second = await import('../../../src/metrics/instruments.js');
  expect(second).not.toBe(first);
  second.getInstruments()?.activeDownloads.add(1);
  expect(pointsOf(await scrape(), 'barbossa_active_downloads')).toEqual([{ labels: {}, value: 2 }]);
});

describe('the limit of series', () => {
  test('holds over many scrapes, and nothing is lost', async () => {
    const lines = captureStderr();
    const { createInstruments } = await loadFresh();
    const scrape = startTestMeter();
    const { downloads, downloadDuration } = createInstruments(10);
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 20; n += 1) {
        downloads.add(1, { source: `${round}-${n}`, status: 'success' });
        downloadDuration.record(1, { source: `${round}-${n}` });
      }
      const points = pointsOf(await scrape(), 'barbossa_downloads_total');
      expect(points).toHaveLength(10);
      expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe((round + 1) * 20);
      expect(points.find(({ labels }) => labels['otel.metric.overflow'] === true)).toBeDefined();
    }
    expect(pointsOf(await scrape(), 'barbossa_download_duration_seconds')).toHaveLength(10);
    expect(lines.filter((line) => line.includes('barbossa_downloads_total'))).toHaveLength(1);
  });

  test('tells label sets apart by label, whatever is in them', async () => {
    const { createInstruments } = await loadFresh();
    const scrape = startTestMeter();
    const { downloads } = createInstruments();
    downloads.add(1, { source: 'a,b', status: 'c' });
    downloads.add(1, { source: 'a', status: 'b,c' });
    downloads.add(1, { status: 'b,c', source: 'a' });
    expect(pointsOf(await scrape(), 'barbossa_downloads_total').map(({ value }) => value)).toEqual([1, 2]);
  });
});

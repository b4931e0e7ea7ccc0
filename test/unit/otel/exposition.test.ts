import { metrics as api, ROOT_CONTEXT, trace, type Attributes } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, type ResourceMetrics, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CATALOGUE, type MetricRow } from '../../../src/metrics/catalogue.js';
import { createRequestMetrics } from '../../../src/metrics/requests.js';
import { createInstruments } from '../../../src/metrics/instruments.js';
import { findOverflow, printExposition } from '../../../src/otel/exposition.js';
import { createRequestProducer } from '../../../src/otel/request-producer.js';
import { readOpenMetrics, type OpenFamily } from '../../integration/support/open-metrics.js';
import { captureStderr } from '../metrics/test-meter.js';

const rows: readonly MetricRow[] = Object.values(CATALOGUE);
const resource = resourceFromAttributes({ 'service.name': 'a "test"' });
const context = trace.setSpan(
  ROOT_CONTEXT,
  trace.wrapSpanContext({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
  }),
);

/** A meter provider with what counts requests, and how it is read. */
function startMeter(views: ViewOptions[] = []) {
  const requests = createRequestMetrics(100);
  const reader = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [createRequestProducer(requests, resource)],
  });
  const provider = new MeterProvider({ resource, readers: [reader], views });
  api.setGlobalMeterProvider(provider);
  onTestFinished(() => api.disable());
  const collect = async (): Promise<ResourceMetrics> => (await reader.collect()).resourceMetrics;
  return { requests, collect };
}

function familyOf(families: readonly OpenFamily[], name: string): OpenFamily | undefined {
  return families.find((family) => family.name === name);
}

/** The samples of Prometheus text by what they are called, bounds as numbers. */
function readText(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [normalize(line.slice(0, line.lastIndexOf(' '))), Number(lastWord(line))]));
}

function readSamples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return readText(lines.map((line) => line.replace(/ # \{.*$/, '')).join('\n'));
}

/** What is said of families, but for units, of which text 0.0.4 knows nothing. */
function readHeads(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => /^# (HELP|TYPE) /.test(line) && !line.endsWith(' description missing'));
  return lines.filter((line) => !/^# HELP \S+ $/.test(line)).join('\n');
}

function normalize(series: string): string {
  return series.replace(/le="([^"]*)"/, (_match, le: string) => `le="${Number(le.replace('Inf', 'Infinity'))}"`);
}

function lastWord(line: string): string {
  return line.slice(line.lastIndexOf(' ') + 1).replace('Inf', 'Infinity');
}

test('without series every family of the catalogue is told', async () => {
  const { collect } = startMeter();
  const families = readOpenMetrics(printExposition(await collect(), rows, 'openMetrics'));
  expect(families[0]).toMatchObject({
    name: 'target',
    type: 'info',
    samples: [{ name: 'target_info', labels: { service_name: 'a "test"' }, value: 1 }],
  });
  for (const { name, kind, help, unit } of rows) {
    const isCounter = kind === 'counter';
    const family = familyOf(families, isCounter ? name.replace(/_total$/, '') : name);
    expect.soft(family, name).toMatchObject({ type: kind.includes(' ') ? 'gauge' : kind, help, samples: [] });
    const unitName = { s: 'seconds', By: 'bytes' }[unit ?? ''];
    expect.soft(family?.unit, name).toBe(unitName);
  }
  expect(families).toHaveLength(rows.length + 1);
});

test('in text too, and those with series once', async () => {
  const { collect } = startMeter();
  createInstruments().downloads.add(1, { source: 'a', status: 'success' });
  const lines = printExposition(await collect(), rows, 'text').split('\n');
  for (const { name, kind, help } of rows) {
    const type = kind.includes(' ') ? 'gauge' : kind;
    expect.soft(lines.filter((line) => line === `# TYPE ${name} ${type}`)).toHaveLength(1);
    expect.soft(lines.filter((line) => line === `# HELP ${name} ${help}`)).toHaveLength(1);
  }
});

test('what has the most peculiar names, labels and values is the same in both formats', async () => {
  const { requests, collect } = startMeter([
    {
      instrumentName: 'with.infinity',
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, Infinity] } },
    },
    { instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
  ]);
  const meter = api.getMeter('strange');
  const labels: Attributes = { 'a.b': 'x"\\\ny', é: '', n: 1, list: ['p'], 'emoji 🙂': '🙂' };
  meter.createCounter('plain.counter', { description: 'says "so"\\\n', unit: 's' }).add(1.5, labels);
  meter.createCounter('bytes/sent_total', { unit: 'By' }).add(2 ** 60);
  meter.createUpDownCounter('down').add(-3, labels);
  meter.createUpDownCounter('tiny').add(1e-9);
  meter.createGauge('is.nan').record(NaN, labels);
  meter.createGauge('is.infinite').record(-Infinity);
  meter.createGauge('size_bytes', { unit: 'By' }).record(1e21);
  const histogram = meter.createHistogram('h.seconds', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0, 1e-5, 0.5, 1, 1800, 1e6, 2.5e7] },
  });
  for (const value of [0, 0.25, 1, 1_000, 1e9]) histogram.record(value, labels);
  histogram.record(1);
  meter.createHistogram('with.infinity').record(3);
  meter.createHistogram('exponential').record(3);
  requests.record(
    { method: 'GET', route: '/"\\', status: 200, durationSeconds: 0.3, scheme: 'http', protocolVersion: '1.1' },
    context,
  );
  const collected = await collect();
  const upstream = new PrometheusSerializer(undefined, false, undefined, false, true).serialize(collected);
  const text = printExposition(collected, [], 'text');
  const open = printExposition(collected, [], 'openMetrics');
  const families = readOpenMetrics(open);
  expect(readText(text)).toEqual(readText(upstream));
  expect(readHeads(text)).toEqual(readHeads(upstream));
  expect(readSamples(open)).toEqual(readText(upstream));
  expect(readSamples(open).size).toBeGreaterThan(50);
  expect(familyOf(families, 'plain_counter')).toMatchObject({ type: 'counter', help: 'says "so"\\\n' });
  expect(familyOf(families, 'bytes_sent')).toMatchObject({ type: 'counter' });
  expect(familyOf(families, 'size_bytes')).toMatchObject({ type: 'gauge', unit: 'bytes' });
  expect(familyOf(families, 'exponential')).toMatchObject({ type: 'unknown', samples: [] });
});

describe('a counter', () => {
  test('is unknown where a family that is none has its name', async () => {
    const { collect } = startMeter();
    const meter = api.getMeter('clash');
    meter.createCounter('jobs').add(2);
    meter.createGauge('jobs').record(1);
    const families = readOpenMetrics(printExposition(await collect(), [], 'openMetrics'));
    expect(familyOf(families, 'jobs_total')).toMatchObject({ type: 'unknown', samples: [{ value: 2 }] });
    expect(familyOf(families, 'jobs')).toMatchObject({ type: 'gauge', samples: [{ value: 1 }] });
  });

  test('is unknown where its samples do not end in _total', async () => {
    const { collect } = startMeter();
    const row: MetricRow = { name: 'barbossa_odd', kind: 'counter', help: 'Odd.', labels: [] };
    const families = readOpenMetrics(printExposition(await collect(), [row], 'openMetrics'));
    expect(familyOf(families, 'barbossa_odd')).toMatchObject({ type: 'unknown', help: 'Odd.' });
  });
});

test('a family that two scopes have is told once', async () => {
  const { collect } = startMeter();
  for (const scope of ['one', 'two']) api.getMeter(scope).createCounter('shared').add(1, { scope });
  const families = readOpenMetrics(printExposition(await collect(), [], 'openMetrics'));
  expect(familyOf(families, 'shared')?.samples.map(({ labels }) => labels)).toEqual([
    { scope: 'one' },
    { scope: 'two' },
  ]);
});

describe('exemplars', () => {
  const sample = { method: 'GET', route: '/', status: 200, scheme: 'http', protocolVersion: '1.1' } as const;

  test('stand behind the bucket that the request fell into, in both histograms', async () => {
    const { requests, collect } = startMeter();
    const fromMs = Date.now();
    for (const durationSeconds of [0.002, 0.3, 11]) requests.record({ ...sample, durationSeconds }, context);
    const families = readOpenMetrics(printExposition(await collect(), rows, 'openMetrics'));
    for (const [name, bounds] of [
      ['barbossa_request_latency_seconds', ['0.01', '0.5', '+Inf']],
      ['http_server_request_duration', ['0.005', '0.5', '+Inf']],
    ] as const) {
      const marked = (familyOf(families, name)?.samples ?? []).filter(({ exemplar }) => exemplar !== undefined);
      expect(marked.map(({ labels }) => labels['le'])).toEqual(bounds);
      expect(marked.map(({ exemplar }) => exemplar?.value)).toEqual([0.002, 0.3, 11]);
      for (const { exemplar } of marked) {
        expect(exemplar?.labels).toEqual({
          trace_id: '0af7651916cd43dd8448eb211c80319c',
          span_id: 'b7ad6b7169203331',
        });
        expect(exemplar?.timestampSeconds).toBeGreaterThanOrEqual(fromMs / 1_000);
        expect(exemplar?.timestampSeconds).toBeLessThanOrEqual(Date.now() / 1_000);
      }
    }
  });

  test.each(['', 'x'.repeat(200), '"} 1\n# EOF\n'.padEnd(32, 'a'), 'g'.repeat(32)])(
    'a trace id that is none is left out: %j',
    async (traceId) => {
      const { requests, collect } = startMeter();
      const span = trace.wrapSpanContext({ traceId, spanId: 'b7ad6b7169203331', traceFlags: 1 });
      requests.record({ ...sample, durationSeconds: 0.3 }, trace.setSpan(ROOT_CONTEXT, span));
      const families = readOpenMetrics(printExposition(await collect(), rows, 'openMetrics'));
      const { samples = [] } = familyOf(families, 'barbossa_request_latency_seconds') ?? {};
      expect(samples.length).toBeGreaterThan(0);
      expect(samples.filter(({ exemplar }) => exemplar !== undefined)).toEqual([]);
    },
  );
});

describe('findOverflow', () => {
  test('names each family with an overflow series once, as it is scraped', async () => {
    const lines = captureStderr();
    const { collect } = startMeter([{ instrumentName: 'of.sdk', aggregationCardinalityLimit: 2 }]);
    const { downloads, taskDuration, imports } = createInstruments(2);
    const counter = api.getMeter('sdk').createCounter('of.sdk');
    for (const source of ['a', 'b', 'c']) {
      downloads.add(1, { source, status: 'success' });
      taskDuration.record(1, { task: source, state: 'success' });
      counter.add(1, { source });
    }
    imports.add(1, { source: 'otel.metric.overflow', status: 'true' });
    expect(findOverflow(await collect()).toSorted()).toEqual([
      'barbossa_downloads_total',
      'barbossa_task_duration_seconds',
      'of_sdk_total',
    ]);
    // Those with a limit of our own have said so themselves.
    expect(lines).toHaveLength(2);
  });

  test('nothing is found where there is none', async () => {
    const { collect } = startMeter();
    createInstruments(2).downloads.add(1, { source: 'a', status: 'success' });
    expect(findOverflow(await collect())).toEqual([]);
  });
});

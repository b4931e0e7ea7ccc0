import { describe, expect, test } from 'vitest';
import type { RequestFamily } from '../../../src/metrics/request-family.js';
import { createRequestMetrics, type RequestMetrics, type RequestSample } from '../../../src/metrics/requests.js';
import { captureStderr } from './test-meter.js';

const served: RequestSample = {
  method: 'GET',
  route: '/api/tracks/:id',
  status: 200,
  durationSeconds: 0.02,
  scheme: 'http',
  protocolVersion: '1.1',
};

function familyOf({ families }: RequestMetrics, name: string): RequestFamily {
  const found = families.find(({ row }) => row.name === name);
  if (found === undefined) throw new Error(`there is no family ${name}`);
  return found;
}

function seriesOf(metrics: RequestMetrics, name: string) {
  return Array.from(familyOf(metrics, name).series, ({ attributes, count }) => ({ attributes, count }));
}

test('a request is one in each family, with the labels of each', () => {
  const metrics = createRequestMetrics(100);
  metrics.record(served);
  metrics.record({ ...served, status: 503 });
  expect(seriesOf(metrics, 'barbossa_requests_total')).toEqual([
    { attributes: { method: 'GET', endpoint: '/api/tracks/:id', status: '200' }, count: 1 },
    { attributes: { method: 'GET', endpoint: '/api/tracks/:id', status: '503' }, count: 1 },
  ]);
  expect(seriesOf(metrics, 'barbossa_request_latency_seconds')).toEqual([
    { attributes: { method: 'GET', endpoint: '/api/tracks/:id' }, count: 2 },
  ]);
  const upstream = {
    'http.request.method': 'GET',
    'http.route': '/api/tracks/:id',
    'network.protocol.version': '1.1',
    'url.scheme': 'http',
  };
  expect(seriesOf(metrics, 'http.server.request.duration')).toEqual([
    { attributes: { ...upstream, 'http.response.status_code': 200 }, count: 1 },
    { attributes: { ...upstream, 'http.response.status_code': 503, 'error.type': '503' }, count: 1 },
  ]);
});

describe('a duration falls into the first bucket whose bound is not below it', () => {
  test.each([
    [0, 0],
    [0.01, 0],
    [0.010_001, 1],
    [10, 7],
    [11, 8],
  ])('%d s is in bucket %i', (durationSeconds, bucket) => {
    const metrics = createRequestMetrics(100);
    metrics.record({ ...served, durationSeconds });
    const [series] = familyOf(metrics, 'barbossa_request_latency_seconds').series;
    expect(series?.bucketCounts).toEqual(Array.from({ length: 9 }, (_, at) => (at === bucket ? 1 : 0)));
    expect(series?.sum).toBe(durationSeconds);
  });
});

test('neither unknown methods nor unmatched paths make series', () => {
  const metrics = createRequestMetrics(100);
  for (let i = 0; i < 1_000; i++) metrics.record({ ...served, method: `M${i}`, route: undefined, status: 404 });
  expect(seriesOf(metrics, 'barbossa_requests_total')).toEqual([
    { attributes: { method: '_OTHER', endpoint: '<unmatched>', status: '404' }, count: 1_000 },
  ]);
});

test('beyond the limit requests are counted in one series, with one warning a family', () => {
  const stderr = captureStderr();
  const metrics = createRequestMetrics(10);
  for (let i = 0; i < 50; i++) metrics.record({ ...served, route: `/route-${i}` });
  metrics.record({ ...served, route: '/route-0' });
  for (const { row, series } of metrics.families) {
    const counts = Array.from(series, ({ attributes, count }) => [attributes['otel.metric.overflow'] === true, count]);
    expect(counts.length, row.name).toBe(10);
    expect(counts.filter(([overflow]) => overflow === true)).toEqual([[true, 41]]);
    expect(stderr.filter((line) => line.includes(`${row.name} has reached 10 series`))).toHaveLength(1);
  }
});

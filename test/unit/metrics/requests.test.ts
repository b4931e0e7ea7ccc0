import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ROOT_CONTEXT, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { describe, expect, test, vi } from 'vitest';
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

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

/** The context of a request of the trace. */
function traceOf(digit: string, traceFlags: TraceFlags = TraceFlags.SAMPLED): Context {
  return trace.setSpan(
    ROOT_CONTEXT,
    trace.wrapSpanContext({ traceId: digit + TRACE_ID.slice(1), spanId: SPAN_ID, traceFlags }),
  );
}

/** The first digit of the trace of each bucket's exemplar; `-` where it has none. */
function exemplarsOf(metrics: RequestMetrics, name = 'barbossa_request_latency_seconds'): string {
  const [series] = familyOf(metrics, name).series;
  return (series?.exemplars ?? []).map((exemplar) => exemplar?.ids.at(0) ?? '-').join('');
}

describe('the exemplar of a bucket', () => {
  test('is the last request in it, in both histograms; a counter has none', () => {
    const metrics = createRequestMetrics(100);
    metrics.record(served, traceOf('1'));
    metrics.record(served, traceOf('2'));
    metrics.record({ ...served, durationSeconds: 11 }, traceOf('3'));
    expect(exemplarsOf(metrics)).toBe('-2------3');
    expect(exemplarsOf(metrics, 'http.server.request.duration')).toBe('--2-----------3');
    expect(exemplarsOf(metrics, 'barbossa_requests_total')).toBe('');
  });

  test('has ids, value and time of the request', () => {
    vi.useFakeTimers({ now: 1_700_000_000_123 });
    const metrics = createRequestMetrics(100);
    metrics.record(served, traceOf('1'));
    vi.useRealTimers();
    const [series] = familyOf(metrics, 'barbossa_request_latency_seconds').series;
    expect(series?.exemplars[1]).toEqual({
      ids: `1${TRACE_ID.slice(1)}${SPAN_ID}`,
      value: 0.02,
      atMs: 1_700_000_000_123,
      isSampled: true,
    });
  });

  test.each<[string, Context | undefined]>([
    ['without a context', undefined],
    ['without a span', ROOT_CONTEXT],
    [
      'without a valid trace id',
      trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext({ traceId: '0'.repeat(32), spanId: SPAN_ID, traceFlags: 1 })),
    ],
  ])('is not a request %s', (_name, context) => {
    const metrics = createRequestMetrics(100);
    metrics.record(served, traceOf('1'));
    metrics.record(served, context);
    expect(exemplarsOf(metrics)).toBe('-1-------');
  });

  test('is one that is not sampled where there is no other; a sampled one is kept for a minute', () => {
    vi.useFakeTimers();
    const metrics = createRequestMetrics(100);
    const { NONE } = TraceFlags;
    metrics.record(served, traceOf('1', NONE));
    metrics.record(served, traceOf('2', NONE));
    expect(exemplarsOf(metrics)).toBe('-2-------');
    metrics.record(served, traceOf('3'));
    vi.advanceTimersByTime(59_999);
    metrics.record(served, traceOf('4', NONE));
    expect(exemplarsOf(metrics)).toBe('-3-------');
    vi.advanceTimersByTime(1);
    metrics.record(served, traceOf('5', NONE));
    expect(exemplarsOf(metrics)).toBe('-5-------');
    metrics.record(served, traceOf('6'));
    // The clock is set back.
    vi.setSystemTime(Date.now() - 3_600_000);
    metrics.record(served, traceOf('7', NONE));
    expect(exemplarsOf(metrics)).toBe('-7-------');
    vi.useRealTimers();
  });

  test('keeps nothing of the header that its trace id came in', () => {
    const series = 200;
    const headerBytes = 15_000;
    const metrics = createRequestMetrics(series + 1);
    const collectGarbage = exposeGc();
    collectGarbage();
    const beforeBytes = process.memoryUsage().heapUsed;
    for (let n = 0; n < series; n++) {
      const header = Buffer.from(`${String(n).padStart(32, 'a')}-${'x'.repeat(headerBytes)}`).toString('latin1');
      // A piece of a string, as the propagator cuts it out.
      const [traceId = ''] = /^\w{32}/.exec(header) ?? [];
      const span = trace.wrapSpanContext({ traceId, spanId: SPAN_ID, traceFlags: TraceFlags.SAMPLED });
      metrics.record({ ...served, route: `/route-${n}` }, trace.setSpan(ROOT_CONTEXT, span));
    }
    collectGarbage();
    const keptBytes = process.memoryUsage().heapUsed - beforeBytes;
    expect(exemplarsOf(metrics)).toBe('-a-------');
    expect(keptBytes).toBeLessThan((series * headerBytes) / 2);
  });
});

function exposeGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

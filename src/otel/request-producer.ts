import { ValueType, type HrTime } from '@opentelemetry/api';
import type { metrics, resources } from '@opentelemetry/sdk-node';
import type { Exemplar } from '../metrics/request-exemplar.js';
import type { RequestFamily, RequestSeries } from '../metrics/request-family.js';
import { METER_NAME } from '../metrics/instruments.js';
import type { RequestMetrics } from '../metrics/requests.js';
import { loadMetrics } from './packages.js';

/** The value of a histogram's point, with what the SDK knows nothing of: an exemplar for each bucket that has one. */
export interface HistogramValue extends metrics.Histogram {
  readonly exemplars?: readonly (Exemplar | undefined)[];
}

/** Gives the metric reader what was counted of requests, beside what the SDK's instruments have. */
export function createRequestProducer({ families }: RequestMetrics, resource: resources.Resource): Producer {
  const startTime = now();
  return {
    collect: async () => {
      const endTime = now();
      const found = families.map((family) => describeFamily(family, startTime, endTime));
      const scopeMetrics = [
        { scope: { name: METER_NAME }, metrics: found.filter(({ dataPoints }) => dataPoints.length > 0) },
      ];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
  };
}

type Producer = metrics.MetricProducer;

function describeFamily({ row, series }: RequestFamily, startTime: HrTime, endTime: HrTime): metrics.MetricData {
  const { AggregationTemporality, DataPointType } = loadMetrics();
  const descriptor = { name: row.name, description: row.help, unit: row.unit ?? '', valueType: ValueType.DOUBLE };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const toPoints = <T>(valueOf: (of: RequestSeries) => T): metrics.DataPoint<T>[] =>
    Array.from(series, (of) => ({ startTime, endTime, attributes: of.attributes, value: valueOf(of) }));
  const { buckets } = row;
  if (buckets === undefined) {
    const dataPoints = toPoints(({ count }) => count);
    return { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
  }
  // Not copied: the writer knows them again.
  const boundaries = buckets as number[];
  const dataPoints = toPoints(({ count, sum, bucketCounts, exemplars }): HistogramValue => ({
    buckets: { boundaries, counts: [...bucketCounts] },
    count,
    sum,
    exemplars: [...exemplars],
  }));
  return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
}

function now(): HrTime {
  const ms = Date.now();
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
}

/** What Grafana's data sources make of an answer: frames of columns, here as plain data. */
import type { Aggregation, Bucket, Response } from '../asking/elasticsearch.js';
import type { Series } from '../asking/prometheus.js';
import type { BucketJson, TargetJson } from '../builder/model.js';
import type { FrameJson } from './page/model.js';

type Column = FrameJson['fields'][number];

/** Prometheus' answer to a target: a frame for each series, or one table. */
export function frameSeries(target: TargetJson & { readonly format?: string }, series: readonly Series[]): FrameJson[] {
  const { refId, legendFormat } = target;
  if (target.format === 'table') return series.length === 0 ? [] : [tabulate(refId, series)];
  return series.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
    refId,
    fields: [
      { name: 'Time', type: 'time', values: values.map(([seconds]) => seconds * 1_000) },
      {
        name: 'Value',
        type: 'number',
        values: values.map(([, text]) => readNumber(text)),
        labels: metric,
        config: { displayNameFromDS: nameSeries(legendFormat, metric) },
      },
    ],
  }));
}

function nameSeries(format: string | undefined, metric: Series['metric']): string {
  return (format ?? '').replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_, label: string) => metric[label] ?? '');
}

function tabulate(refId: string, series: readonly Series[]): FrameJson {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return {
    refId,
    fields: [
      { name: 'Time', type: 'time', values: series.map(({ value }) => (value?.[0] ?? 0) * 1_000) },
      ...labels.map((name) => ({ name, type: 'string', values: series.map(({ metric }) => metric[name] ?? '') })),
      { name: `Value #${refId}`, type: 'number', values: series.map(({ value }) => readNumber(value?.[1] ?? '')) },
    ],
  };
}

/** Grafana shows what is no number as a gap. */
function readNumber(text: string): number | null {
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Elasticsearch's answer to a target: lines, a frame for each series of buckets, or one table of them. */
export function frameResponse(target: TargetJson, response: Response): FrameJson[] {
  const { refId, metrics = [], bucketAggs = [] } = target;
  if (metrics[0]?.type === 'logs') return [listLines(refId, response)];
  if (bucketAggs.at(-1)?.type !== 'date_histogram') return [listBuckets(refId, bucketAggs, response.aggregations)];
  const [first] = bucketAggs;
  return bucketsOf(response.aggregations, first).map((bucket) => ({
    refId,
    fields: [
      { name: 'Time', type: 'time', values: bucketsOf(bucket, bucketAggs[1]).map(({ key }) => key) },
      {
        name: 'Value',
        type: 'number',
        values: bucketsOf(bucket, bucketAggs[1]).map(({ doc_count: count }) => count),
        config: { displayNameFromDS: String(bucket.key) },
      },
    ],
  }));
}

function listLines(refId: string, { hits }: Response): FrameJson {
  const documents = (hits?.hits ?? []).map(({ _source }) => _source);
  const column = (name: string, type: string): Column => ({ name, type, values: documents.map((one) => one[name]) });
  const times = documents.map((one) => Date.parse(String(one['timestamp'])));
  return {
    refId,
    fields: [
      { name: '@timestamp', type: 'time', values: times },
      column('level', 'string'),
      column('message', 'string'),
    ],
  };
}

function listBuckets(refId: string, aggs: readonly BucketJson[], aggregations: Response['aggregations']): FrameJson {
  const rows = flatten(aggs, aggregations);
  return {
    refId,
    fields: [
      ...aggs.map(({ field = '' }, index) => ({
        name: field,
        type: 'string',
        values: rows.map(({ keys }) => keys[index]),
      })),
      { name: 'Count', type: 'number', values: rows.map(({ count }) => count) },
    ],
  };
}

function flatten(
  [first, ...rest]: readonly BucketJson[],
  aggregations: Readonly<Record<string, Aggregation>> | undefined,
): { keys: string[]; count: number }[] {
  return bucketsOf(aggregations, first).flatMap((bucket) => {
    const own = String(bucket.key);
    if (rest.length === 0) return [{ keys: [own], count: bucket.doc_count }];
    return flatten(rest, bucket).map(({ keys, count }) => ({ keys: [own, ...keys], count }));
  });
}

function bucketsOf(
  from: Readonly<Record<string, Aggregation>> | undefined,
  agg: BucketJson | undefined,
): readonly Bucket[] {
  return from?.[agg?.id ?? '']?.buckets ?? [];
}

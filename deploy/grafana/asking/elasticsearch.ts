import type { BucketJson, TargetJson, VariableJson } from '../builder/model.js';

/** The data source's setting `index`. */
const INDEX = 'barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*';
const INTERVAL_MS = 10_000;
const DEFAULT_LINES = 500;

/** Asks as the data source's user. */
export interface Elasticsearch {
  request(
    method: string,
    path: string,
    options: { readonly body: string },
  ): Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Elasticsearch's answer to a query: lines, or buckets. */
export interface Response {
  readonly error?: { readonly type: string; readonly reason: string };
  readonly hits?: { readonly hits: readonly { readonly _source: Readonly<Record<string, unknown>> }[] };
  readonly aggregations?: Readonly<Record<string, Aggregation>>;
  readonly _shards?: { readonly failed: number };
}

export interface Aggregation {
  readonly buckets: readonly Bucket[];
}

/** Has the buckets of the next level under the id of their aggregation. */
export type Bucket = Readonly<Record<string, Aggregation>> & {
  readonly key: string | number;
  readonly doc_count: number;
};

/** A query with the variables put in: all of each list, and what the text fields hold at first. */
function fillIn(query: string, variables: readonly VariableJson[]): string {
  return variables.reduce((text, { name, type, allValue, query: initial }) => {
    const value = type === 'textbox' && typeof initial === 'string' ? initial : (allValue ?? '');
    return text.replaceAll(`\${${name}:raw}`, value).replaceAll(new RegExp(`\\$${name}\\b`, 'g'), value);
  }, query);
}

/**
 * Asks what the data source of Grafana would ask for a query, in the way it does (pkg/tsdb/elasticsearch), as its user.
 * @throws {Error} Where Elasticsearch refuses it, or a part of it.
 */
export async function askAsGrafana(
  elasticsearch: Elasticsearch,
  target: TargetJson,
  variables: readonly VariableJson[],
  time: TimeRange,
): Promise<Response> {
  const { query = '', timeField = '', bucketAggs = [], metrics = [] } = target;
  const filter = [
    { range: { [timeField]: { gte: time.fromMs, lte: time.toMs, format: 'epoch_millis' } } },
    { query_string: { analyze_wildcard: true, query: fillIn(query, variables) } },
  ];
  const [metric] = metrics;
  return search(elasticsearch, {
    query: { bool: { filter } },
    ...(metric?.type === 'logs'
      ? listLines(timeField, Number(metric.settings?.limit ?? DEFAULT_LINES), time)
      : { size: 0, aggs: nest(bucketAggs, time) }),
  });
}

/** How many lines a query gives, or of how many lines its buckets tell. @throws {Error} As `askAsGrafana` does. */
export async function countLines(
  elasticsearch: Elasticsearch,
  target: TargetJson,
  variables: readonly VariableJson[],
  time: TimeRange,
): Promise<number> {
  const { hits, aggregations } = await askAsGrafana(elasticsearch, target, variables, time);
  const isLines = target.metrics?.[0]?.type === 'logs';
  return isLines ? (hits?.hits.length ?? 0) : countBuckets(aggregations, target.bucketAggs ?? []);
}

/** The values of a variable. */
export async function askForValues(elasticsearch: Elasticsearch, { query }: VariableJson, time: TimeRange) {
  const { field, size } = JSON.parse(typeof query === 'string' ? query : '{}') as { field: string; size: number };
  const response = await search(elasticsearch, {
    size: 0,
    query: {
      bool: { filter: [{ range: { '@timestamp': { gte: time.fromMs, lte: time.toMs, format: 'epoch_millis' } } }] },
    },
    aggs: { 1: { terms: { field, size, order: { _key: 'asc' } } } },
  });
  return response.aggregations?.['1']?.buckets.length ?? 0;
}

/** Through the data source's only door, with its header. */
async function search(elasticsearch: Elasticsearch, body: object): Promise<Response> {
  const header = { search_type: 'query_then_fetch', ignore_unavailable: true, index: INDEX };
  const lines = `${JSON.stringify(header)}\n${JSON.stringify(body)}\n`;
  const answer = await elasticsearch.request('POST', '/_msearch?max_concurrent_shard_requests=5', { body: lines });
  const [response] = (answer.body as { responses?: Response[] }).responses ?? [];
  if (response === undefined || response.error !== undefined || (response._shards?.failed ?? 0) > 0) {
    throw new Error(`${answer.status} ${JSON.stringify(response ?? answer.body)} to ${JSON.stringify(body)}`);
  }
  return response;
}

function listLines(timeField: string, size: number, time: TimeRange): object {
  return {
    size,
    // A map: its keys come out in alphabetical order, and that is the order of sorting.
    sort: { [timeField]: { order: 'desc', unmapped_type: 'boolean' }, _doc: { order: 'desc' } },
    docvalue_fields: [timeField],
    script_fields: {},
    fields: [{ field: timeField, format: 'strict_date_optional_time_nanos' }],
    highlight: {
      fields: { '*': {} },
      pre_tags: ['@HIGHLIGHT@'],
      post_tags: ['@/HIGHLIGHT@'],
      fragment_size: 2_147_483_647,
    },
    aggs: { 1: makeHistogram(timeField, 0, time) },
  };
}

function nest([bucket, ...rest]: readonly BucketJson[], time: TimeRange): object | undefined {
  if (bucket === undefined) return undefined;
  const { id, type, field = '', settings = {} } = bucket;
  const { size = '500', min_doc_count: least = '0', order = 'desc', orderBy = '_count' } = settings;
  const own =
    type === 'date_histogram'
      ? makeHistogram(field, Number(least), time)
      : { terms: { field, size: Number(size), min_doc_count: Number(least), order: { [orderBy]: order } } };
  return { [id]: { ...own, aggs: nest(rest, time) } };
}

function makeHistogram(field: string, least: number, { fromMs, toMs }: TimeRange): object {
  return {
    date_histogram: {
      field,
      fixed_interval: `${INTERVAL_MS}ms`,
      min_doc_count: least,
      extended_bounds: { min: fromMs, max: toMs },
      format: 'epoch_millis',
    },
  };
}

/** Documents in the innermost buckets. */
function countBuckets(aggregations: Response['aggregations'], [bucket, ...rest]: readonly BucketJson[]): number {
  if (bucket === undefined) return 0;
  const buckets = aggregations?.[bucket.id]?.buckets ?? [];
  return buckets.reduce((sum, one) => sum + (rest.length === 0 ? one.doc_count : countBuckets(one, rest)), 0);
}

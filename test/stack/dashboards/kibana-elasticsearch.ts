import type { Elasticsearch } from '../stack.js';
import type { Column, Question } from '../../unit/deploy/kibana/read-objects.js';
import type { TimeRange } from '../../../deploy/grafana/asking/elasticsearch.js';

interface Bucket extends Readonly<Record<string, unknown>> {
  readonly doc_count: number;
}

interface Answer {
  readonly hits?: {
    readonly total: { readonly value: number };
    readonly hits: readonly { readonly fields?: Readonly<Record<string, readonly unknown[]>> }[];
  };
  readonly aggregations?: Readonly<Record<string, { readonly buckets: readonly Bucket[] }>>;
  readonly _shards?: { readonly failed: number };
}

/** Asks what Kibana would for a saved search, and gives the hits. @throws {Error} Where it is refused. */
export async function searchAsKibana(elasticsearch: Elasticsearch, question: Question, time: TimeRange) {
  const { fields, sort } = question;
  const answer = await ask(elasticsearch, question, time, {
    size: 500,
    track_total_hits: true,
    sort: sort.map(([field, order]) => ({ [field]: { order } })),
    fields: [...fields, question.timeField],
    highlight: { fields: { '*': {} }, fragment_size: 2_147_483_647 },
  });
  return answer.hits?.hits ?? [];
}

/** The same for a chart: gives the buckets of its first column. */
export async function countAsKibana(elasticsearch: Elasticsearch, question: Question, time: TimeRange) {
  const buckets = question.columns.filter(([, { isBucketed }]) => isBucketed);
  const answer = await ask(elasticsearch, question, time, { size: 0, aggs: nest(buckets, time) });
  return answer.aggregations?.[buckets[0]?.[0] ?? '']?.buckets ?? [];
}

async function ask(elasticsearch: Elasticsearch, question: Question, time: TimeRange, body: object): Promise<Answer> {
  const { indices, timeField, runtimeFields, query } = question;
  const range = { format: 'epoch_millis', gte: time.fromMs, lte: time.toMs };
  const text = query.query.trim();
  // A star, or nothing, is taken for everything before it gets to Elasticsearch.
  const must = text === '*' || text === '' ? [] : [{ query_string: { query: text, analyze_wildcard: true } }];
  const answer = await elasticsearch.request('POST', `/${indices}/_search?ignore_unavailable=true`, {
    body: {
      ...body,
      runtime_mappings: runtimeFields,
      query: { bool: { must, filter: [{ range: { [timeField]: range } }] } },
    },
  });
  const result = answer.body as Answer;
  if (answer.status !== 200 || result._shards?.failed !== 0) {
    throw new Error(`${question.title}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return result;
}

function nest([first, ...rest]: readonly (readonly [string, Column])[], time: TimeRange): object | undefined {
  if (first === undefined) return undefined;
  const [id, { operationType, sourceField: field, params }] = first;
  const own =
    operationType === 'date_histogram'
      ? {
          date_histogram: {
            field,
            fixed_interval: '10s',
            time_zone: 'UTC',
            min_doc_count: 0,
            extended_bounds: { min: time.fromMs, max: time.toMs },
          },
        }
      : { terms: { field, size: params.size, order: { _count: 'desc' } } };
  return { [id]: { ...own, aggs: nest(rest, time) } };
}

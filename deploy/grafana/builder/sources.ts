import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  DataqueryBuilder as ElasticsearchBuilder,
  DateHistogramBuilder,
  TermsBuilder,
  TermsOrder,
  type BucketAggregation,
  type MetricAggregation,
} from '@grafana/grafana-foundation-sdk/elasticsearch';
import { DataqueryBuilder as PrometheusBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** The data sources that provisioning/ makes, under fixed ids. */
export const PROMETHEUS = { type: 'prometheus', uid: 'barbossa-prometheus' } as const;
export const ELASTICSEARCH = { type: 'elasticsearch', uid: 'barbossa-elasticsearch' } as const;

/** What a panel asks, and whom. */
export interface Query {
  readonly source: typeof PROMETHEUS | typeof ELASTICSEARCH;
  readonly build: (refId: string) => Builder<Dataquery>;
}

/** Over the time that is shown. `legend` names the series: `{{endpoint}}`. */
export function range(expr: string, legend: string, { exemplars = false } = {}): Query {
  const build = (refId: string) => {
    const query = new PrometheusBuilder().refId(refId).datasource(PROMETHEUS).expr(expr).legendFormat(legend).range();
    return exemplars ? query.exemplar(true) : query;
  };
  return { source: PROMETHEUS, build };
}

/** The buckets of a histogram over the time that is shown. */
export function heat(expr: string): Query {
  const build = (refId: string) =>
    new PrometheusBuilder()
      .refId(refId)
      .datasource(PROMETHEUS)
      .expr(expr)
      .legendFormat('{{le}}')
      .format(PromQueryFormat.Heatmap)
      .range();
  return { source: PROMETHEUS, build };
}

/** At the end of the time that is shown. */
export function instant(expr: string, legend: string): Query {
  const build = (refId: string) =>
    new PrometheusBuilder().refId(refId).datasource(PROMETHEUS).expr(expr).legendFormat(legend).instant();
  return { source: PROMETHEUS, build };
}

/** The same as the rows of a table. */
export function rows(expr: string): Query {
  const build = (refId: string) =>
    new PrometheusBuilder().refId(refId).datasource(PROMETHEUS).expr(expr).format(PromQueryFormat.Table).instant();
  return { source: PROMETHEUS, build };
}

const TIME_FIELD = '@timestamp';

/** Number of log lines over time, by a field. */
export function countLines(query: string, field: string): Query {
  return ask(query, [makeTerms('2', field), makeHistogram('3')], COUNT, `{{term ${field}}}`);
}

/** Number of log lines by a field: the rows of a table, most first. */
export function countLinesOnce(query: string, fields: readonly string[]): Query {
  return ask(
    query,
    fields.map((field, index) => makeTerms(String(index + 2), field)),
    COUNT,
  );
}

/** The newest log lines. */
export function findLines(query: string, limit = 500): Query {
  // The builder of the SDK leaves the type at "unknown".
  return ask(query, [], { type: 'logs', id: '1', settings: { limit: String(limit) } });
}

const COUNT: MetricAggregation = { type: 'count', id: '1' };

function ask(
  query: string,
  buckets: readonly Builder<BucketAggregation>[],
  metric: MetricAggregation,
  alias = '',
): Query {
  const build = (refId: string) =>
    new ElasticsearchBuilder()
      .refId(refId)
      .datasource(ELASTICSEARCH)
      .query(query)
      .alias(alias)
      .timeField(TIME_FIELD)
      .bucketAggs([...buckets])
      .metrics([{ build: () => metric }]);
  return { source: ELASTICSEARCH, build };
}

function makeTerms(id: string, field: string): TermsBuilder {
  return new TermsBuilder()
    .id(id)
    .field(field)
    .settings({ order: TermsOrder.Desc, orderBy: '_count', size: '10', min_doc_count: '1' });
}

function makeHistogram(id: string): DateHistogramBuilder {
  return new DateHistogramBuilder().id(id).field(TIME_FIELD).settings({ interval: 'auto', min_doc_count: '0' });
}

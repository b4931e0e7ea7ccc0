import type { PrometheusExporter as Exporter } from '@opentelemetry/exporter-prometheus';
import type { metrics, resources } from '@opentelemetry/sdk-node';
import type { Exposition } from '../admin/metrics-route.js';
import { warnOnce } from '../diagnostics/diag.js';
import { CATALOGUE, type MetricRow } from '../metrics/catalogue.js';
import type { RequestMetrics } from '../metrics/requests.js';
import { findOverflow, printExposition } from './exposition.js';
import { loadMetrics, loadPrometheus } from './packages.js';
import { createRequestProducer } from './request-producer.js';

/** Longest time that callbacks of the application's own observable instruments may take. */
const COLLECT_TIMEOUT_MS = 5_000;

/** The Prometheus exporter without its server, and what the admin server asks for. */
export interface MetricsSource {
  readonly reader: Exporter;
  /** What there is now, with every family of the catalogue. Rejects where a part could not be collected. */
  readonly collect: () => Promise<Exposition>;
}

/** Makes the reader. @param requests What the request path has counted. */
export function createMetricsSource(requests: RequestMetrics, resource: resources.Resource): MetricsSource {
  const { PrometheusExporter } = loadPrometheus();
  const reader = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [createRequestProducer(requests, resource)],
  });
  forgetUnobservedGauges(reader);
  const rows: readonly MetricRow[] = Object.values(CATALOGUE);
  const collect = async (): Promise<Exposition> => {
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: COLLECT_TIMEOUT_MS });
    if (errors.length > 0) throw new AggregateError(errors, describeErrors(errors));
    for (const family of findOverflow(resourceMetrics)) {
      warnOnce(`overflow:${family}`, `${family} has reached its limit of series`);
    }
    return {
      text: once(() => printExposition(resourceMetrics, rows, 'text')),
      openMetrics: once(() => printExposition(resourceMetrics, rows, 'openMetrics')),
    };
  };
  return { reader, collect };
}

/** Scrapes that wait for the same collection share what is made of it. */
function once(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}

/** Cumulative, an observed gauge is served with its last value for ever, long after nobody observes it. */
function forgetUnobservedGauges(reader: Exporter): void {
  const { AggregationTemporality, InstrumentType } = loadMetrics();
  const select = reader.selectAggregationTemporality.bind(reader);
  reader.selectAggregationTemporality = (type) =>
    type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : select(type);
}

function describeErrors(errors: readonly unknown[]): string {
  const first = errors[0] instanceof Error ? errors[0].message : String(errors[0]);
  return errors.length === 1 ? first : `${first} (and ${errors.length - 1} more)`;
}

/** Keeps instruments that other libraries make to a number of new series between two scrapes. */
export function createViews(maxSeries: number): metrics.ViewOptions[] {
  return [{ instrumentName: '*', aggregationCardinalityLimit: maxSeries }];
}

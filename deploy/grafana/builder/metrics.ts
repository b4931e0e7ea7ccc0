import { CATALOGUE, type MetricKind } from '../../../src/metrics/catalogue.js';

/** A family that Prometheus holds: its name there, and its labels beyond those of its target. */
export interface Family {
  readonly name: string;
  readonly kind: MetricKind | 'gauge';
  readonly labels: readonly string[];
}

/** Labels that prometheus.yml gives to the series of a target. */
const TARGET_LABELS = ['job', 'instance', 'host'] as const;

const OUTCOME = ['outcome', 'http_response_status_code'] as const;
const SPACE = ['v8js_heap_space_name'] as const;
const FILESYSTEM = ['device', 'fstype', 'mountpoint'] as const;
const EXPORTER = ['data_type', 'exporter'] as const;
const RECEIVER = ['receiver', 'transport'] as const;

/**
 * What is scraped beside the catalogue and shown on a dashboard, as it is really called: OpenTelemetry's runtime metrics,
 * the collector's own (dots become underscores, metric_name_escaping_scheme), the exporters', and Prometheus' own.
 */
const OTHERS = {
  up: { name: 'up', kind: 'gauge', labels: [] },
  alerts: { name: 'ALERTS', kind: 'gauge', labels: ['alertname', 'alertstate', 'severity'] },
  targetInfo: {
    name: 'target_info',
    kind: 'gauge',
    labels: ['service_name', 'service_version', 'process_pid', 'barbossa_role', 'process_runtime_version', 'host_name'],
  },

  eventLoopUtilization: { name: 'nodejs_eventloop_utilization', kind: 'gauge', labels: [] },
  eventLoopTime: { name: 'nodejs_eventloop_time_total', kind: 'counter', labels: ['nodejs_eventloop_state'] },
  eventLoopDelayMax: { name: 'nodejs_eventloop_delay_max', kind: 'gauge', labels: [] },
  eventLoopDelayMean: { name: 'nodejs_eventloop_delay_mean', kind: 'gauge', labels: [] },
  eventLoopDelayP99: { name: 'nodejs_eventloop_delay_p99', kind: 'gauge', labels: [] },
  gcDuration: { name: 'v8js_gc_duration', kind: 'histogram', labels: ['v8js_gc_type'] },
  heapUsed: { name: 'v8js_memory_heap_used', kind: 'gauge', labels: SPACE },
  heapSize: { name: 'v8js_memory_heap_space_size', kind: 'gauge', labels: SPACE },
  heapPhysical: { name: 'v8js_memory_heap_space_physical_size', kind: 'gauge', labels: SPACE },
  activeResources: { name: 'v8js_resource_active', kind: 'gauge', labels: ['v8js_resource_type'] },

  collectorAccepted: { name: 'otelcol_receiver_accepted_log_records', kind: 'counter', labels: RECEIVER },
  collectorRefused: { name: 'otelcol_receiver_refused_log_records', kind: 'counter', labels: RECEIVER },
  collectorFailed: { name: 'otelcol_receiver_failed_log_records', kind: 'counter', labels: RECEIVER },
  collectorQueueSize: { name: 'otelcol_exporter_queue_size', kind: 'gauge', labels: EXPORTER },
  collectorQueueCapacity: { name: 'otelcol_exporter_queue_capacity', kind: 'gauge', labels: EXPORTER },
  collectorMemory: { name: 'otelcol_process_memory_rss', kind: 'gauge', labels: [] },
  collectorUptime: { name: 'otelcol_process_uptime', kind: 'counter', labels: [] },
  docsReceived: { name: 'otelcol_elasticsearch_docs_received', kind: 'counter', labels: [] },
  docsProcessed: { name: 'otelcol_elasticsearch_docs_processed', kind: 'counter', labels: [...OUTCOME, 'error_type'] },
  bulkRequests: { name: 'otelcol_elasticsearch_bulk_requests_count', kind: 'counter', labels: OUTCOME },
  bulkLatency: { name: 'otelcol_elasticsearch_bulk_requests_latency', kind: 'histogram', labels: OUTCOME },
  flushedBytes: { name: 'otelcol_elasticsearch_flushed_bytes', kind: 'counter', labels: [] },

  diskAvailable: { name: 'node_filesystem_avail_bytes', kind: 'gauge', labels: FILESYSTEM },
  diskSize: { name: 'node_filesystem_size_bytes', kind: 'gauge', labels: FILESYSTEM },
  memoryAvailable: { name: 'node_memory_MemAvailable_bytes', kind: 'gauge', labels: [] },
  memoryTotal: { name: 'node_memory_MemTotal_bytes', kind: 'gauge', labels: [] },

  redisUp: { name: 'redis_up', kind: 'gauge', labels: [] },
  postgresUp: { name: 'pg_up', kind: 'gauge', labels: [] },
} as const satisfies Record<string, Family>;

/** All that a panel may name. */
export const METRIC = { ...CATALOGUE, ...OTHERS } as const;

type Label<F extends Family> = F['labels'][number] | (typeof TARGET_LABELS)[number];

/** Conditions on labels, each an operator with a quoted value: `{ status: '=~"5.."' }`. */
export type Matchers<F extends Family> = Partial<Record<Label<F>, string>>;

/** A selector. A label that the family does not have is a mistake that the compiler finds. */
export function select<const F extends Family>(family: F, matchers: Matchers<F> = {}): string {
  return `${family.name}${printMatchers(matchers)}`;
}

/** A selector of one of the three series of a histogram. */
export function selectPart<const F extends Family & { readonly kind: 'histogram' }>(
  family: F,
  part: 'bucket' | 'count' | 'sum',
  matchers: Partial<Record<Label<F> | 'le', string>> = {},
): string {
  return `${family.name}_${part}${printMatchers(matchers)}`;
}

function printMatchers(matchers: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(matchers).map(([label, condition]) => `${label}${condition ?? ''}`);
  return parts.length === 0 ? '' : `{${parts.join(', ')}}`;
}

/** Which labels each series in Prometheus has, by its name there. */
export function listSeries(): Map<string, ReadonlySet<string>> {
  const series = new Map<string, ReadonlySet<string>>();
  for (const { name, kind, labels } of Object.values<Family>(METRIC)) {
    const all = new Set<string>([...labels, ...TARGET_LABELS]);
    if (kind !== 'histogram') series.set(name, all);
    else {
      for (const part of ['sum', 'count']) series.set(`${name}_${part}`, all);
      series.set(`${name}_bucket`, new Set([...all, 'le']));
    }
  }
  return series;
}

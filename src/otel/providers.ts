import { metrics as metricsApi } from '@opentelemetry/api';
import { logs as logsApi } from '@opentelemetry/api-logs';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { logs, metrics, resources, tracing } from '@opentelemetry/sdk-node';
import { setVariables, withVariables, type Config } from '../config/config.js';
import { setEntryTaker, type LogEntry } from '../logs/record.js';
import { loadCore, loadInstrumentation, loadLogs, loadMetrics, loadSdkNode, loadTracing } from './packages.js';

/** What is started. */
export interface SdkOptions {
  readonly resource: resources.Resource;
  readonly instrumentations: Instrumentation[];
  readonly metricReaders: metrics.IMetricReader[];
  readonly views: metrics.ViewOptions[];
  readonly sampler: tracing.Sampler;
  readonly logRecordProcessors: logs.LogRecordProcessor[];
  /** Takes our own log records past the provider, where nothing asks for what it would do to them. */
  readonly takeEntry?: (entry: LogEntry) => void;
  /** What `OTEL_TRACES_EXPORTER` is read as. */
  readonly spanExporters: string;
  /** What the exporters of spans see of the environment where it is not what was given. */
  readonly spanVariables: Config['traces']['variables'];
  /** Absent: the exporters of the standard variables. */
  readonly spanProcessors?: tracing.SpanProcessor[];
}

/** Something that registers providers, a context manager and propagators with OpenTelemetry's API. */
export interface Sdk {
  start(): void;
}

/** What NodeSDK reads of the environment beside exporters: where one of them is set, it is the one to start. */
const READ_BY_NODE_SDK = [
  'OTEL_PROPAGATORS',
  'OTEL_NODE_EXPERIMENTAL_SDK_METRICS',
  'OTEL_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
] as const;

/**
 * NodeSDK, or the same parts put together without it where nothing asks for more. Loading it means loading every exporter
 * there is, also those of gRPC: half of the files, and half of the time, that a start took.
 */
export function createSdk(options: SdkOptions): Sdk {
  const { getStringFromEnv } = loadCore();
  const isPlain =
    options.spanProcessors !== undefined && READ_BY_NODE_SDK.every((name) => getStringFromEnv(name) === undefined);
  if (isPlain) return { start: () => startParts(options) };
  const sdk = new (loadSdkNode().NodeSDK)({ ...options, autoDetectResources: false });
  // It reads the variable itself, and knows names in lower case alone.
  const { values, areReadLater } = options.spanVariables;
  const variables = { ...values, OTEL_TRACES_EXPORTER: options.spanExporters };
  return {
    start: () => {
      if (areReadLater) setVariables(values);
      withVariables(variables, () => sdk.start());
    },
  };
}

/** In NodeSDK's order. */
function startParts({ resource, instrumentations, ...options }: SdkOptions): void {
  loadInstrumentation().registerInstrumentations({ instrumentations });
  if (options.metricReaders.length > 0) {
    const { MeterProvider } = loadMetrics();
    const provider = new MeterProvider({ resource, views: options.views, readers: options.metricReaders });
    metricsApi.setGlobalMeterProvider(provider);
    // Instruments that were made before there was a provider would record nothing.
    for (const instrumentation of instrumentations) instrumentation.setMeterProvider(provider);
  }
  const { NodeTracerProvider } = loadTracing();
  new NodeTracerProvider({
    resource,
    sampler: options.sampler,
    spanProcessors: options.spanProcessors ?? [],
  }).register();
  const { LoggerProvider } = loadLogs();
  const provider = new LoggerProvider({ resource, processors: options.logRecordProcessors });
  logsApi.setGlobalLoggerProvider(provider);
  if (options.takeEntry !== undefined) setEntryTaker({ provider, take: options.takeEntry });
}

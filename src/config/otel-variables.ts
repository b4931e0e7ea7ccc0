import type { Problem, Setting } from './setting.js';
import { SETTINGS } from './settings.js';

/** What becomes of a variable of OpenTelemetry's. */
export interface OtelVariable {
  readonly name: string;
  /** `ours`: it has a row in the settings. `sdk`: the OpenTelemetry inside reads it. `no`: it has no effect. */
  readonly holds: 'ours' | 'sdk' | 'no';
  /** What it does; where it does not hold, why, and what does instead. */
  readonly about: string;
}

const SPANS = 'Where spans are exported:';

/** Read by the OpenTelemetry inside, which says itself what is wrong with a value. */
const READ_BY_SDK: Readonly<Record<string, string>> = {
  OTEL_PROPAGATORS:
    'Headers of trace context, read and written: tracecontext, baggage, b3, b3multi, jaeger, none. Default: tracecontext,baggage.',
  OTEL_NODE_EXPERIMENTAL_SDK_METRICS: 'Metrics of the OpenTelemetry SDK about itself, at `/metrics`.',
  OTEL_ATTRIBUTE_COUNT_LIMIT: 'Most attributes of a log record or a span.',
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: 'Most characters of a text among the attributes of a log record or a span.',
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT:
    'Most attributes of a log record. Its id, and the request of one of another library, are beside them.',
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT:
    'Most characters of a text among the attributes of a log record. Its id is whole in any case.',
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: `${SPANS} most attributes of one.`,
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: `${SPANS} most characters of a text among the attributes of one.`,
  OTEL_SPAN_EVENT_COUNT_LIMIT: `${SPANS} most events of one.`,
  OTEL_SPAN_LINK_COUNT_LIMIT: `${SPANS} most links of one.`,
  OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: `${SPANS} most attributes of an event.`,
  OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: `${SPANS} most attributes of a link.`,
  OTEL_BSP_SCHEDULE_DELAY: `${SPANS} longest time, in ms, that one waits for others.`,
  OTEL_BSP_EXPORT_TIMEOUT: `${SPANS} longest time, in ms, for one export.`,
  OTEL_BSP_MAX_QUEUE_SIZE: `${SPANS} most that wait; the newest are dropped beyond it.`,
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: `${SPANS} most in one request.`,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: `${SPANS} http/protobuf (the default), http/json or grpc.`,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: `${SPANS} headers for them alone, added to those of \`OTEL_EXPORTER_OTLP_HEADERS\`.`,
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: `${SPANS} longest time, in ms, for one request.`,
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: `${SPANS} gzip or none.`,
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: `${SPANS} CAs of their collector, read once.`,
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: `${SPANS} own certificate for their collector, read once.`,
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: `${SPANS} its key, read once.`,
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'Where `OTEL_TRACES_EXPORTER` names zipkin: its URL.',
};

const NOT_PUSHED = 'metrics are served for Prometheus to scrape, not sent by OTLP';
const SCHEME = 'an endpoint here is a URL, whose scheme says whether there is TLS, with grpc too';
const NO_JAEGER = 'there is no exporter for Jaeger, which takes OTLP: OTEL_TRACES_EXPORTER=otlp';

/** What has no effect, and why. */
const NOT_HELD: Readonly<Record<string, string>> = {
  OTEL_CONFIG_FILE: 'the configuration is the environment, not a file',
  OTEL_EXPERIMENTAL_CONFIG_FILE: 'the configuration is the environment, not a file',
  OTEL_ENTITIES: 'the OpenTelemetry inside does not know entities; OTEL_RESOURCE_ATTRIBUTES holds',
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'this package decides itself what it instruments',
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'this package decides itself what it instruments',
  OTEL_SEMCONV_STABILITY_OPT_IN: 'the names are those of the stable conventions alone, never the old ones beside them',
  OTEL_BLRP_MAX_QUEUE_SIZE:
    'memory is bounded in bytes, by BARBOSSA_LOG_MEMORY_BYTES; what goes beyond waits on disk and is not dropped',
  OTEL_METRICS_EXEMPLAR_FILTER: 'an exemplar is the last request of a bucket, sampled ones first',
  OTEL_METRIC_EXPORT_INTERVAL: NOT_PUSHED,
  OTEL_METRIC_EXPORT_TIMEOUT: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_INSECURE: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: NOT_PUSHED,
  OTEL_EXPORTER_OTLP_INSECURE: SCHEME,
  OTEL_EXPORTER_OTLP_TRACES_INSECURE: SCHEME,
  OTEL_EXPORTER_OTLP_LOGS_INSECURE: SCHEME,
  OTEL_EXPORTER_OTLP_SPAN_INSECURE: SCHEME,
  OTEL_EXPORTER_OTLP_METRIC_INSECURE: NOT_PUSHED,
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: 'the OpenTelemetry inside reads OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT',
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: 'the OpenTelemetry inside reads OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT',
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: 'the exporter for Zipkin does not read it',
  OTEL_EXPORTER_JAEGER_ENDPOINT: NO_JAEGER,
  OTEL_EXPORTER_JAEGER_AGENT_HOST: NO_JAEGER,
  OTEL_EXPORTER_JAEGER_AGENT_PORT: NO_JAEGER,
  OTEL_EXPORTER_JAEGER_PROTOCOL: NO_JAEGER,
  OTEL_EXPORTER_JAEGER_TIMEOUT: NO_JAEGER,
  OTEL_EXPORTER_JAEGER_USER: NO_JAEGER,
  OTEL_EXPORTER_JAEGER_PASSWORD: NO_JAEGER,
};

/** Values of what does not hold that ask for no more than there is. */
const AS_IT_IS: Readonly<Record<string, RegExp>> = {
  OTEL_SEMCONV_STABILITY_OPT_IN: /^(?!.*\/dup)/,
  OTEL_METRICS_EXEMPLAR_FILTER: /^always_on$/,
};

/** Meant for programs in other languages, or set by who starts programs in containers. */
const OF_OTHERS =
  /^OTEL_(PYTHON|JAVA|JAVAAGENT|DOTNET|GO|PHP|RUBY|RUST|CPP|ERLANG|ELIXIR|SWIFT|COLLECTOR|INJECTOR|AUTO)_|^OTEL_((RESOURCE_ATTRIBUTES_)?(POD|NODE)_[A-Z]+)$/;

/** Every variable that OpenTelemetry's specification or its packages for Node.js know, by name. */
export function listOtelVariables(): readonly OtelVariable[] {
  const rows = Object.values(SETTINGS).flatMap((group) => Object.values(group) as Setting<unknown>[]);
  const ours = rows.map(({ variable, about }) => ({ name: variable, about }));
  const list: OtelVariable[] = [
    ...ours.filter(({ name }) => name.startsWith('OTEL_')).map((row) => ({ ...row, holds: 'ours' as const })),
    ...Object.entries(READ_BY_SDK).map(([name, about]) => ({ name, about, holds: 'sdk' as const })),
    ...Object.entries(NOT_HELD).map(([name, about]) => ({ name, about, holds: 'no' as const })),
  ];
  return list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A line for each variable of OpenTelemetry's that is set and has no effect. */
export function findUnheldVariables(env: NodeJS.ProcessEnv): Problem[] {
  const known = new Map(listOtelVariables().map((variable) => [variable.name, variable]));
  const names = Object.keys(env).filter((name) => name.startsWith('OTEL_') && (env[name] ?? '').trim() !== '');
  return names.toSorted().flatMap((name) => {
    const variable = known.get(name);
    if (variable === undefined) {
      const isOfOthers = OF_OTHERS.test(name);
      return isOfOthers ? [] : [`${name} is set and does not hold: nothing in this package knows it`];
    }
    if (variable.holds !== 'no' || AS_IT_IS[name]?.test((env[name] ?? '').trim()) === true) return [];
    return [`${name} is set and does not hold: ${variable.about}`];
  });
}

import { listOf, oneOf, parseBoolean, parseHttpUrl, BOOLEAN, setting, URL_WORDS } from '../setting.js';

/** The samplers of the OpenTelemetry specification that need no server. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** Spans: ids are always made; they are sent where one of these asks for it. */
export const TRACES = {
  exporter: setting<string | undefined>({
    variable: 'OTEL_TRACES_EXPORTER',
    about: 'Where spans go. Ids are made in any case.',
    allowed: 'none, or some of otlp, console and zipkin, comma separated',
    fallback: undefined,
    fallbackText: 'none, or otlp where OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set',
    parse: (text) => {
      if (text.toLowerCase() === 'none') return 'none';
      const names = listOf(oneOf(['otlp', 'console', 'zipkin']))(text);
      return names === undefined ? undefined : [...new Set(names)].join(',');
    },
  }),
  endpoint: setting<string | undefined>({
    variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    about: 'Full URL for spans; setting it turns their export on.',
    allowed: URL_WORDS,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
  sampler: setting<SamplerName>({
    variable: 'OTEL_TRACES_SAMPLER',
    about: 'Which spans are recorded.',
    allowed:
      'always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio',
    fallback: 'parentbased_always_on',
    parse: oneOf([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ]),
  }),
  samplerRatio: setting({
    variable: 'OTEL_TRACES_SAMPLER_ARG',
    about: 'Share of traces that the traceidratio samplers record.',
    allowed: 'a number from 0 to 1',
    fallback: 1,
    parse: (text) => {
      const value = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
      return value >= 0 && value <= 1 ? value : undefined;
    },
  }),
  trustsCallers: setting({
    variable: 'BARBOSSA_TRUST_INCOMING_TRACE',
    about:
      'Whether an incoming request may say which trace it belongs to (`traceparent`, `tracestate`, other propagators) and what `baggage` it brings. Set it to false for a server that strangers reach: each request begins a trace of its own, and nothing of theirs is passed on.',
    allowed: BOOLEAN,
    fallback: true,
    parse: parseBoolean,
  }),
  expressLayers: setting({
    variable: 'BARBOSSA_EXPRESS_LAYER_SPANS',
    about:
      'A span for each middleware and router of Express (instrumentation-express). Costs several microseconds a layer.',
    allowed: BOOLEAN,
    fallback: false,
    parse: parseBoolean,
  }),
} as const;

import { oneOf, parseBoolean, parseHttpUrl } from '../setting.js';
import { BOOLEAN, setting, URL_WORDS } from './row.js';

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
  exporter: setting<'otlp' | 'console' | 'none' | undefined>({
    variable: 'OTEL_TRACES_EXPORTER',
    about: 'Where spans go. Ids are made in any case.',
    allowed: 'otlp, console or none',
    fallback: undefined,
    fallbackText: 'none, or otlp where OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set',
    parse: oneOf(['otlp', 'console', 'none']),
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
  expressLayers: setting({
    variable: 'BARBOSSA_EXPRESS_LAYER_SPANS',
    about:
      'A span for each middleware and router of Express (instrumentation-express). Costs several microseconds a layer.',
    allowed: BOOLEAN,
    fallback: false,
    parse: parseBoolean,
  }),
} as const;

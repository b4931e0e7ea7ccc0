import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { tracing } from '@opentelemetry/sdk-node';
import type { Config } from '../config/config.js';
import type { ExchangeOptions } from '../http/exchange.js';
import { startIdSpan, startServerSpan, type IdSource } from '../http/server-span.js';
import type { CallOptions } from '../http/outgoing/call.js';
import { redactText } from '../logs/redaction.js';
import type { StartJobSpan } from '../jobs/bullmq/hooks.js';
import { VERSION } from '../diagnostics/version.js';
import { loadTracing } from './packages.js';

export type Sampler = tracing.Sampler;

/** The sampler of `OTEL_TRACES_SAMPLER`. */
export function createSampler(traces: Config['traces']): tracing.Sampler {
  const { AlwaysOnSampler, AlwaysOffSampler, ParentBasedSampler, TraceIdRatioBasedSampler } = loadTracing();
  const roots = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(traces.samplerRatio),
  };
  const { sampler } = traces;
  if (!sampler.startsWith('parentbased_')) return roots[sampler as keyof typeof roots]();
  const root = sampler.slice('parentbased_'.length) as keyof typeof roots;
  return new ParentBasedSampler({ root: roots[root]() });
}

/**
 * Where spans go. Nowhere by default: a processor that does nothing makes the SDK register its tracer, so that
 * ids exist. Undefined leaves the choice to the SDK, which reads the standard variables of its exporters.
 */
export function createSpanProcessors(traces: Config['traces']): tracing.SpanProcessor[] | undefined {
  return traces.exporter === 'none' ? [new (loadTracing().NoopSpanProcessor)()] : undefined;
}

/** How the spans of incoming requests are made: recorded where somebody exports them, else ids alone. */
export function createSpanStarter(traces: Config['traces'], sampler: tracing.Sampler): ExchangeOptions['startSpan'] {
  if (traces.exporter !== 'none') {
    const maker = { tracer: trace.getTracer('barbossa-telemetry', VERSION), redact: redactText };
    return (request, scheme, parent) => startServerSpan(maker, request, scheme, parent);
  }
  const ids = createIdSource(sampler);
  return (_request, _scheme, parent) => startIdSpan(ids, parent);
}

/** The same for outgoing requests. */
export function createCallSpanStarter(traces: Config['traces'], sampler: tracing.Sampler): CallOptions['startSpan'] {
  if (traces.exporter !== 'none') {
    const tracer = trace.getTracer('barbossa-telemetry', VERSION);
    return (name, describe, parent) =>
      tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: describe() }, parent);
  }
  const ids = createIdSource(sampler);
  return (_name, _describe, parent) => startIdSpan(ids, parent);
}

/** The same for the jobs of queues. */
export function createJobSpanStarter(traces: Config['traces'], sampler: tracing.Sampler): StartJobSpan {
  if (traces.exporter !== 'none') {
    const tracer = trace.getTracer('barbossa-telemetry', VERSION);
    return (name, attributes, parent) => tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes }, parent);
  }
  const ids = createIdSource(sampler);
  return (_name, _attributes, parent) => startIdSpan(ids, parent);
}

function createIdSource(sampler: tracing.Sampler): IdSource {
  const { RandomIdGenerator, SamplingDecision } = loadTracing();
  const generator = new RandomIdGenerator();
  return {
    generateTraceId: () => generator.generateTraceId(),
    generateSpanId: () => generator.generateSpanId(),
    isSampled: (traceId) =>
      sampler.shouldSample(ROOT_CONTEXT, traceId, 'HTTP', SpanKind.SERVER, {}, []).decision ===
      SamplingDecision.RECORD_AND_SAMPLED,
  };
}

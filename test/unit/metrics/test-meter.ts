import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { onTestFinished, vi } from 'vitest';

class TestReader extends MetricReader {
  constructor() {
    super({
      // What the package's own reader does: a gauge that was not observed is absent.
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    });
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** One series of a scrape. */
export interface Point {
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

/** A scrape: the families that have series, by name. */
export type Scrape = ReadonlyMap<string, MetricData>;

/** Registers a real meter provider for the running test and returns how to scrape it. */
export function startTestMeter(): () => Promise<Scrape> {
  const reader = new TestReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  onTestFinished(() => metrics.disable());
  return async () => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    const families = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return new Map(families.map((family) => [family.descriptor.name, family]));
  };
}

/** The series of a family, none where it is absent. */
export function pointsOf(scrape: Scrape, name: string): Point[] {
  const points = scrape.get(name)?.dataPoints ?? [];
  return points.map(({ attributes, value }) => ({ labels: attributes, value }));
}

/** Takes what is written to stderr during the running test. */
export function captureStderr(): string[] {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text).trimEnd());
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return lines;
}

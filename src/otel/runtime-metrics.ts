import v8 from 'node:v8';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { metrics, type Histogram } from '@opentelemetry/api';
import { METER_NAME } from '../metrics/instruments.js';
import { loadRuntime } from './packages.js';

/** How often what V8 has noted of its collections is read: it keeps some two kilobytes for each. */
const READ_EVERY_MS = 5_000;
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** V8's names for its collections, as the semantic conventions call them. */
const TYPES: Readonly<Record<string, string>> = {
  Scavenge: 'minor',
  MinorMarkCompact: 'minor',
  MinorMarkSweep: 'minor',
  MarkSweepCompact: 'major',
  IncrementalMarking: 'incremental',
  ProcessWeakCallbacks: 'weakcb',
};

interface Collector {
  disable(): void;
}

/**
 * instrumentation-runtime-node without its observer of garbage collection: that is called into the application's domain
 * where one is left entered, and Node warns of it (DEP0097). It also takes one of several collections that it is told of.
 */
export function createRuntimeInstrumentation(): Instrumentation {
  const instrumentation = new (loadRuntime().RuntimeNodeInstrumentation)({ enabled: false });
  const parts = instrumentation as unknown as { _collectors: readonly Collector[] };
  parts._collectors = parts._collectors.filter(({ constructor }) => constructor.name !== 'GCCollector');
  instrumentation.enable();
  return instrumentation;
}

/**
 * Records `v8js.gc.duration` from what V8 notes by itself. To be called when the meter provider is registered.
 * @returns Ends it.
 */
export function observeCollections(): () => void {
  const histogram = metrics.getMeter(METER_NAME).createHistogram('v8js.gc.duration', {
    description: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    unit: 's',
    advice: { explicitBucketBoundaries: BUCKETS_SECONDS },
  });
  let profiler = startProfiler();
  const timer = setInterval(() => {
    const ended = profiler;
    profiler = startProfiler();
    record(histogram, ended);
  }, READ_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    profiler.stop();
  };
}

function startProfiler(): v8.GCProfiler {
  const profiler = new v8.GCProfiler();
  profiler.start();
  return profiler;
}

function record(histogram: Histogram, profiler: v8.GCProfiler): void {
  for (const { gcType, cost } of profiler.stop().statistics) {
    const type = TYPES[gcType];
    // Microseconds.
    if (type !== undefined) histogram.record(cost / 1_000_000, { 'v8js.gc.type': type });
  }
}

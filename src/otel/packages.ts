import { createRequire } from 'node:module';

/**
 * OpenTelemetry's packages, loaded when they are needed and not before: a worker thread, a build tool or an
 * unsupported Node that the preload leaves alone must not pay for them. They are CommonJS, so that `require` is
 * synchronous: the preload needs no top-level await and is complete when the application's first line runs.
 */
const require = createRequire(import.meta.url);

/** A loader that keeps the package's types. */
function lazily<T>(name: string): () => T {
  return () => require(name) as T;
}

type SdkNode = typeof import('@opentelemetry/sdk-node');
export const loadSdkNode = lazily<SdkNode>('@opentelemetry/sdk-node');

/** A part of sdk-node, without the rest of it: the very copy that it would load. */
function lazilyFromSdk<T>(name: string): () => T {
  return () => (requireFromSdk ??= createRequire(require.resolve('@opentelemetry/sdk-node')))(name) as T;
}
let requireFromSdk: NodeJS.Require | undefined;

export const loadCore = lazilyFromSdk<SdkNode['core']>('@opentelemetry/core');
export const loadLogs = lazilyFromSdk<SdkNode['logs']>('@opentelemetry/sdk-logs');
export const loadMetrics = lazilyFromSdk<SdkNode['metrics']>('@opentelemetry/sdk-metrics');
export const loadResources = lazilyFromSdk<SdkNode['resources']>('@opentelemetry/resources');
export const loadTracing = lazilyFromSdk<SdkNode['node']>('@opentelemetry/sdk-trace-node');

export const loadPrometheus = lazily<typeof import('@opentelemetry/exporter-prometheus')>(
  '@opentelemetry/exporter-prometheus',
);
export const loadInstrumentation = lazily<typeof import('@opentelemetry/instrumentation')>(
  '@opentelemetry/instrumentation',
);
export const loadExpress = lazily<typeof import('@opentelemetry/instrumentation-express')>(
  '@opentelemetry/instrumentation-express',
);
export const loadRuntime = lazily<typeof import('@opentelemetry/instrumentation-runtime-node')>(
  '@opentelemetry/instrumentation-runtime-node',
);

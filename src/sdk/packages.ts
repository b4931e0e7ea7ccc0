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

export const loadSdkNode = lazily<typeof import('@opentelemetry/sdk-node')>('@opentelemetry/sdk-node');
export const loadPrometheus = lazily<typeof import('@opentelemetry/exporter-prometheus')>(
  '@opentelemetry/exporter-prometheus',
);
export const loadInstrumentation = lazily<typeof import('@opentelemetry/instrumentation')>(
  '@opentelemetry/instrumentation',
);
export const loadHttp = lazily<typeof import('@opentelemetry/instrumentation-http')>(
  '@opentelemetry/instrumentation-http',
);
export const loadExpress = lazily<typeof import('@opentelemetry/instrumentation-express')>(
  '@opentelemetry/instrumentation-express',
);
export const loadUndici = lazily<typeof import('@opentelemetry/instrumentation-undici')>(
  '@opentelemetry/instrumentation-undici',
);
export const loadRuntime = lazily<typeof import('@opentelemetry/instrumentation-runtime-node')>(
  '@opentelemetry/instrumentation-runtime-node',
);

/** Loads one of Node's modules through `require`, so that instrumentation that waits for that sees it. */
export function requireBuiltin(name: 'http' | 'https'): void {
  require(name);
}

/** Modules that `require` has loaded already, by file name. */
export function loadedModules(): Readonly<Record<string, NodeJS.Module | undefined>> {
  return require.cache;
}

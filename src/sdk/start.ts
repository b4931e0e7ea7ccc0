import { logs as apiLogs } from '@opentelemetry/api-logs';
import { trace } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { tracing } from '@opentelemetry/sdk-node';
import { withDeadline } from '../deadline.js';
import { makeMetricsRoute } from '../admin/metrics-route.js';
import { startAdminServer, type AdminServer } from '../admin/server.js';
import { findAppPackage, type AppPackage } from '../app-package.js';
import { getConfig, type Config } from '../config.js';
import { describeError, diag, setDiagLevel } from '../diag.js';
import { markTerminating } from '../health/registry.js';
import { hookServers } from '../http/server-hook.js';
import type { Delivery } from '../logging/delivery/delivery.js';
import { emitFatal } from '../logging/fatal.js';
import { configureFromConfig } from '../logging/configure.js';
import { endBridge, sendWaitingLines, startBridge, stopBridge } from '../logging/winston-bridge.js';
import { createInstruments, recordZeros, type Instruments } from '../metrics/instruments.js';
import { createRequestMetrics, OTHER_METHOD, type RequestMetrics, type RequestSample } from '../metrics/requests.js';
import { startBullmq, stopBullmq } from '../tasks/bullmq/hooks.js';
import { isSandbox } from '../tasks/bullmq/sandbox-hook.js';
import { VERSION } from '../version.js';
import { findBlindApi, findForeignSdk, findOwnApiVersion } from './foreign.js';
import { applyInstrumentations, createInstrumentations } from './instrumentations.js';
import { HEALTH_ROUTES, startHealth } from './health.js';
import { watchLifecycle } from './lifecycle.js';
import { createDelivery } from './log-delivery.js';
import { createLogRoads } from './log-processor.js';
import { createMetricsSource, createViews, type MetricsSource } from './metrics-reader.js';
import { routeOtelDiag } from './otel-diag.js';
import { createSdk } from './providers.js';
import { startQueues } from './queues.js';
import { clearRegistrations, disableSignals, watchRegistrations } from './registrations.js';
import { createResource } from './resource.js';
import { createJobSpanStarter, createSampler, createSpanProcessors, createSpanStarter } from './traces.js';

/**
 * Starts everything, synchronously. Never throws: what goes wrong is one line on stderr, what was started is taken
 * back, and the application runs as it would without us.
 */
export function startTelemetry(): void {
  const { config, problems } = getConfig();
  setDiagLevel(config.general.diagLevel);
  for (const problem of [...problems, ...configureFromConfig(config)]) diag.warn(problem);
  if (config.general.disabled) return diag.debug('OTEL_SDK_DISABLED is true: the application is left alone');
  const foreign = findForeignSdk();
  if (foreign !== undefined) {
    return diag.warn(`another OpenTelemetry SDK is registered in this process (${foreign}); this one steps back`);
  }
  const undo: (() => void)[] = [];
  try {
    start(isSandbox() ? withoutServer(config) : config, undo);
  } catch (error) {
    diag.error(`telemetry could not start: ${describeError(error)}; the application runs without it`);
    takeBack(undo);
  }
}

/** A process that works for another one, which counts for both: its port would be that one's. */
function withoutServer(config: Config): Config {
  return { ...config, metrics: { ...config.metrics, exporter: 'none' } };
}

function start(config: Config, undo: (() => void)[]): void {
  const app = findAppPackage(process.argv[1]);
  const version = config.general.resourceAttributes['service.version'] ?? app.version;
  warnOfBlindApi(app);
  const resource = createResource(config, version);
  const { requests, source } = openMetrics(config, resource);
  const delivery = createDelivery(config, resource.attributes);
  const sampler = createSampler(config.traces);
  const instrumentations = createInstrumentations(config);
  undo.push(() => disable(instrumentations));
  const sdk = createSdk({
    resource,
    instrumentations,
    metricReaders: source === undefined ? [] : [source.reader],
    views: createViews(config.metrics.maxSeries),
    sampler,
    ...createLogRoads(delivery),
    ...spanProcessorsOf(config),
  });
  // Its constructor has sent OpenTelemetry's messages to the console where OTEL_LOG_LEVEL is set.
  routeOtelDiag(config.general.diagLevel, getConfig().problems, (api) => stepBack(api, undo, disableSignals));
  sdk.start();
  watchRegistrations((api) => stepBack(api, undo, clearRegistrations));
  applyInstrumentations(config);
  startBridge({ send: delivery !== undefined });
  startBullmq({ startSpan: createJobSpanStarter(config.traces, sampler) });
  undo.push(stopBridge, stopBullmq, startMetrics(config, { version, sampler, requests }));
  const admin = source === undefined ? undefined : startAdmin(config, version, source);
  undo.push(
    () => void admin?.close(),
    watchEnd(delivery),
    () => delivery?.stop(),
  );
  announce(config, admin);
}

/** What happens when the process ends, however it ends. */
function watchEnd(delivery: Delivery | undefined): () => void {
  return watchLifecycle({
    onTerminate: markTerminating,
    flush: async (timeoutMs, hold) => {
      sendWaitingLines();
      await Promise.all([delivery?.flush(timeoutMs, { hold }), flushSpans(timeoutMs)]);
    },
    complete: () => {
      sendWaitingLines();
      delivery?.completeSync();
    },
    end: () => {
      endBridge();
      delivery?.endSync();
    },
    shouldFlushAtEnd: () => delivery !== undefined && !delivery.failing,
    onFatal: emitFatal,
  });
}

function spanProcessorsOf(config: Config): { spanProcessors?: NonNullable<ReturnType<typeof createSpanProcessors>> } {
  const spanProcessors = createSpanProcessors(config.traces);
  return spanProcessors === undefined ? {} : { spanProcessors };
}

/** What counts requests, and the reader that serves that and all else; no reader where nobody asks. */
function openMetrics(
  { metrics }: Config,
  resource: ReturnType<typeof createResource>,
): { requests: RequestMetrics; source: MetricsSource | undefined } {
  const requests = createRequestMetrics(metrics.maxSeries);
  return { requests, source: metrics.exporter === 'none' ? undefined : createMetricsSource(requests, resource) };
}

interface MetricsParts {
  readonly version: string;
  readonly sampler: tracing.Sampler;
  readonly requests: RequestMetrics;
}

/** Instruments, their zeros, health and the request path. Gives what stops watching. */
function startMetrics(config: Config, { version, sampler, requests }: MetricsParts): () => void {
  const instruments = createInstruments(config.metrics.maxSeries);
  recordZeros();
  observeAppInfo(instruments, version);
  const unhook = hookServers({
    startSpan: createSpanStarter(config.traces, sampler),
    observer: { onEnd: requests.record },
    observeWebSocket: (change) => instruments.websocketConnections.add(change),
    onMalformed: (status) => requests.record(describeMalformed(status)),
  });
  const stops = config.metrics.exporter === 'none' ? [] : [startHealth(config), startQueues(config)];
  return () => {
    unhook();
    for (const stop of stops) stop();
  };
}

/** Nobody knows when it began, or what it was meant to be. */
function describeMalformed(status: number): RequestSample {
  return {
    method: OTHER_METHOD,
    route: undefined,
    status,
    durationSeconds: 0,
    scheme: 'http',
    protocolVersion: '1.1',
  };
}

function observeAppInfo(instruments: Instruments, version: string): void {
  const labels = { version, node_version: process.versions.node };
  instruments.appInfo.addCallback((result) => result.observe(1, labels));
}

function startAdmin(config: Config, version: string, source: MetricsSource): AdminServer {
  return startAdminServer({
    host: config.metrics.host,
    port: config.metrics.port,
    service: { name: config.general.serviceName, version },
    routes: [makeMetricsRoute(source.collect), ...HEALTH_ROUTES],
  });
}

/** One line: what runs, where metrics are, where logs go. Only what may be shown: no headers, no tokens. */
function announce(config: Config, admin: AdminServer | undefined): void {
  const { logExport } = config;
  const logs = logExport.exporter === 'none' ? 'logs are not sent' : `logs go to ${logExport.url}`;
  const level = isSandbox() ? 'debug' : 'info';
  const say = (metricsAt: string): void => {
    if (!steppedBack) diag[level](`${VERSION} started for ${config.general.serviceName}: ${metricsAt}, ${logs}`);
  };
  if (admin === undefined) return say('metrics are not served');
  void admin.ready.then((address) =>
    say(address === undefined ? 'metrics are not served' : `metrics at ${address.url}/metrics`),
  );
}

function warnOfBlindApi(app: AppPackage): void {
  const own = findOwnApiVersion();
  const blind = findBlindApi(app.directory, own);
  if (blind === undefined) return;
  diag.warn(
    `the application's own @opentelemetry/api ${blind} cannot see this SDK, which has ${own}: ` +
      'its spans and instruments do nothing; use the same major version, not newer than ours',
  );
}

async function flushSpans(timeoutMs: number): Promise<void> {
  const provider = trace.getTracerProvider() as { getDelegate?: () => { forceFlush?: () => Promise<void> } };
  const flush = async (): Promise<void> => provider.getDelegate?.().forceFlush?.();
  await withDeadline(flush, timeoutMs, 'spans could not be sent').catch((error: unknown) => {
    diag.debug(`spans could not be sent: ${describeError(error)}`);
  });
}

let steppedBack = false;

/** The application starts an SDK of its own after ours: ours stops, and makes room for the other one. */
function stepBack(api: string, undo: (() => void)[], letGo: () => void): void {
  if (steppedBack) return;
  steppedBack = true;
  diag.warn(`the application starts an OpenTelemetry SDK of its own (${api}); this one steps back`);
  takeBack(undo);
  apiLogs.disable();
  letGo();
}

function takeBack(undo: (() => void)[]): void {
  for (const step of undo.splice(0).toReversed()) {
    try {
      step();
    } catch (error) {
      diag.debug(`a part of telemetry could not be taken back: ${describeError(error)}`);
    }
  }
}

function disable(instrumentations: readonly Instrumentation[]): void {
  for (const instrumentation of instrumentations) instrumentation.disable();
}

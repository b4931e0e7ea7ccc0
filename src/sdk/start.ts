import { logs as apiLogs } from '@opentelemetry/api-logs';
import { metrics, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { tracing } from '@opentelemetry/sdk-node';
import { addEmptyFamilies } from '../admin/exposition.js';
import { withDeadline } from '../deadline.js';
import { makeMetricsRoute } from '../admin/metrics-route.js';
import { LIVE_ROUTE } from '../admin/route.js';
import { startAdminServer, type AdminServer } from '../admin/server.js';
import { findAppPackage, type AppPackage } from '../app-package.js';
import { getConfig, type Config } from '../config.js';
import { describeError, diag, setDiagLevel } from '../diag.js';
import { hookServers } from '../http/server-hook.js';
import { emitFatal } from '../logging/fatal.js';
import { configureFromConfig } from '../logging/configure.js';
import { startBridge, stopBridge } from '../logging/winston-bridge.js';
import { CATALOGUE } from '../metrics/catalogue.js';
import { createInstruments, recordZeros, type Instruments } from '../metrics/instruments.js';
import { createRequestRecorder, OTHER_METHOD, type RequestSample } from '../metrics/requests.js';
import { VERSION } from '../version.js';
import { findBlindApi, findForeignSdk, findOwnApiVersion } from './foreign.js';
import { applyInstrumentations, createInstrumentations } from './instrumentations.js';
import { watchLifecycle } from './lifecycle.js';
import { createDelivery } from './log-delivery.js';
import { createLogProcessor } from './log-processor.js';
import { createMetricsSource, createViews, type MetricsSource } from './metrics-reader.js';
import { routeOtelDiag } from './otel-diag.js';
import { loadSdkNode } from './packages.js';
import { createResource } from './resource.js';
import { createSampler, createSpanProcessors, createSpanStarter } from './traces.js';

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
    start(config, undo);
  } catch (error) {
    diag.error(`telemetry could not start: ${describeError(error)}; the application runs without it`);
    takeBack(undo);
  }
}

function start(config: Config, undo: (() => void)[]): void {
  const app = findAppPackage(process.argv[1]);
  const version = config.general.resourceAttributes['service.version'] ?? app.version;
  warnOfBlindApi(app);
  routeOtelDiag(config.general.diagLevel, (api) => stepBack(api, undo));
  const resource = createResource(config, version);
  const source = config.metrics.exporter === 'none' ? undefined : createMetricsSource();
  const delivery = createDelivery(config, resource.attributes);
  const sampler = createSampler(config.traces);
  const instrumentations = createInstrumentations(config);
  undo.push(() => disable(instrumentations));
  const sdk = new (loadSdkNode().NodeSDK)({
    resource,
    autoDetectResources: false,
    instrumentations,
    metricReaders: source === undefined ? [] : [source.reader],
    views: createViews(config.metrics.maxSeries),
    sampler,
    logRecordProcessors: delivery === undefined ? [] : [createLogProcessor(delivery)],
    ...spanProcessorsOf(config),
  });
  sdk.start();
  applyInstrumentations();
  startBridge({ send: delivery !== undefined });
  undo.push(stopBridge, startMetrics(config, version, sampler));
  const admin = source === undefined ? undefined : startAdmin(config, version, source);
  undo.push(() => void admin?.close());
  undo.push(
    watchLifecycle({
      onTerminate: () => {},
      flush: async (timeoutMs) => {
        await Promise.all([delivery?.flush(timeoutMs), flushSpans(timeoutMs)]);
      },
      complete: () => delivery?.completeSync(),
      shouldFlushAtEnd: () => delivery !== undefined && !delivery.failing,
      onFatal: emitFatal,
    }),
    () => delivery?.stop(),
  );
  announce(config, admin);
}

function spanProcessorsOf(config: Config): { spanProcessors?: NonNullable<ReturnType<typeof createSpanProcessors>> } {
  const spanProcessors = createSpanProcessors(config.traces);
  return spanProcessors === undefined ? {} : { spanProcessors };
}

/** Instruments, their zeros, and the request path. Gives what stops watching requests. */
function startMetrics(config: Config, version: string, sampler: tracing.Sampler): () => void {
  const instruments = createInstruments(config.metrics.maxSeries);
  recordZeros();
  observeAppInfo(instruments, version);
  const record = createRequestRecorder(config.metrics.maxSeries);
  return hookServers({
    startSpan: createSpanStarter(config.traces, sampler),
    observer: { onEnd: record },
    observeWebSocket: (change) => instruments.websocketConnections.add(change),
    onMalformed: (status) => record(describeMalformed(status), ROOT_CONTEXT),
  });
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
  const collect = async (): Promise<string> => addEmptyFamilies(await source.collect(), Object.values(CATALOGUE));
  return startAdminServer({
    host: config.metrics.host,
    port: config.metrics.port,
    service: { name: config.general.serviceName, version },
    routes: [makeMetricsRoute(collect), LIVE_ROUTE],
  });
}

/** One line: what runs, where metrics are, where logs go. Only what may be shown: no headers, no tokens. */
function announce(config: Config, admin: AdminServer | undefined): void {
  const { logExport } = config;
  const logs = logExport.exporter === 'none' ? 'logs are not sent' : `logs go to ${logExport.url}`;
  const say = (metricsAt: string): void =>
    diag.info(`${VERSION} started for ${config.general.serviceName}: ${metricsAt}, ${logs}`);
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

/**
 * The application starts an SDK of its own after ours. Ours lets go of everything, so that the registrations that
 * follow succeed; the context manager stays, since that of the other SDK was refused first and does the same.
 */
function stepBack(api: string, undo: (() => void)[]): void {
  if (steppedBack) return;
  steppedBack = true;
  diag.warn(`the application starts an OpenTelemetry SDK of its own (${api}); this one steps back`);
  takeBack(undo);
  trace.disable();
  metrics.disable();
  propagation.disable();
  apiLogs.disable();
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

import { logs as apiLogs } from '@opentelemetry/api-logs';
import { metrics as apiMetrics, trace } from '@opentelemetry/api';
import { withDeadline } from '../timing/deadline.js';
import type { Route } from '../admin/route.js';
import { makeMetricsRoute } from '../admin/metrics-route.js';
import { startAdminServer, type AdminServer } from '../admin/server.js';
import { findAppPackage, type AppPackage } from '../application/manifest.js';
import { getConfig, type Config } from '../config/config.js';
import { describeError, diag, setDiagLevel } from '../diagnostics/diag.js';
import { listFollowed } from '../hooks/followed.js';
import { getMainScript } from '../application/main-script.js';
import { markTerminating } from '../health/registry.js';
import { boundTemplates } from '../http/bounded-templates.js';
import { openDoors } from '../http/doors.js';
import { setRoute } from '../http/route.js';
import { hookServers } from '../http/server-hook.js';
import type { LiveHub } from '../admin/live/hub.js';
import { answerHome, makeLiveRoutes } from '../admin/live/pages.js';
import type { Delivery } from '../delivery/delivery.js';
import { emitFatal } from '../logs/fatal.js';
import { configureFromConfig } from '../logs/configure.js';
import { endBridge, sendWaitingLines, startBridge, stopBridge } from '../loggers/winston.js';
import { createInstruments, recordZeros, type Instruments, METER_NAME } from '../metrics/instruments.js';
import { feedGauge } from '../metrics/observe.js';
import { createRequestMetrics, OTHER_METHOD, type RequestMetrics, type RequestSample } from '../metrics/requests.js';
import { startBullmq, stopBullmq } from '../jobs/bullmq/hooks.js';
import { isSandbox } from '../jobs/bullmq/sandbox-hook.js';
import { VERSION } from '../diagnostics/version.js';
import { findBlindApi, findForeignSdk, findOwnApiVersion } from '../otel/foreign.js';
import { createInstrumentations, type Instrumentation } from '../otel/instrumentations.js';
import { hookPackages } from './packages.js';
import { HEALTH_ROUTES, nameEndpoint, startHealth } from './health.js';
import { watchLifecycle } from './lifecycle.js';
import { createLiveHub } from './live.js';
import { createDelivery, describeWay } from './log-delivery.js';
import { createLogRoads } from '../otel/log-processor.js';
import { createMetricsSource, createViews, type MetricsSource } from '../otel/metrics-reader.js';
import { routeOtelDiag } from '../otel/otel-diag.js';
import { createSdk } from '../otel/providers.js';
import { startQueues } from './queues.js';
import { prepareRegistrations, watchRegistrations } from '../otel/registrations.js';
import { observeCollections } from '../otel/runtime-metrics.js';
import { createResource } from '../otel/resource.js';
import { keepRequiresSeen } from '../hooks/seen-requires.js';
import {
  createCallSpanStarter,
  createJobSpanStarter,
  createSampler,
  createSpanProcessors,
  createSpanStarter,
  type Sampler,
} from '../otel/traces.js';
import type { CallOptions } from '../http/outgoing/call.js';
import { hookClientRequests } from '../http/outgoing/client-request.js';
import { hookUndici } from '../http/outgoing/undici.js';

/** Says at debug why a process has no telemetry: nobody else asks. */
export function sayLeftAlone(reason: string): void {
  setDiagLevel(getConfig().config.general.diagLevel);
  diag.debug(`left alone: ${reason}`);
}

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
  const app = findAppPackage(getMainScript());
  const version = config.general.resourceAttributes['service.version'] ?? app.version;
  warnOfBlindApi(app);
  prepareRegistrations();
  const resource = createResource(config, version);
  const { requests, source } = openMetrics(config, resource);
  const delivery = createDelivery(config, resource.attributes);
  const sampler = createSampler(config.traces);
  const instrumentations = keepRequiresSeen(config.traces.expressLayers, () => createInstrumentations(config));
  undo.push(() => disable(instrumentations), hookPackages(config, app.directory));
  const sdk = createSdk({
    resource,
    instrumentations,
    metricReaders: source === undefined ? [] : [source.reader],
    views: createViews(config.metrics.maxSeries),
    sampler,
    spanExporters: config.traces.exporter,
    spanVariables: config.traces.variables,
    ...createLogRoads(delivery),
    ...spanProcessorsOf(config),
  });
  // Its constructor has sent OpenTelemetry's messages to the console where OTEL_LOG_LEVEL is set.
  routeOtelDiag(config.general.diagLevel, getConfig().problems);
  sdk.start();
  watchRegistrations((api) => stepBack(api, undo));
  const live = source === undefined ? undefined : createLiveHub(config, { version, source, delivery });
  startBridge({ send: delivery !== undefined });
  startBullmq({ startSpan: createJobSpanStarter(config.traces, sampler) });
  undo.push(stopBridge, stopBullmq, startMetrics(config, { version, sampler, requests, live }));
  undo.push(startOutgoing(createCallSpanStarter(config.traces, sampler)));
  const page = source === undefined ? undefined : makeMetricsRoute(source.collect);
  undo.push(openPublicDoors(page));
  const admin = page === undefined ? undefined : startAdmin(config, { version, page, live });
  undo.push(
    () => live?.close(),
    () => void admin?.close(),
    watchEnd(delivery, config.traces.exporter !== 'none'),
    () => delivery?.stop(),
  );
  announce(config, admin);
}

/** What happens when the process ends, however it ends. */
function watchEnd(delivery: Delivery | undefined, spansAreSent: boolean): () => void {
  return watchLifecycle({
    onTerminate: markTerminating,
    flush: async (timeoutMs, hold) => {
      sendWaitingLines();
      await Promise.all([delivery?.flush(timeoutMs, { hold }), flushSpans(timeoutMs)]);
    },
    save: (forGood) => {
      sendWaitingLines();
      delivery?.saveSync({ forGood });
    },
    complete: () => {
      sendWaitingLines();
      delivery?.completeSync();
    },
    end: () => {
      endBridge();
      delivery?.endSync();
    },
    shouldFlushAtEnd: () => (delivery === undefined ? spansAreSent : !delivery.failing),
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
  readonly sampler: Sampler;
  readonly requests: RequestMetrics;
  readonly live: LiveHub | undefined;
}

/** Instruments, their zeros, health and the request path. Gives what stops watching. */
function startMetrics(config: Config, { version, sampler, requests, live }: MetricsParts): () => void {
  const instruments = createInstruments(config.metrics.maxSeries);
  recordZeros();
  observeAppInfo(instruments, version);
  observeFollowed(instruments);
  const unhook = hookServers({
    startSpan: createSpanStarter(config.traces, sampler),
    trustsCallers: config.traces.trustsCallers,
    observer: { onEnd: live === undefined ? requests.record : recordFor(requests, live) },
    observeWebSocket: (change) => instruments.websocketConnections.add(change),
    onMalformed: (status) => requests.record(describeMalformed(status)),
  });
  const stops =
    config.metrics.exporter === 'none' ? [] : [startHealth(config), startQueues(config), observeCollections()];
  return () => {
    unhook();
    for (const stop of stops) stop();
  };
}

/** Counts a request, and shows it to the live page. */
function recordFor({ record }: RequestMetrics, live: LiveHub): RequestMetrics['record'] {
  return (sample, context) => {
    record(sample, context);
    live.onRequest(sample, context);
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
  feedGauge(instruments.appInfo, (result) => result.observe(1, labels));
}

function observeFollowed(instruments: Instruments): void {
  feedGauge(instruments.instrumentationActive, (result) => {
    for (const { target, version, isFollowed } of listFollowed()) {
      result.observe(isFollowed ? 1 : 0, { target, version });
    }
  });
}

/** What the application may ask of us by the public API. */
function openPublicDoors(page: Route | undefined): () => void {
  const admit = boundTemplates('setRoute');
  return openDoors({
    setRoute: (request, template) => setRoute(request, admit(template)),
    noteServed: nameEndpoint,
    answerMetrics: page?.answer,
  });
}

interface AdminParts {
  readonly version: string;
  readonly page: Route;
  readonly live: LiveHub | undefined;
}

function startAdmin(config: Config, { version, page, live }: AdminParts): AdminServer {
  const { adminHosts, adminLoginFile, adminCertFile, adminKeyFile } = config.metrics;
  const hasCertificate = adminCertFile !== undefined || adminKeyFile !== undefined;
  return startAdminServer({
    host: config.metrics.host,
    port: config.metrics.port,
    service: { name: config.general.serviceName, version },
    routes: [page, ...HEALTH_ROUTES, ...(live === undefined ? [] : makeLiveRoutes(live))],
    ...(live === undefined ? {} : { home: answerHome }),
    access: {
      hosts: adminHosts,
      loginFile: adminLoginFile,
      // One of the two alone is a mistake, and no reason to serve without TLS: a path that is empty cannot be read.
      certificate: hasCertificate ? { certFile: adminCertFile ?? '', keyFile: adminKeyFile ?? '' } : undefined,
    },
  });
}

/** One line: what runs, where metrics are, where logs go. Only what may be shown: no headers, no tokens. */
function announce(config: Config, admin: AdminServer | undefined): void {
  const level = isSandbox() ? 'debug' : 'info';
  const say = (metricsAt: string): void => {
    if (steppedBack) return;
    const way = describeWay(config.logExport);
    diag[level](`${VERSION} started for ${config.general.serviceName}: ${metricsAt}, ${way}`);
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
      'its spans and instruments do nothing; use the same major version',
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

/** The application starts an SDK of its own after ours: ours stops. */
function stepBack(api: string, undo: (() => void)[]): void {
  if (steppedBack) return;
  steppedBack = true;
  diag.warn(`the application starts an OpenTelemetry SDK of its own (${api}); this one steps back`);
  takeBack(undo);
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

/** Buckets of `http.client.request.duration`, as the semantic conventions advise. */
const CALL_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Observes what the process asks of others by http, https, fetch and undici. Gives what stops that. */
function startOutgoing(startSpan: CallOptions['startSpan']): () => void {
  const duration = apiMetrics.getMeter(METER_NAME).createHistogram('http.client.request.duration', {
    description: 'Duration of HTTP client requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: CALL_BUCKETS },
  });
  const options: CallOptions = {
    startSpan,
    record: (seconds, attributes, context) => duration.record(seconds, attributes, context),
  };
  const stops = [hookClientRequests(options), hookUndici(options)];
  return () => {
    for (const stop of stops) stop();
  };
}

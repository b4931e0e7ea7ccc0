/** What is measured beside what. A variant is an application file, what is preloaded before it, and what it has to prove. */
import { BENCH_DIR } from './children.js';

const REGISTER = new URL('../dist/register.js', import.meta.url).href;
const STOCK = new URL('preloads/stock-opentelemetry.js', import.meta.url).href;

/** Settings of a run: `sinkUrl`, the name of the `run`, and a `scratch` folder. Here for what sends its logs only. */
const logsTo = ({ sinkUrl, run }) => ({
  OTEL_SERVICE_NAME: 'bench',
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${sinkUrl}/${run}/v1/logs`,
});
const barbossaEnv = ({ scratch, ...to }) => ({
  ...logsTo(to),
  OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  // On, as it comes, but each run with a folder of its own: the next one would send what a killed one has left.
  BARBOSSA_LOG_SPOOL_DIR: `${scratch}/${to.run}`,
});
/**
 * Elastic's distribution sends spans and metrics as it comes, logs when asked to; all to the sink. Its cloud detectors are
 * off: they ask addresses outside this machine, and where those are silent hold everything back for seconds.
 */
const elasticEnv = ({ sinkUrl, run }) => ({
  OTEL_SERVICE_NAME: 'bench',
  OTEL_EXPORTER_OTLP_ENDPOINT: `${sinkUrl}/${run}`,
  ELASTIC_OTEL_NODE_ENABLE_LOG_SENDING: 'true',
  OTEL_NODE_RESOURCE_DETECTORS: 'env,process,serviceinstance,os,host,container',
});

const PRELOADS = {
  none: { nodeArgs: [], env: () => ({}) },
  stock: { nodeArgs: ['--import', STOCK], env: logsTo },
  stockLayers: { nodeArgs: ['--import', STOCK], env: (to) => ({ ...logsTo(to), BENCH_EXPRESS_LAYERS: 'on' }) },
  elastic: { nodeArgs: ['--import', '@elastic/opentelemetry-node'], env: elasticEnv },
  barbossa: { nodeArgs: ['--import', REGISTER], env: barbossaEnv },
};

/** The series that count the requests of the load, and the labels by which they are told from others. */
const OTEL_COUNT = { series: 'http_server_request_duration_count', label: 'http_route="/api/tracks/:id"' };
const BARBOSSA_COUNT = { series: 'barbossa_requests_total', label: 'endpoint="/api/tracks/:id"' };
const PROM_BUNDLE_COUNT = { series: 'http_request_duration_seconds_count', label: 'path="/api/tracks/:id"' };

/** The variant that all ratios are to. */
export const BASELINE = 'winston';
/** Ours, in both lists. */
export const OURS = 'barbossa';
/** Stock OpenTelemetry as it is to be had at its cheapest. */
export const STOCK_ID = 'stock';

/** `metrics`: 'own-port' is told on stderr, 'app' is a route of the application. `logs`: records arrive over OTLP. */
export const APPLICATIONS = [
  { id: 'express', title: 'Express', app: 'express', ...PRELOADS.none },
  { id: BASELINE, title: 'Express + winston', app: 'express-winston', ...PRELOADS.none },
  {
    id: 'prom-bundle',
    title: 'express-prom-bundle + winston',
    app: 'express-winston-prom-bundle',
    ...PRELOADS.none,
    metrics: 'app',
    count: PROM_BUNDLE_COUNT,
  },
  {
    id: STOCK_ID,
    title: 'OpenTelemetry, layers ignored',
    app: 'express-winston',
    ...PRELOADS.stock,
    metrics: 'own-port',
    count: OTEL_COUNT,
    logs: true,
  },
  {
    id: 'stock-layers',
    title: 'OpenTelemetry, layers on',
    app: 'express-winston',
    ...PRELOADS.stockLayers,
    metrics: 'own-port',
    count: OTEL_COUNT,
    logs: true,
  },
  {
    id: 'elastic',
    title: '@elastic/opentelemetry-node',
    app: 'express-winston',
    ...PRELOADS.elastic,
    logs: true,
    spans: true,
  },
  {
    id: OURS,
    title: 'barbossa-telemetry',
    app: 'express-winston',
    ...PRELOADS.barbossa,
    metrics: 'own-port',
    count: BARBOSSA_COUNT,
    logs: true,
  },
].map((variant) => ({ ...variant, file: `${BENCH_DIR}apps/${variant.app}.cjs` }));

/** Those that differ before the first statement of the main file: one application, with and without a preload. */
export const START_UPS = APPLICATIONS.filter(({ id, app }) => app === 'express-winston' && id !== 'stock-layers').map(
  (variant) => (variant.id === BASELINE ? { ...variant, title: 'plain node' } : variant),
);

/** The run without a logger; its CPU is taken off the others'. */
export const PACING = 'nothing';

export const LOGGERS = [
  { id: PACING, title: 'nothing', lines: 'nothing', silent: true, ...PRELOADS.none },
  {
    id: BASELINE,
    title: 'winston, JSON to a file',
    lines: 'winston-file',
    nodeArgs: [],
    env: ({ scratch, run }) => ({ BENCH_LOG_FILE: `${scratch}/${run}.log` }),
    logFile: ({ scratch, run }) => `${scratch}/${run}.log`,
  },
  { id: 'winston-console', title: 'winston, JSON to stdout', lines: 'winston', ...PRELOADS.none },
  {
    id: 'winston-transport',
    title: 'winston + @opentelemetry/winston-transport',
    lines: 'winston-transport',
    nodeArgs: [],
    env: logsTo,
    logs: true,
  },
  { id: OURS, title: 'winston under barbossa-telemetry', lines: 'winston', ...PRELOADS.barbossa, logs: true },
  {
    id: 'barbossa-logger',
    title: 'getLogger of barbossa-telemetry',
    lines: 'barbossa',
    ...PRELOADS.barbossa,
    logs: true,
  },
  { id: 'pino', title: 'pino, JSON to stdout', lines: 'pino', ...PRELOADS.none },
].map((variant) => ({ ...variant, file: `${BENCH_DIR}log-lines/${variant.lines}.js` }));

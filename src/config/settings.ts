import path from 'node:path';
import type { DiagLevel } from '../diag.js';
import {
  integerFrom,
  listOf,
  oneOf,
  parseBoolean,
  parseHeaders,
  parseHttpUrl,
  parsePairs,
  parseServerUrl,
  type Setting,
} from './setting.js';

/** Narrow helper: a row keeps the type of its value. */
function setting<T>(row: Setting<T>): Setting<T> {
  return row;
}

const BOOLEAN = 'true or false';
const URL_WORDS = 'an http:// or https:// URL without credentials';
const HEADER_WORDS = 'key=value pairs, comma separated, values percent-encoded';
/** What a list of key names may hold, in words. */
export const REDACT_NAMES = 'up to 100 names of 2 to 64 letters, digits, blanks, _ - and ., comma separated';
const LEVELS = ['debug', 'info', 'warning', 'error'] as const;

/** A level of `LOG_LEVEL` and its relatives. */
export type LevelName = (typeof LEVELS)[number];

/** What the package does at all. */
export const GENERAL = {
  disabled: setting({
    variable: 'OTEL_SDK_DISABLED',
    about: 'Leaves the application alone: nothing is started, nothing is patched.',
    allowed: BOOLEAN,
    fallback: false,
    parse: parseBoolean,
  }),
  serviceName: setting<string | undefined>({
    variable: 'OTEL_SERVICE_NAME',
    about: 'The service that metrics, logs and spans are told apart by.',
    allowed: 'at most 120 characters',
    fallback: undefined,
    fallbackText: '`service.name` of OTEL_RESOURCE_ATTRIBUTES, else barbossa',
    parse: (text) => (text.length <= 120 ? text : undefined),
  }),
  resourceAttributes: setting<Readonly<Record<string, string>>>({
    variable: 'OTEL_RESOURCE_ATTRIBUTES',
    about: 'What else is known of this service, for instance `service.version=1.4.2,deployment.environment.name=home`.',
    allowed: HEADER_WORDS,
    fallback: {},
    fallbackText: 'none',
    parse: parsePairs,
  }),
  role: setting<'web' | 'worker' | undefined>({
    variable: 'BARBOSSA_ROLE',
    about: 'Which index the logs go to: `barbossa-logs-*` for the web process, `celery-logs-*` for workers.',
    allowed: 'web or worker',
    fallback: undefined,
    fallbackText: 'worker where the service name ends in "worker", else web',
    parse: oneOf(['web', 'worker']),
  }),
  diagLevel: setting<DiagLevel>({
    variable: 'OTEL_LOG_LEVEL',
    about: 'How much the package and OpenTelemetry say on stderr.',
    allowed: 'none, error, warn, info, debug, verbose or all',
    fallback: 'info',
    parse: (text) => {
      const word = text.toLowerCase();
      return word === 'verbose' || word === 'all' ? 'debug' : oneOf(['none', 'error', 'warn', 'info', 'debug'])(word);
    },
  }),
} as const;

/** Where metrics are served, and how many. */
export const METRICS = {
  exporter: setting<'prometheus' | 'none'>({
    variable: 'OTEL_METRICS_EXPORTER',
    about: 'Whether metrics are served. `none` starts no admin server.',
    allowed: 'prometheus or none',
    fallback: 'prometheus',
    parse: oneOf(['prometheus', 'none']),
  }),
  host: setting({
    variable: 'OTEL_EXPORTER_PROMETHEUS_HOST',
    about: 'Address that the admin server listens on. `0.0.0.0` opens it to the network: it has no password.',
    allowed: 'an IP address or a host name of this machine',
    fallback: '127.0.0.1',
    parse: (text) => (/^[\w.:%-]{1,255}$/.test(text) ? text : undefined),
  }),
  port: setting({
    variable: 'OTEL_EXPORTER_PROMETHEUS_PORT',
    about: 'Port of the admin server; 0 takes a free one and the start-up line names it.',
    allowed: 'an integer from 0 to 65535',
    fallback: 9464,
    parse: integerFrom(0, 65_535),
  }),
  maxSeries: setting({
    variable: 'BARBOSSA_METRICS_MAX_SERIES',
    about: 'Series of one metric family; what goes beyond is counted in one series with `otel_metric_overflow="true"`.',
    allowed: 'an integer from 10 to 100000',
    unit: 'series',
    fallback: 2000,
    parse: integerFrom(10, 100_000),
  }),
} as const;

/** Where logs go. */
export const LOG_EXPORT = {
  exporter: setting<'otlp' | 'none'>({
    variable: 'OTEL_LOGS_EXPORTER',
    about: 'Whether log records are sent. `none` leaves what loggers print as it is.',
    allowed: 'otlp or none',
    fallback: 'otlp',
    parse: oneOf(['otlp', 'none']),
  }),
  endpoint: setting({
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    about: 'The collector; `/v1/logs` is added.',
    allowed: URL_WORDS,
    fallback: 'http://localhost:4318',
    parse: parseHttpUrl,
  }),
  logsEndpoint: setting<string | undefined>({
    variable: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
    about: 'Full URL for logs alone; wins over `OTEL_EXPORTER_OTLP_ENDPOINT`.',
    allowed: URL_WORDS,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
  headers: setting<Readonly<Record<string, string>>>({
    variable: 'OTEL_EXPORTER_OTLP_HEADERS',
    about: 'Headers of each request to the collector, for instance `authorization=Bearer%20…`.',
    allowed: HEADER_WORDS,
    secret: true,
    fallback: {},
    fallbackText: 'no headers',
    parse: parseHeaders,
  }),
  logsHeaders: setting<Readonly<Record<string, string>>>({
    variable: 'OTEL_EXPORTER_OTLP_LOGS_HEADERS',
    about: 'Headers for logs alone, added to the ones above.',
    allowed: HEADER_WORDS,
    secret: true,
    fallback: {},
    fallbackText: 'no headers',
    parse: parseHeaders,
  }),
  timeoutMs: setting({
    variable: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    about: 'Longest time for one request to the collector.',
    allowed: 'an integer from 100 to 600000',
    unit: 'ms',
    fallback: 10_000,
    parse: integerFrom(100, 600_000),
  }),
  logsTimeoutMs: setting<number | undefined>({
    variable: 'OTEL_EXPORTER_OTLP_LOGS_TIMEOUT',
    about: 'The same for logs alone.',
    allowed: 'an integer from 100 to 600000',
    unit: 'ms',
    fallback: undefined,
    parse: integerFrom(100, 600_000),
  }),
  compression: setting<'gzip' | 'none'>({
    variable: 'OTEL_EXPORTER_OTLP_COMPRESSION',
    about: 'Compression of requests to the collector.',
    allowed: 'gzip or none',
    fallback: 'none',
    parse: oneOf(['gzip', 'none']),
  }),
  protocol: setting<'http/json'>({
    variable: 'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL',
    about: 'How logs are encoded. Every OTLP/HTTP receiver takes JSON.',
    allowed: 'http/json',
    fallback: 'http/json',
    parse: oneOf(['http/json']),
  }),
  memoryBytes: setting({
    variable: 'BARBOSSA_LOG_MEMORY_BYTES',
    about: 'Encoded log records kept in memory until the collector has them; what goes beyond waits on disk.',
    allowed: 'an integer from 1048576 to 1073741824',
    unit: 'bytes',
    fallback: 16_777_216,
    parse: integerFrom(1_048_576, 1_073_741_824),
  }),
  spoolDirectory: setting<string | undefined>({
    variable: 'BARBOSSA_LOG_SPOOL_DIR',
    about:
      'Folder where log records wait for the collector, over a crash and a restart too. `off` keeps them in memory only.',
    allowed: 'a path, or off',
    fallback: undefined,
    fallbackText: "a private folder in the system's temporary one",
    parse: (text) => text,
  }),
  spoolBytes: setting({
    variable: 'BARBOSSA_LOG_SPOOL_BYTES',
    about: 'Most that the folder may hold; beyond that records are given up, the least severe first, and counted.',
    allowed: 'an integer from 1048576 to 68719476736',
    unit: 'bytes',
    fallback: 67_108_864,
    parse: integerFrom(1_048_576, 68_719_476_736),
  }),
  batchSize: setting({
    variable: 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
    about: 'Most log records in one request.',
    allowed: 'an integer from 1 to 10000',
    unit: 'records',
    fallback: 512,
    parse: integerFrom(1, 10_000),
  }),
  delayMs: setting({
    variable: 'OTEL_BLRP_SCHEDULE_DELAY',
    about: 'Longest time that a record waits for others to share its request.',
    allowed: 'an integer from 0 to 60000',
    unit: 'ms',
    fallback: 200,
    parse: integerFrom(0, 60_000),
  }),
} as const;

/** What loggers of `getLogger` print. */
export const LOGGING = {
  nodeEnv: setting<string | undefined>({
    variable: 'NODE_ENV',
    about: '`production` makes `getLogger` print JSON; anything else the readable line.',
    allowed: 'any text',
    fallback: undefined,
    parse: (text) => text,
  }),
  environment: setting<string | undefined>({
    variable: 'ENVIRONMENT',
    about: 'The same, as the Python Barbossa called it.',
    allowed: 'any text',
    fallback: undefined,
    parse: (text) => text,
  }),
  noColor: setting<string | undefined>({
    variable: 'NO_COLOR',
    about: 'Set to anything, readable lines have no color on a terminal either.',
    allowed: 'any text',
    fallback: undefined,
    parse: (text) => text,
  }),
  level: setting<LevelName>({
    variable: 'LOG_LEVEL',
    about: 'Least severe level that `getLogger` prints and sends.',
    allowed: 'debug, info, warning (or warn) or error',
    fallback: 'info',
    parse: parseLevel,
  }),
  levels: setting({
    variable: 'BARBOSSA_LOG_LEVELS',
    about:
      'Levels of single loggers of `getLogger`, by name and what is below it: `express=warning,library.scan=debug`.',
    allowed: 'name=level pairs, comma separated',
    fallback: '',
    fallbackText: 'express=warning,http=warning',
    parse: (text) => text,
  }),
  callerLevel: setting<LevelName | 'off'>({
    variable: 'BARBOSSA_LOG_CALLER',
    about: 'Least severe level at which `module`, `function` and `line` of the caller are looked up.',
    allowed: 'debug, info, warning, error or off',
    fallback: 'error',
    parse: (text) => (text.toLowerCase() === 'off' ? 'off' : parseLevel(text)),
  }),
} as const;

/** What no log record may show. */
export const REDACTION = {
  enabled: setting({
    variable: 'BARBOSSA_REDACT',
    about:
      'Replaces secrets in log records by `[redacted]` before they are printed by `getLogger`, written to the spool or sent; see docs/redaction.md. What the transports of winston print is left as the application made it.',
    allowed: 'on or off',
    fallback: true,
    fallbackText: 'on',
    parse: parseBoolean,
  }),
  keys: setting({
    variable: 'BARBOSSA_REDACT_KEYS',
    about: 'More keys whose values are secrets, in any spelling and with other words around them: `ssn,iban`.',
    allowed: REDACT_NAMES,
    fallback: '',
    fallbackText: 'no more',
    parse: (text) => text,
  }),
  allowedKeys: setting({
    variable: 'BARBOSSA_REDACT_ALLOW_KEYS',
    about: 'Keys that are no secrets although they look like one, in any spelling but whole: `next_page_token`.',
    allowed: REDACT_NAMES,
    fallback: '',
    fallbackText: 'none',
    parse: (text) => text,
  }),
} as const;

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

/** Checks that the environment may ask for, in the order of the health document. */
export const HEALTH_CHECKS = ['database', 'redis', 'plex', 'lidarr', 'disk'] as const;
export type BuiltInCheck = (typeof HEALTH_CHECKS)[number];

const TOKEN_WORDS = '1 to 512 printable ASCII characters without blanks';
const parseToken = (text: string): string | undefined => (/^[!-~]{1,512}$/.test(text) ? text : undefined);

/** What the health endpoints look at. A server that is not named is not checked. */
export const HEALTH = {
  databaseUrl: setting<string | undefined>({
    variable: 'DATABASE_URL',
    about: 'PostgreSQL that the check `database` asks `SELECT 1`. Needs the package `pg`.',
    allowed: 'a postgres:// or postgresql:// URL',
    secret: true,
    fallback: undefined,
    // SQLAlchemy's form, postgresql+asyncpg://, names a Python driver.
    parse: (text) => parseServerUrl(['postgres', 'postgresql'])(text.replace(/^(postgres(?:ql)?)\+\w+:/i, '$1:')),
  }),
  redisUrl: setting<string | undefined>({
    variable: 'REDIS_URL',
    about: 'Redis that the check `redis` asks `PING`. Needs the package `ioredis`.',
    allowed: 'a redis:// or rediss:// URL of one server',
    secret: true,
    fallback: undefined,
    parse: parseServerUrl(['redis', 'rediss']),
  }),
  plexUrl: setting<string | undefined>({
    variable: 'PLEX_URL',
    about: 'Plex server that the check `plex` asks for `/identity`.',
    allowed: `${URL_WORDS} and query`,
    secret: true,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
  plexToken: setting<string | undefined>({
    variable: 'PLEX_TOKEN',
    about: 'Sent to Plex in the header `X-Plex-Token`.',
    allowed: TOKEN_WORDS,
    secret: true,
    fallback: undefined,
    parse: parseToken,
  }),
  lidarrUrl: setting<string | undefined>({
    variable: 'LIDARR_URL',
    about: 'Lidarr server that the check `lidarr` asks for `/api/v1/system/status`.',
    allowed: `${URL_WORDS} and query`,
    secret: true,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
  lidarrApiKey: setting<string | undefined>({
    variable: 'LIDARR_API_KEY',
    about: 'Sent to Lidarr in the header `X-Api-Key`.',
    allowed: TOKEN_WORDS,
    secret: true,
    fallback: undefined,
    parse: parseToken,
  }),
  musicPath: setting<string | undefined>({
    variable: 'MUSIC_PATH',
    about:
      'Folder whose disk the check `disk` looks at: warning below 10 % free, unhealthy below 5 % or when its mount is gone.',
    allowed: 'an absolute path',
    fallback: undefined,
    parse: parseAbsolutePath,
  }),
  musicMount: setting<string | undefined>({
    variable: 'BARBOSSA_MUSIC_MOUNT',
    about: 'Where the disk of `MUSIC_PATH` has to be mounted, so that a start without it is seen as well.',
    allowed: 'an absolute path',
    fallback: undefined,
    fallbackText: 'where it is mounted when it is first looked at',
    parse: parseAbsolutePath,
  }),
  checks: setting<readonly BuiltInCheck[]>({
    variable: 'BARBOSSA_HEALTH_CHECKS',
    about:
      'Which checks the variables above may bring; for an application whose `DATABASE_URL` is not for this package.',
    allowed: `some of ${HEALTH_CHECKS.join(', ')}, comma separated, or none`,
    fallback: HEALTH_CHECKS,
    fallbackText: 'all',
    parse: (text) => (text.toLowerCase() === 'none' ? [] : listOf(oneOf(HEALTH_CHECKS))(text)),
  }),
  critical: setting<readonly string[]>({
    variable: 'BARBOSSA_HEALTH_CRITICAL',
    about: 'Checks without which the process is not ready. `registerHealthCheck` may say otherwise for its own.',
    allowed: 'names of checks, comma separated, or none',
    fallback: ['database'],
    parse: (text) =>
      text.toLowerCase() === 'none' ? [] : listOf((name) => (CHECK_NAME.test(name) ? name : undefined))(text),
  }),
  intervalMs: setting({
    variable: 'BARBOSSA_HEALTH_INTERVAL_MS',
    about: 'Each check runs about so often, also when nobody asks; the metrics are as fresh as that.',
    allowed: 'an integer from 1000 to 3600000',
    unit: 'ms',
    fallback: 15_000,
    parse: integerFrom(1_000, 3_600_000),
  }),
  timeoutMs: setting({
    variable: 'BARBOSSA_HEALTH_TIMEOUT_MS',
    about: 'Longest time for one run of a check, after which it has failed and its work is ended.',
    allowed: 'an integer from 50 to 10000',
    unit: 'ms',
    fallback: 2_000,
    parse: integerFrom(50, 10_000),
  }),
  cacheMs: setting({
    variable: 'BARBOSSA_HEALTH_CACHE_MS',
    about: 'A result that is not older is served again.',
    allowed: 'an integer from 0 to 600000',
    unit: 'ms',
    fallback: 5_000,
    parse: integerFrom(0, 600_000),
  }),
} as const;

/** Names of health checks: a label, a key of the health document. */
export const CHECK_NAME = /^[a-z][a-z0-9_-]{0,39}$/i;

function parseAbsolutePath(text: string): string | undefined {
  return path.isAbsolute(text) && !text.includes('\0') ? text : undefined;
}

/** The samplers of the OpenTelemetry specification that need no server. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

function parseLevel(text: string): LevelName | undefined {
  return text.toLowerCase() === 'warn' ? 'warning' : oneOf(LEVELS)(text);
}

/** Every setting, by the heading it stands under in docs/configuration.md. */
export const SETTINGS = {
  General: GENERAL,
  Metrics: METRICS,
  'Log delivery': LOG_EXPORT,
  'What getLogger prints': LOGGING,
  Redaction: REDACTION,
  Traces: TRACES,
  Health: HEALTH,
} as const;

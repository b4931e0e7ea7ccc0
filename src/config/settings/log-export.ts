import path from 'node:path';
import { resolveAtStart } from '../../application/start-folder.js';
import {
  integerFrom,
  oneOf,
  parseHeaders,
  parseHttpUrl,
  type Setting,
  HEADER_WORDS,
  setting,
  URL_WORDS,
} from '../setting.js';

/** `grpc` holds for spans alone. */
export type OtlpProtocol = 'http/json' | 'http/protobuf' | 'grpc';
const PROTOCOLS = ['http/json', 'http/protobuf', 'grpc'] as const;
const PROTOCOL_WORDS = "http/json or http/protobuf for logs (at the port of HTTP, by default 4318, not gRPC's 4317)";

/** A file in PEM. What is wrong with it shows when it is read, with each new connection. */
function pemFile(variable: string, about: string): Setting<string | undefined> {
  return setting<string | undefined>({
    variable,
    about,
    allowed: 'the path of a file in PEM',
    fallback: undefined,
    parse: (text) => resolveAtStart(text),
  });
}

const PEM_FILES = {
  certificate: pemFile(
    'OTEL_EXPORTER_OTLP_CERTIFICATE',
    'Certificates of the CAs that an https collector is trusted by, instead of those that Node trusts. Read again for each new connection.',
  ),
  logsCertificate: pemFile('OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE', 'The same for logs alone.'),
  clientCertificate: pemFile(
    'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE',
    'Certificate that we show to an https collector, with those between it and its CA. Read again when it is renewed.',
  ),
  logsClientCertificate: pemFile('OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE', 'The same for logs alone.'),
  clientKey: pemFile('OTEL_EXPORTER_OTLP_CLIENT_KEY', 'Its private key, without a passphrase.'),
  logsClientKey: pemFile('OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY', 'The same for logs alone.'),
} as const;

/** The first one: systemd writes several with colons between. */
function absolutePath(text: string): string | undefined {
  const [first = ''] = process.platform === 'win32' ? [text] : text.split(':');
  return path.isAbsolute(first) ? first : undefined;
}

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
  tokenFile: setting<string | undefined>({
    variable: 'BARBOSSA_LOG_TOKEN_FILE',
    about:
      'File with a token that log records are sent with (`Authorization: Bearer`), in place of a header of that name above: so it is in no environment. Read for each request.',
    allowed: 'a path',
    fallback: undefined,
    fallbackText: 'no token',
    parse: (text) => resolveAtStart(text),
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
  logsCompression: setting<'gzip' | 'none' | undefined>({
    variable: 'OTEL_EXPORTER_OTLP_LOGS_COMPRESSION',
    about: 'The same for logs alone.',
    allowed: 'gzip or none',
    fallback: undefined,
    parse: oneOf(['gzip', 'none']),
  }),
  protocol: setting<OtlpProtocol>({
    variable: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    about:
      'How logs are encoded. JSON costs the application less, protobuf takes fewer bytes on the way. `grpc` is for spans alone.',
    allowed: PROTOCOL_WORDS,
    fallback: 'http/json',
    parse: oneOf(PROTOCOLS),
  }),
  logsProtocol: setting<OtlpProtocol | undefined>({
    variable: 'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL',
    about: 'The same for logs alone.',
    allowed: PROTOCOL_WORDS,
    fallback: undefined,
    parse: oneOf(PROTOCOLS),
  }),
  ...PEM_FILES,
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
    fallbackText:
      '`$STATE_DIRECTORY`, or `barbossa-telemetry/<service>` in `$XDG_STATE_HOME` or `~/.local/state`; else a private folder in the temporary one',
    parse: (text) => (text.toLowerCase() === 'off' ? 'off' : resolveAtStart(text)),
  }),
  stateDirectory: setting<string | undefined>({
    variable: 'STATE_DIRECTORY',
    about:
      'Set by systemd for a unit with `StateDirectory=`: the folder for log records is in there. The first of several.',
    allowed: 'an absolute path',
    fallback: undefined,
    parse: absolutePath,
  }),
  stateHome: setting<string | undefined>({
    variable: 'XDG_STATE_HOME',
    about: "The user's folder for state; the folder for log records is in there where `STATE_DIRECTORY` says nothing.",
    allowed: 'an absolute path',
    fallback: undefined,
    fallbackText: '~/.local/state',
    parse: absolutePath,
  }),
  spoolBytes: setting({
    variable: 'BARBOSSA_LOG_SPOOL_BYTES',
    about:
      'Most that the folder may hold, over all processes that use it; beyond that records are given up, the oldest of the least severe first, and counted.',
    allowed: 'an integer from 1048576 to 68719476736',
    unit: 'bytes',
    fallback: 67_108_864,
    parse: integerFrom(1_048_576, 68_719_476_736),
  }),
  spoolDelayMs: setting({
    variable: 'BARBOSSA_LOG_SPOOL_DELAY',
    about:
      'How long a log record may wait before it is written to the folder: so much may SIGKILL take with it. 0: until the turn of ' +
      'the event loop ends, which beside 75 ms costs 8 % of a request and 10 % of a line more; 10 ms costs nothing of a request ' +
      'that can be measured, and 8 % of a line where lines come as fast as they can.',
    allowed: 'an integer from 0 to 1000',
    unit: 'ms',
    fallback: 10,
    parse: integerFrom(0, 1_000),
  }),
  batchSize: setting({
    variable: 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
    about: 'Most log records in one request.',
    allowed: 'an integer from 1 to 10000',
    unit: 'records',
    fallback: 1_024,
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
  exportTimeoutMs: setting<number | undefined>({
    variable: 'OTEL_BLRP_EXPORT_TIMEOUT',
    about: 'Longest time for one request with logs, where it is shorter than that of `OTEL_EXPORTER_OTLP_TIMEOUT`.',
    allowed: 'an integer from 100 to 600000',
    unit: 'ms',
    fallback: undefined,
    parse: integerFrom(100, 600_000),
  }),
} as const;

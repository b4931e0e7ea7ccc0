import { resolveAtStart } from '../../application/start-folder.js';
import { integerFrom, listOf, oneOf, parseBoolean, setting } from '../setting.js';

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
    about:
      'Address that the admin server listens on. `0.0.0.0` opens it to the network: then set a login and a certificate.',
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
  adminHosts: setting<readonly string[]>({
    variable: 'BARBOSSA_ADMIN_HOSTS',
    about:
      'Names by which the admin server is asked (`Host`), beside `localhost`, IP addresses, the name of the machine and `OTEL_EXPORTER_PROMETHEUS_HOST`. Others are refused.',
    allowed: 'host names without ports, comma separated',
    fallback: [],
    fallbackText: 'no other names',
    parse: listOf((text) => (/^[\w.-]{1,255}$/.test(text) ? text : undefined)),
  }),
  adminLoginFile: setting<string | undefined>({
    variable: 'BARBOSSA_ADMIN_LOGIN_FILE',
    about:
      'File with who may read the admin server: a token (`Authorization: Bearer`) or `user:password` (Basic) a line, several for a change of them. Read for each request. Only `/health/live` and `/health/ready` then stay open, without their details.',
    allowed: 'a path',
    fallback: undefined,
    fallbackText: 'nobody is asked',
    parse: (text) => resolveAtStart(text),
  }),
  adminCertFile: setting<string | undefined>({
    variable: 'BARBOSSA_ADMIN_CERT_FILE',
    about:
      'Certificate of the admin server, PEM with its chain: it then speaks HTTPS only. A renewed one is taken at once.',
    allowed: 'a path',
    fallback: undefined,
    fallbackText: 'HTTP',
    parse: (text) => resolveAtStart(text),
  }),
  adminKeyFile: setting<string | undefined>({
    variable: 'BARBOSSA_ADMIN_KEY_FILE',
    about: 'Key of that certificate, PEM.',
    allowed: 'a path',
    fallback: undefined,
    parse: (text) => resolveAtStart(text),
  }),
  livePage: setting({
    variable: 'BARBOSSA_LIVE_PAGE',
    about:
      'Whether a browser finds the live page at `/` of the admin server: requests, health, delivery and the last log lines. Who may read `/metrics` may read it.',
    allowed: 'on or off',
    fallback: true,
    fallbackText: 'on',
    parse: parseBoolean,
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

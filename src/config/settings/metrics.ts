import { integerFrom, oneOf } from '../setting.js';
import { setting } from './row.js';

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

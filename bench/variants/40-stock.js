import { OTEL_COUNT, sendLogs, STOCK } from './settings.js';

/** OpenTelemetry as it is to be had at its cheapest. */
export const variant = {
  id: 'stock',
  nodeArgs: ['--import', STOCK],
  env: sendLogs,
  application: {
    title: 'OpenTelemetry, layers ignored',
    app: 'express-winston',
    metrics: 'own-port',
    count: OTEL_COUNT,
    logs: true,
  },
  startUp: {},
  packages: [
    '@opentelemetry/api',
    '@opentelemetry/sdk-node',
    '@opentelemetry/exporter-logs-otlp-http',
    '@opentelemetry/exporter-prometheus',
    '@opentelemetry/instrumentation-express',
    '@opentelemetry/instrumentation-http',
    '@opentelemetry/instrumentation-winston',
    '@opentelemetry/winston-transport',
  ],
};

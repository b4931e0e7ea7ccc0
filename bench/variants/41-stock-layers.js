import { OTEL_COUNT, sendLogs, STOCK } from './settings.js';

export const variant = {
  id: 'stock-layers',
  nodeArgs: ['--import', STOCK],
  env: (place) => ({ ...sendLogs(place), BENCH_EXPRESS_LAYERS: 'on' }),
  application: {
    title: 'OpenTelemetry, layers on',
    app: 'express-winston',
    metrics: 'own-port',
    count: OTEL_COUNT,
    logs: true,
  },
};

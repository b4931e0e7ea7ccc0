import { REGISTER, sendBarbossaLogs } from './settings.js';

/** Ours. */
export const variant = {
  id: 'barbossa',
  nodeArgs: ['--import', REGISTER],
  env: sendBarbossaLogs,
  application: {
    title: 'barbossa-telemetry',
    app: 'express-winston',
    metrics: 'own-port',
    count: { series: 'barbossa_requests_total', label: 'endpoint="/api/tracks/:id"' },
    logs: true,
  },
  startUp: {},
  logger: { title: 'winston under barbossa-telemetry', lines: 'winston', logs: true },
  packages: ['barbossa-telemetry'],
};

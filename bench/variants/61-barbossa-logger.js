import { REGISTER, sendBarbossaLogs } from './settings.js';

export const variant = {
  id: 'barbossa-logger',
  nodeArgs: ['--import', REGISTER],
  env: sendBarbossaLogs,
  logger: { title: 'getLogger of barbossa-telemetry', lines: 'barbossa', logs: true },
};

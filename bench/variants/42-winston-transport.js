import { sendLogs } from './settings.js';

export const variant = {
  id: 'winston-transport',
  env: sendLogs,
  logger: { title: 'winston + @opentelemetry/winston-transport', lines: 'winston-transport', logs: true },
};

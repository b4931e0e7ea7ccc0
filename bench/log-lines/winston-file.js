import { format, winston } from '../apps/logger.cjs';

/** What winston alone costs as an application's log: the same lines through its own File transport. */
const logger = winston.createLogger({
  level: 'info',
  format,
  transports: [new winston.transports.File({ filename: process.env['BENCH_LOG_FILE'] })],
});

export const writeEnabled = (id) => logger.info('track served', { trackId: id, method: 'GET' });
export const writeDisabled = (id) => logger.debug('track looked up', { trackId: id, method: 'GET' });

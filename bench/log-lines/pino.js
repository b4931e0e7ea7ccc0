import pino from 'pino';

const logger = pino({ level: 'info', timestamp: pino.stdTimeFunctions.isoTime });

export const writeEnabled = (id) => logger.info({ trackId: id, method: 'GET' }, 'track served');
export const writeDisabled = (id) => logger.debug({ trackId: id, method: 'GET' }, 'track looked up');

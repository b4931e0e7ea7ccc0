import { logger } from '../apps/logger.cjs';

export const writeEnabled = (id) => logger.info('track served', { trackId: id, method: 'GET' });
export const writeDisabled = (id) => logger.debug('track looked up', { trackId: id, method: 'GET' });

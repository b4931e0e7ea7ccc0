import { getLogger } from '../../dist/index.js';

const logger = getLogger('bench');

export const writeEnabled = (id) => logger.info('track served', { trackId: id, method: 'GET' });
export const writeDisabled = (id) => logger.debug('track looked up', { trackId: id, method: 'GET' });

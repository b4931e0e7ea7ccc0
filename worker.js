/** The worker of the sample Barbossa: works on the queues that processes share through Redis. */
import { createLog } from './sample/logger.js';
import { readSettings } from './sample/settings.js';

const log = createLog('worker');

if (readSettings().redisUrl === undefined) {
  log.info('no queue to work on: REDIS_URL is not set, so the web process does its jobs itself');
} else {
  // To idle here would look like a worker.
  log.error('REDIS_URL is set, but there is no shared queue yet: the web process does its jobs itself');
  process.exitCode = 1;
}

/**
 * The worker of the sample Barbossa: works on the queues that processes share through Redis (`REDIS_URL`), and takes what is
 * imported into the library in PostgreSQL (`DATABASE_URL`).
 */
import { createLog } from './sample/logger.js';
import { readSettings } from './sample/settings.js';
import { openStore } from './sample/store.js';
import { startWork } from './sample/work.js';

/** Jobs that are under way when the process is told to stop have so long to finish. */
const GRACE_MS = 4_000;
const LAST_MOMENT_MS = 7_000;

const log = createLog('worker');

async function main(settings) {
  if (settings.redisUrl === undefined) {
    return log.info('no queue to work on: REDIS_URL is not set, so the web process does its jobs itself');
  }
  if (settings.databaseUrl === undefined) {
    log.warn('DATABASE_URL is not set: what is imported here is not in the library of the web process');
  }
  const [{ QueueJobs }, store] = await Promise.all([import('./sample/queue-jobs.js'), openStore(settings)]);
  const jobs = new QueueJobs(settings.redisUrl);
  startWork(jobs, store.library);
  log.info('working on downloads and imports');
  for (const signal of ['SIGTERM', 'SIGINT']) {
    // Once: a second signal ends the process as if nobody listened.
    process.once(signal, async () => {
      log.info(`${signal}: no new jobs, those at hand are finished`);
      setTimeout(() => process.exit(1), LAST_MOMENT_MS).unref();
      await jobs.close({ timeoutMs: GRACE_MS });
      await store.close();
      log.info('stopped');
    });
  }
}

try {
  await main(readSettings());
} catch (error) {
  log.error(error.message, error.cause === undefined ? {} : { error });
  process.exitCode = 1;
}

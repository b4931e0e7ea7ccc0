import { findModule } from '../application/app-module.js';
import { observeCeleryEvents } from '../jobs/celery/observe.js';
import type { Config } from '../config/config.js';
import { diag } from '../diagnostics/diag.js';
import { keepConnection } from '../diagnostics/kept-connection.js';
import { getInstruments, type Instruments } from '../metrics/instruments.js';
import { escapePattern } from '../jobs/queues/celery-queue.js';
import type { QueueKeys } from '../jobs/queues/discovery.js';
import { observeQueues } from '../jobs/queues/observe.js';
import { QueuePoller } from '../jobs/queues/poller.js';
import { QueueReader } from '../jobs/queues/reading.js';
import { openRedis, readDatabase, type IoredisModule } from '../jobs/redis/connection.js';
import { categoriseRedisError } from '../jobs/redis/errors.js';

type QueuesConfig = Config['queues'];

/** Reads queues and listens to Celery's events, where the environment asks for it, once there are instruments. Gives what ends it. */
export function startQueues({ queues }: Config): () => void {
  const instruments = getInstruments();
  const isAsked = queues.celeryEvents || queues.selected.length > 0;
  if (instruments === undefined || !isAsked) return () => {};
  const { redisUrl } = queues;
  if (redisUrl === undefined) {
    warnWhereAsked(queues, 'neither REDIS_URL nor BARBOSSA_QUEUES_REDIS_URL is set');
    return () => {};
  }
  const load = findModule<IoredisModule>('ioredis');
  if (load === undefined) {
    warnWhereAsked(queues, 'the package ioredis is not installed');
    return () => {};
  }
  const stops = [
    queues.selected.length > 0 ? startPoller(queues, { redisUrl, load, instruments }) : undefined,
    queues.celeryEvents ? startEvents(queues, { redisUrl, load, instruments }) : undefined,
  ];
  return () => {
    for (const stop of stops) stop?.();
  };
}

/** That nothing is read is no news where nobody has asked for it. */
function warnWhereAsked({ selectors, celeryEvents }: QueuesConfig, reason: string): void {
  const names = [
    ...(selectors === undefined || selectors.length === 0 ? [] : ['BARBOSSA_QUEUES']),
    ...(celeryEvents ? ['BARBOSSA_CELERY_EVENTS'] : []),
  ];
  if (names.length > 0) diag.warn(`${names.join(' and ')} cannot be followed: ${reason}`);
}

interface RedisParts {
  readonly redisUrl: string;
  readonly load: () => IoredisModule;
  readonly instruments: Instruments;
}

function startPoller(queues: QueuesConfig, { redisUrl, load, instruments }: RedisParts): () => void {
  const connection = keepConnection(() => openRedis(redisUrl, load(), { selectDatabase: true }), categoriseRedisError);
  const poller = new QueuePoller(new QueueReader(queues.selected, describeKeys(queues)), connection, {
    intervalMs: queues.intervalMs,
    timeoutMs: queues.timeoutMs,
    onPoll: (result) => instruments.queuePolls.add(1, { result }),
  });
  const stopObserving = observeQueues(instruments, poller);
  poller.start();
  return () => {
    stopObserving();
    poller.stop();
  };
}

function describeKeys(queues: QueuesConfig): QueueKeys {
  const celery = {
    prefix: queues.celeryKeyPrefix,
    separator: queues.celerySeparator,
    prioritySteps: queues.celeryPrioritySteps,
    unackedKey: queues.celeryUnackedKey,
  };
  return { celery, bullmqPrefix: queues.bullmqPrefix };
}

function startEvents(queues: QueuesConfig, { redisUrl, load, instruments }: RedisParts): () => void {
  const channel = queues.celeryEventsChannel ?? `/${readDatabase(redisUrl)}.celeryev`;
  const pattern = escapePattern(queues.celeryKeyPrefix + channel);
  // With a routing key behind it, and, where the transport option fanout_patterns is off, without.
  const patterns = [pattern, `${pattern}/*`];
  return observeCeleryEvents(instruments, { open: () => openRedis(redisUrl, load()), patterns }).stop;
}

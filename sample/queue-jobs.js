import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, QueueEvents, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { HttpError } from './http-error.js';
import { createLog } from './logger.js';
import { followQueue, presentJob, CANCELLED } from './queue-progress.js';

const log = createLog('queues');

const MAX_WAITING = 1_000;
/** Jobs that have ended can be looked up for a while. */
const MAX_ENDED = 500;
const KEEP_CANCELLED_SECONDS = 3_600;
const CANCEL_CHANNEL = 'barbossa:cancel';
/** A request does not wait for Redis, or for a worker, without end. */
const COMMAND_MS = 3_000;
const CANCEL_MS = 5_000;

/**
 * The same as `MemoryJobs`, on queues of BullMQ in Redis: the web process puts jobs in and watches them, the worker does
 * them. Either may be there more than once.
 */
export class QueueJobs {
  #url;
  #redis;
  #queues = new Map();
  #events = new Map();
  #workers = [];
  /** Jobs that this process is at, by id. */
  #active = new Map();
  #subscriber;

  constructor(url) {
    this.#url = url;
    this.#redis = this.#connect({ maxRetriesPerRequest: 1, commandTimeout: COMMAND_MS });
  }

  work(name, { concurrency, perform }) {
    this.#subscriber ??= this.#listenForCancels();
    const worker = new Worker(name, (job) => this.#perform(job, perform), {
      connection: this.#connect({ maxRetriesPerRequest: null }),
      concurrency,
    });
    worker.on('error', (error) => log.warn(`the worker of ${name} has a problem`, { error }));
    this.#workers.push(worker);
  }

  async enqueue(name, data) {
    return this.#ask(name, async (queue) => {
      const isFull = (await queue.getWaitingCount()) >= MAX_WAITING;
      if (isFull) throw new HttpError(503, `the queue ${name} takes nothing now`);
      const job = await queue.add(name, data, {
        removeOnComplete: { count: MAX_ENDED },
        removeOnFail: { count: MAX_ENDED },
      });
      return presentJob(job);
    });
  }

  async get(name, id) {
    return this.#ask(name, async (queue) => {
      const job = await queue.getJob(id);
      if (job !== undefined) return presentJob(job);
      const cancelled = await this.#redis.get(nameCancelled(name, id));
      return cancelled === null ? undefined : JSON.parse(cancelled);
    });
  }

  async list(name, { offset, limit }) {
    return this.#ask(name, async (queue) => {
      const states = ['active', 'waiting', 'completed', 'failed'];
      const [counts, jobs] = await Promise.all([
        queue.getJobCounts(...states),
        // Of each state so many: the newest of all are among them.
        queue.getJobs(states, 0, offset + limit - 1),
      ]);
      const newest = jobs.filter((job) => job !== undefined).sort((a, b) => b.timestamp - a.timestamp || b.id - a.id);
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return { total, jobs: newest.slice(offset, offset + limit).map(presentJob) };
    });
  }

  async cancel(name, id) {
    return this.#ask(name, async (queue) => {
      const job = await queue.getJob(id);
      if (job === undefined) return this.get(name, id);
      if (job.finishedOn !== undefined) return presentJob(job);
      return (await job.isActive()) ? this.#cancelActive(queue, job) : this.#cancelWaiting(queue, job);
    });
  }

  async countWaiting(name) {
    return this.#ask(name, (queue) => queue.getWaitingCount());
  }

  /** `listener(queueName, job)`, for the jobs of all processes. */
  onProgress(listener) {
    const stops = ['downloads', 'imports'].map((name) => followQueue(this.#watch(name), (job) => listener(name, job)));
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Takes no more jobs, and waits for those at work. One that does not end in time stalls, and another worker has it. */
  async close({ timeoutMs }) {
    const ended = Promise.all(this.#workers.map((worker) => worker.close()));
    const timer = new AbortController();
    await Promise.race([ended, sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    await Promise.all(this.#workers.map((worker) => worker.close(true)));
    for (const one of [...this.#events.values(), ...this.#queues.values()]) await one.close();
    this.#subscriber?.disconnect();
    this.#redis.disconnect();
  }

  async #perform(job, perform) {
    const abort = new AbortController();
    this.#active.set(job.id, abort);
    let reported = Promise.resolve();
    const report = (progress) => {
      reported = reported.then(() => tellProgress(job, progress));
    };
    try {
      await perform(job.data, { signal: abort.signal, report });
    } catch (error) {
      throw abort.signal.aborted ? new UnrecoverableError(CANCELLED) : error;
    } finally {
      this.#active.delete(job.id);
      await reported;
    }
  }

  #listenForCancels() {
    const subscriber = this.#connect({ maxRetriesPerRequest: null });
    subscriber.on('message', (_channel, id) => this.#active.get(id)?.abort());
    // The connection tells where it cannot, and subscribes when it can.
    subscriber.subscribe(CANCEL_CHANNEL).catch(() => {});
    return subscriber;
  }

  /** Whichever worker has it ends it. */
  async #cancelActive(queue, job) {
    const events = this.#watch(queue.name);
    await events.waitUntilReady();
    await this.#redis.publish(CANCEL_CHANNEL, job.id);
    // It rejects with what the job failed with; what has become of it is looked at all the same.
    await job.waitUntilFinished(events, CANCEL_MS).catch(() => {});
    return this.get(queue.name, job.id);
  }

  async #cancelWaiting(queue, job) {
    try {
      await job.remove();
    } catch {
      // A worker was faster.
      return this.#cancelActive(queue, job);
    }
    const cancelled = { ...presentJob(job), state: 'cancelled', endedAt: new Date().toISOString() };
    const key = nameCancelled(queue.name, job.id);
    await this.#redis.set(key, JSON.stringify(cancelled), 'EX', KEEP_CANCELLED_SECONDS);
    return cancelled;
  }

  /** Asks a queue; whatever keeps Redis from answering is a 503. */
  async #ask(name, question) {
    try {
      await this.#waitUntilReady();
      return await question(this.#open(name));
    } catch (error) {
      if (error instanceof HttpError) throw error;
      log.warn(`the queue ${name} cannot be asked`, { error });
      throw new HttpError(503, 'the queues cannot be reached now');
    }
  }

  /** BullMQ would wait for Redis without end. */
  async #waitUntilReady() {
    if (this.#redis.status !== 'ready') await once(this.#redis, 'ready', { signal: AbortSignal.timeout(COMMAND_MS) });
  }

  #open(name) {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, { connection: this.#redis });
      queue.on('error', () => {});
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #watch(name) {
    let events = this.#events.get(name);
    if (events === undefined) {
      events = new QueueEvents(name, { connection: this.#connect({ maxRetriesPerRequest: null }) });
      events.on('error', () => {});
      this.#events.set(name, events);
    }
    return events;
  }

  /** Each connection tells once that it is lost, and tries for ever. */
  #connect(options) {
    const redis = new Redis(this.#url, options);
    let isLost = false;
    redis.on('ready', () => {
      isLost = false;
    });
    redis.on('error', (error) => {
      if (!isLost) log.warn('Redis cannot be reached', { error });
      isLost = true;
    });
    return redis;
  }
}

async function tellProgress(job, progress) {
  try {
    await job.updateProgress(progress);
  } catch (error) {
    log.warn('progress could not be told', { error });
  }
}

function nameCancelled(name, id) {
  return `barbossa:cancelled:${name}:${id}`;
}

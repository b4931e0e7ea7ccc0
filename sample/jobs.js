import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { observeTask } from 'barbossa-telemetry';
import { HttpError } from './http-error.js';

const MAX_WAITING = 1_000;
/** Jobs that have ended can be looked up for a while. */
const MAX_ENDED = 500;

/**
 * Queues of jobs in the memory of this process. What the application uses of them is small and asynchronous, so that
 * queues which processes share can take their place: `work`, `enqueue`, `get`, `list`, `cancel`, `countWaiting`,
 * `onProgress`, `close`.
 *
 * A job is `{ id, state, progress, data, error, createdAt, endedAt }`; `state` is waiting, active, succeeded, failed or
 * cancelled, `progress` goes from 0 to 1.
 */
export class MemoryJobs {
  #queues = new Map();
  #listeners = new Set();
  #closed = false;

  /**
   * Works on a queue, `concurrency` jobs at a time.
   * @param perform Does a job: `(data, { signal, report }) => Promise`. `signal` says that the job was cancelled.
   */
  work(name, { concurrency, perform }) {
    this.#queues.set(name, { name, concurrency, perform, waiting: [], active: new Set(), byId: new Map(), ended: [] });
  }

  /** Puts a job at the end of the queue. Rejects where the queue is full. */
  async enqueue(name, data) {
    const queue = this.#queues.get(name);
    if (this.#closed || queue.waiting.length >= MAX_WAITING) {
      throw new HttpError(503, `the queue ${name} takes nothing now`);
    }
    const job = { id: randomUUID(), state: 'waiting', progress: 0, data, createdAt: new Date().toISOString() };
    // A job belongs to the request that asked for it, not to the job whose end made room for it.
    const run = AsyncResource.bind(() => this.#run(queue, entry));
    const entry = { job, run, abort: new AbortController() };
    queue.byId.set(job.id, entry);
    queue.waiting.push(entry);
    const answer = { ...job };
    this.#startNext(queue);
    return answer;
  }

  async get(name, id) {
    const entry = this.#queues.get(name).byId.get(id);
    return entry && { ...entry.job };
  }

  /** Newest first. */
  async list(name, { offset, limit }) {
    const all = Array.from(this.#queues.get(name).byId.values()).toReversed();
    return { total: all.length, jobs: all.slice(offset, offset + limit).map(({ job }) => ({ ...job })) };
  }

  /** Cancels a job that has not ended. The job as it then is, or undefined where there is none. */
  async cancel(name, id) {
    const queue = this.#queues.get(name);
    const entry = queue.byId.get(id);
    if (entry === undefined) return undefined;
    const at = queue.waiting.indexOf(entry);
    if (at >= 0) {
      queue.waiting.splice(at, 1);
      this.#end(queue, entry, 'cancelled');
    } else if (entry.job.state === 'active') {
      entry.abort.abort();
      await entry.done;
    }
    return { ...entry.job };
  }

  async countWaiting(name) {
    return this.#queues.get(name).waiting.length;
  }

  /** Tells of each step of each job: `listener(queueName, job)`. Returns what ends it. */
  onProgress(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes no more jobs, gives up those that wait, and those at work that have not ended in time. */
  async close({ timeoutMs }) {
    this.#closed = true;
    const queues = Array.from(this.#queues.values());
    for (const queue of queues) {
      for (const entry of queue.waiting.splice(0)) this.#end(queue, entry, 'cancelled');
    }
    const active = queues.flatMap((queue) => Array.from(queue.active));
    const ended = Promise.all(active.map(({ done }) => done));
    const timer = new AbortController();
    await Promise.race([ended, sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    for (const { abort } of active) abort.abort();
    await ended;
  }

  #startNext(queue) {
    while (queue.active.size < queue.concurrency && queue.waiting.length > 0) {
      const entry = queue.waiting.shift();
      queue.active.add(entry);
      entry.done = entry.run();
    }
  }

  async #run(queue, entry) {
    const { job, abort } = entry;
    const report = (progress) => this.#change(queue, job, { progress });
    this.#change(queue, job, { state: 'active' });
    try {
      await observeTask(queue.name, () => queue.perform(job.data, { signal: abort.signal, report }));
      this.#end(queue, entry, 'succeeded');
    } catch (error) {
      job.error = error.message;
      this.#end(queue, entry, abort.signal.aborted ? 'cancelled' : 'failed');
    }
    queue.active.delete(entry);
    this.#startNext(queue);
  }

  #end(queue, entry, state) {
    this.#change(queue, entry.job, { state, endedAt: new Date().toISOString() });
    queue.ended.push(entry.job.id);
    if (queue.ended.length > MAX_ENDED) queue.byId.delete(queue.ended.shift());
  }

  #change(queue, job, change) {
    Object.assign(job, change);
    for (const listener of this.#listeners) listener(queue.name, { ...job });
  }
}

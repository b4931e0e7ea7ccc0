import type { EndedTask, TaskState } from '../record-task.js';
import { type RawEvent, ENDINGS, readExceptionClass } from './event.js';

/** What is known of a task that a worker has. */
interface PendingTask {
  readonly name: string;
  /** Attempts that the worker has received and not ended: the next may come before it says that this one is to be retried. */
  attempts: number;
  /** When the event that it began came, by our clock; undefined before. */
  startedMs: number | undefined;
  /** The same by the worker's clock, in seconds. */
  startedAtS: number | undefined;
}

interface CeleryWorker {
  readonly tasks: Map<string, PendingTask>;
  pid: unknown;
  lastSeenMs: number;
  heartbeatMs: number;
  isOnline: boolean;
}

/** Tasks that are kept, of all workers; beyond that the oldest are forgotten, and counted without their names. */
const MAX_TASKS = 50_000;
const MAX_WORKERS = 1_000;
const MAX_NAME_CHARS = 255;
/** A worker of which nothing was heard for so long is gone, and its tasks are lost. One that ends may work for a while yet. */
const FORGET_MS = 15 * 60_000;
const DEFAULT_HEARTBEAT_MS = 2_000;
const MAX_HEARTBEAT_MS = 60_000;
/** As many heartbeats may be missed before a worker is not there; on a machine at work they are late. */
const MISSED_HEARTBEATS = 5;
/** A worker's clock that was set meanwhile cannot move a duration further than this. */
const MAX_CLOCK_STEP_S = 5;

const UNKNOWN_TASK = 'unknown';
const MS_PER_SECOND = 1_000;

/** The limits of a tracker; other ones are for tests. */
export interface TrackerLimits {
  readonly maxTasks?: number;
  readonly forgetMs?: number;
}

/**
 * Turns the events of workers into tasks that have ended. Only the first event of a task has its name, and only a success has
 * its duration. So each task is kept, under its worker, from its first event to its last. The number of tasks kept is bounded,
 * and those of a worker that is gone are forgotten. No duration is the difference between two clocks.
 */
export class TaskTracker {
  readonly #workers = new Map<string, CeleryWorker>();
  readonly #maxTasks: number;
  readonly #forgetMs: number;
  #taskCount = 0;

  constructor({ maxTasks = MAX_TASKS, forgetMs = FORGET_MS }: TrackerLimits = {}) {
    this.#maxTasks = maxTasks;
    this.#forgetMs = forgetMs;
  }

  /** Tasks that are known and have not ended. */
  get taskCount(): number {
    return this.#taskCount;
  }

  /** Workers whose heartbeat is heard. @param nowMs Our monotonic clock. */
  countWorkers(nowMs: number): number {
    const isThere = ({ isOnline, lastSeenMs, heartbeatMs }: CeleryWorker): boolean =>
      isOnline && nowMs - lastSeenMs <= MISSED_HEARTBEATS * heartbeatMs;
    return Array.from(this.#workers.values()).filter(isThere).length;
  }

  /** Takes an event; gives what has ended with it. Never throws. @param nowMs When it came, by our monotonic clock. */
  take(event: RawEvent, nowMs: number): EndedTask | undefined {
    const { type, hostname, uuid } = event;
    if (!isName(hostname)) return undefined;
    if (type === 'task-sent') return undefined;
    const worker = this.#findWorker(hostname, nowMs);
    if (typeof type === 'string' && type.startsWith('worker-')) {
      this.#noteWorker(worker, event);
      return undefined;
    }
    if (!isName(uuid)) return undefined;
    if (type === 'task-received') this.#receive(worker, uuid, event);
    if (type === 'task-started') noteStart(worker.tasks.get(uuid), event, nowMs);
    const state = ENDINGS.get(type);
    // What goes back into the queue is received again.
    if (state === undefined || (state === 'rejected' && event['requeue'] === true)) return undefined;
    return this.#end(worker, uuid, { event, state, nowMs });
  }

  /** Forgets the tasks of workers that are gone. */
  forgetLost(nowMs: number): void {
    for (const [hostname, worker] of this.#workers) {
      if (nowMs - worker.lastSeenMs <= this.#forgetMs) continue;
      this.#clear(worker);
      this.#workers.delete(hostname);
    }
  }

  /** Events come again after a break. The workers were silent because of the break: none of them counts as gone. */
  resume(nowMs: number): void {
    for (const worker of this.#workers.values()) worker.lastSeenMs = nowMs;
  }

  #findWorker(hostname: string, nowMs: number): CeleryWorker {
    let worker = this.#workers.get(hostname);
    if (worker === undefined) {
      worker = {
        tasks: new Map(),
        pid: undefined,
        lastSeenMs: nowMs,
        heartbeatMs: DEFAULT_HEARTBEAT_MS,
        isOnline: true,
      };
      if (this.#workers.size >= MAX_WORKERS) this.#dropOldestWorker();
      this.#workers.set(hostname, worker);
    }
    worker.lastSeenMs = nowMs;
    return worker;
  }

  #noteWorker(worker: CeleryWorker, { type, pid, freq }: RawEvent): void {
    // Another process of the same name: what the one before had is lost.
    if (worker.pid !== undefined && pid !== worker.pid) this.#clear(worker);
    worker.pid = pid;
    worker.isOnline = type !== 'worker-offline';
    if (isAmount(freq) && freq > 0) worker.heartbeatMs = Math.min(freq * MS_PER_SECOND, MAX_HEARTBEAT_MS);
  }

  #receive(worker: CeleryWorker, uuid: string, { name }: RawEvent): void {
    const known = worker.tasks.get(uuid);
    if (known !== undefined) {
      known.attempts += 1;
      return;
    }
    if (!isName(name)) return;
    if (this.#taskCount >= this.#maxTasks) this.#dropOldestTask(worker);
    worker.tasks.set(uuid, { name, attempts: 1, startedMs: undefined, startedAtS: undefined });
    this.#taskCount += 1;
  }

  #end(worker: CeleryWorker, uuid: string, ending: TaskEnding): EndedTask {
    const pending = worker.tasks.get(uuid);
    const { event, state } = ending;
    const isFailure = state === 'failure' || state === 'retry';
    const ended = {
      task: pending?.name ?? UNKNOWN_TASK,
      state,
      durationSeconds: findDuration(pending, ending),
      exception: isFailure ? readExceptionClass(event['exception'], event['traceback']) : undefined,
    };
    if (pending !== undefined) this.#endAttempt(worker, uuid, pending);
    return ended;
  }

  #endAttempt(worker: CeleryWorker, uuid: string, pending: PendingTask): void {
    pending.attempts -= 1;
    pending.startedMs = undefined;
    pending.startedAtS = undefined;
    if (pending.attempts > 0) return;
    worker.tasks.delete(uuid);
    this.#taskCount -= 1;
  }

  #clear({ tasks }: CeleryWorker): void {
    this.#taskCount -= tasks.size;
    tasks.clear();
  }

  #dropOldestTask(preferred: CeleryWorker): void {
    const all = [preferred, ...this.#workers.values()];
    const tasks = all.find((worker) => worker.tasks.size > 0)?.tasks;
    const [oldest] = tasks?.keys() ?? [];
    if (oldest !== undefined && tasks?.delete(oldest) === true) this.#taskCount -= 1;
  }

  #dropOldestWorker(): void {
    const [oldest] = this.#workers;
    if (oldest === undefined) return;
    this.#clear(oldest[1]);
    this.#workers.delete(oldest[0]);
  }
}

interface TaskEnding {
  readonly event: RawEvent;
  readonly state: TaskState;
  readonly nowMs: number;
}

function noteStart(pending: PendingTask | undefined, { timestamp }: RawEvent, nowMs: number): void {
  if (pending === undefined) return;
  pending.startedMs = nowMs;
  pending.startedAtS = isAmount(timestamp) ? timestamp : undefined;
}

/** What the worker has measured; else the time between two of its stamps, as long as our own clock agrees. */
function findDuration(pending: PendingTask | undefined, { event, state, nowMs }: TaskEnding): number | undefined {
  // Such a task has not run, or was cut short at a time that says nothing of it.
  if (state === 'revoked' || state === 'rejected') return undefined;
  const { runtime, timestamp } = event;
  if (isAmount(runtime)) return runtime;
  if (pending?.startedMs === undefined) return undefined;
  const byArrival = (nowMs - pending.startedMs) / MS_PER_SECOND;
  if (pending.startedAtS === undefined || !isAmount(timestamp)) return byArrival;
  const byWorker = timestamp - pending.startedAtS;
  return byWorker >= 0 && Math.abs(byWorker - byArrival) <= MAX_CLOCK_STEP_S ? byWorker : byArrival;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARS;
}

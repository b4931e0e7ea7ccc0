import { warnOnce } from '../diagnostics/diag.js';
import { CATALOGUE } from '../metrics/catalogue.js';
import { getInstruments } from '../metrics/instruments.js';
import { checkLabel } from '../metrics/labels.js';

/** What stands for every name beyond the limit. */
const OTHER = 'other';

/** Hands out names for a label: the first `max` different ones as they are, then `other`, for the life of the process. */
class BoundedNames {
  readonly #max: number;
  readonly #known = new Set<string>();

  /** @param max Names that get a series of their own. */
  constructor(max: number) {
    this.#max = max;
  }

  /** The name itself, or `other`. */
  admit(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#max) return OTHER;
    this.#known.add(name);
    return name;
  }
}

/** Names of tasks with series of their own; a task whose name holds an id would have one for each run. */
const MAX_TASKS = 200;
/** Classes of exceptions of one task with series of their own. */
const MAX_EXCEPTIONS = 50;

/**
 * How an attempt ended. `retry`: it failed and will be tried again, so that each task ends once in another state. `revoked` and
 * `rejected` are Celery's, for tasks that were called off and that a worker has refused.
 */
export type TaskState = 'success' | 'failure' | 'retry' | 'revoked' | 'rejected';

/** A task, or one attempt of it, that has ended. */
export interface EndedTask {
  readonly task: string;
  readonly state: TaskState;
  /** Absent where nobody knows how long it took. */
  readonly durationSeconds?: number | undefined;
  /** The class of what it failed with; counts where the state is `failure`. */
  readonly exception?: string | undefined;
}

const UNKNOWN_EXCEPTION = 'unknown';
const tasks = new BoundedNames(MAX_TASKS);
const exceptions = new Map<string, BoundedNames>();

/**
 * Counts in `barbossa_tasks_total`, `barbossa_task_duration_seconds` and, where it has failed for good,
 * `barbossa_task_failures_total`. Tasks beyond the first 200 names are `other`; of each task the same holds for exceptions
 * beyond the first 50. Never throws. Nothing happens where metrics were not started.
 */
export function recordTask(ended: EndedTask): void {
  const instruments = getInstruments();
  if (instruments === undefined) return;
  const { state, durationSeconds } = ended;
  const task = nameTask(ended.task);
  instruments.tasks.add(1, { task, state });
  if (durationSeconds !== undefined && durationSeconds >= 0) {
    instruments.taskDuration.record(durationSeconds, { task, state });
  }
  if (state === 'failure') instruments.taskFailures.add(1, { task, exception: nameException(task, ended.exception) });
}

function nameTask(given: string): string {
  const task = tasks.admit(checkLabel(CATALOGUE.tasks.name, 'task', given));
  if (task === OTHER && given !== OTHER) {
    warnOnce('tasks', `there are more than ${MAX_TASKS} names of tasks; new ones are counted as task="${OTHER}"`);
  }
  return task;
}

function nameException(task: string, given: string | undefined): string {
  let known = exceptions.get(task);
  if (known === undefined) exceptions.set(task, (known = new BoundedNames(MAX_EXCEPTIONS)));
  return known.admit(checkLabel(CATALOGUE.taskFailures.name, 'exception', given ?? UNKNOWN_EXCEPTION));
}

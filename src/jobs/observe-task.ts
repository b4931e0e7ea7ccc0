import { readType } from '../logs/exception.js';
import { readProperty } from '../logs/safe-read.js';
import { recordTask, type TaskState } from './record-task.js';

/**
 * Does `work` and counts it as a task: in `barbossa_tasks_total` and, in seconds, in `barbossa_task_duration_seconds`, with the
 * state `success` or `failure`; a failure also in `barbossa_task_failures_total`, under the class of what was thrown. It runs
 * at once, in the context of the caller, so that its log lines keep the request's id.
 * @param name What kind of task it is, 1 to 120 characters, few distinct values: the first 200 have series of their own.
 * @returns What `work` returns; for a promise, one with the same outcome.
 * @throws What `work` throws, the very same. TypeError where `name` is no string or blank, or `work` no function.
 */
export function observeTask<T>(name: string, work: () => T): T {
  if (typeof name !== 'string' || name.trim() === '') {
    throw new TypeError('observeTask: name must be a string of 1 to 120 characters');
  }
  if (typeof work !== 'function') throw new TypeError('observeTask: work must be a function');
  const startedAtMs = performance.now();
  const end = (state: TaskState, exception?: string): void => {
    recordTask({ task: name, state, durationSeconds: (performance.now() - startedAtMs) / 1_000, exception });
  };
  const fail = (error: unknown): never => {
    end('failure', readType(error));
    throw error;
  };
  let result: T;
  try {
    result = work();
  } catch (error) {
    return fail(error);
  }
  if (!isThenable(result)) {
    end('success');
    return result;
  }
  // The promise that comes out of here is the one to be handled: a rejection that nobody handles stays one.
  return result.then((value) => {
    end('success');
    return value;
  }, fail) as T;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof readProperty(value, 'then') === 'function';
}

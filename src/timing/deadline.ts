import { settleOnce } from './settle-once.js';

/** Something took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * What `work` resolves to, or a rejection with `DeadlineError` after `deadlineMs` milliseconds. The work itself goes
 * on; what it comes to after that is dropped. The timer never keeps the process alive. A `work` that throws rejects.
 */
export function withDeadline<T>(work: () => T | Promise<T>, deadlineMs: number, problem: string): Promise<T> {
  return settleOnce<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(problem)), deadlineMs);
    timer.unref();
    // At once, and what it throws is a rejection.
    const running = (async () => work())();
    void running.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

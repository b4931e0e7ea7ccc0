/** Something took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * What `work` resolves to, or a rejection with `DeadlineError` after `deadlineMs` milliseconds. The work itself goes
 * on; what it comes to after that is dropped. The timer never keeps the process alive. A `work` that throws rejects.
 */
export async function withDeadline<T>(work: () => T | Promise<T>, deadlineMs: number, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(problem)), deadlineMs);
    timer.unref();
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

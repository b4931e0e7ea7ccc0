import { vary } from './back-off.js';

/** Longest time until something is done for the first time. */
const FIRST_MS = 1_000;
/** This share of the interval early or late, so that processes that started together do not ask together. */
const JITTER = 0.1;

/**
 * Does something again and again, from a moment on that is not the same in all processes. The next time counts from the
 * end of the last one. Its timer never keeps the process alive.
 * @param work Does not reject. What resolves to false is not done again.
 * @param random Numbers from 0 to 1, exclusive.
 * @returns Ends it; what is under way goes on.
 */
export function repeat(
  work: () => Promise<boolean>,
  intervalMs: number,
  random: () => number = Math.random,
): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const schedule = (delayMs: number): void => {
    timer = setTimeout(() => void run(), delayMs);
    timer.unref();
  };
  const run = async (): Promise<void> => {
    const goesOn = await work();
    if (goesOn && !stopped) schedule(vary(intervalMs, JITTER, random));
  };
  schedule(Math.min(FIRST_MS, intervalMs) * random());
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

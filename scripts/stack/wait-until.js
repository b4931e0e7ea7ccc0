import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `probe` until it gives something other than undefined or false, and gives that.
 * A probe that throws has not succeeded yet.
 * @template T
 * @param {() => T | Promise<T>} probe
 * @param {{ what: string, timeoutMs?: number, everyMs?: number, detail?: () => string }} options
 *   `timeoutMs` 30 s by default; `detail` is added to the error.
 */
export async function waitUntil(probe, { what, timeoutMs = 30_000, everyMs = 50, detail = () => '' }) {
  const deadline = Date.now() + timeoutMs;
  for (let last = ''; ; ) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      last = '';
    } catch (error) {
      last = String(error?.message ?? error);
      if (error?.fatal === true) throw error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms. ${last} ${detail()}`.trim());
    await sleep(everyMs);
  }
}

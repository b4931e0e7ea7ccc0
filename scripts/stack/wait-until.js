import { setTimeout as sleep } from 'node:timers/promises';

/** Thrown by a probe: waiting longer would not help. */
export class HopelessError extends Error {}

/**
 * Calls `probe` until it gives something other than undefined or false, and gives that.
 * A probe that throws has not succeeded yet, unless it throws a HopelessError.
 * @template T
 * @param {() => T | Promise<T>} probe
 * @param {{ what: string, timeoutMs?: number, everyMs?: number, detail?: () => string }} options
 *   `timeoutMs` 30 s by default; `detail` is added to the error.
 * @returns {Promise<Exclude<T, undefined | false>>}
 */
export async function waitUntil(probe, { what, timeoutMs = 30_000, everyMs = 50, detail = () => '' }) {
  const deadline = Date.now() + timeoutMs;
  for (let last = ''; ;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return /** @type {Exclude<T, undefined | false>} */ (value);
      last = '';
    } catch (error) {
      if (error instanceof HopelessError) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms. ${last} ${detail()}`.trim());
    await sleep(everyMs);
  }
}

/**
 * What can be done to any server, whatever it is.
 * @typedef {object} ServerControls
 * @property {number | undefined} pid
 * @property {string} output What it has printed since the first start, the last 200,000 characters.
 * @property {boolean} running
 * @property {Promise<import('./server-process.js').Exit>} exited Resolves when it has ended.
 * @property {() => void} pause SIGSTOP, for its children too. @property {() => void} resume SIGCONT.
 * @property {() => Promise<import('./server-process.js').Exit>} kill SIGKILL, for its children too.
 * @property {(options?: { graceMs?: number }) => Promise<import('./server-process.js').Exit>} terminate SIGTERM, then
 *   SIGKILL after `graceMs` (30 s).
 */

/**
 * Adds to what is particular to a server what can be done to any. What `own` has itself is kept.
 * @template {object} Own @param {import('./server-process.js').ServerProcess} server @param {Own} own
 * @returns {Own & Omit<ServerControls, keyof Own>} The same object.
 */
export function withControls(server, own) {
  const controls = {
    get pid() {
      return server.pid;
    },
    get output() {
      return server.output;
    },
    get running() {
      return server.running;
    },
    get exited() {
      return server.exited;
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    terminate: (/** @type {{ graceMs?: number } | undefined} */ options) => server.stop(options),
  };
  const all = { ...Object.getOwnPropertyDescriptors(controls), ...Object.getOwnPropertyDescriptors(own) };
  return Object.defineProperties(/** @type {any} */ (own), all);
}

/**
 * Starts a server; what it has left behind is cleared away where it does not come up.
 * @param {() => Promise<void>} start @param {() => Promise<void>} stop
 */
export async function startOrStop(start, stop) {
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
}

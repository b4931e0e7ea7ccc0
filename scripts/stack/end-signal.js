const PARENT_CHECK_MS = 500;

/**
 * Waits for a person who wants it to end: Ctrl-C, a signal, or npm that has gone away (it keeps SIGTERM to itself).
 * @returns {{ ended: Promise<void>, end: () => void }} `end` ends it from here.
 */
export function waitForEnd() {
  /** @type {() => void} */
  let end = () => {};
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, end);
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && end(), PARENT_CHECK_MS).unref();
  }
  return { ended, end };
}

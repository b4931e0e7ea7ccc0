import { warnOnce } from '../diag.js';
import { readMessage } from './exception.js';

/**
 * Writes one line to stdout. Never throws, and a stdout that is closed or full does not end the process: for the time
 * of this write its error has a listener, unless the application has one, which then gets it as it does for any other
 * write. Errors of the application's own writes stay what they were.
 */
export function writeLine(line: string): void {
  try {
    const { stdout } = process;
    // Some streams emit their error within write().
    const guarded = stdout.listenerCount('error') === 0;
    if (guarded) stdout.on('error', ignoreError);
    try {
      stdout.write(`${line}\n`, onWritten);
    } finally {
      if (guarded) stdout.removeListener('error', ignoreError);
    }
  } catch (error) {
    warnOnce('stdout', `log lines cannot be written to stdout: ${readMessage(error)}`);
  }
}

/** A stream that fails later calls this first and emits the error afterwards. */
function onWritten(error?: Error | null): void {
  if (error === undefined || error === null) return;
  const { stdout } = process;
  if (stdout.listenerCount('error') > 0) return;
  stdout.once('error', ignoreError);
  // The error comes before the next turn of the event loop, if it comes at all.
  setImmediate(() => stdout.removeListener('error', ignoreError)).unref();
}

function ignoreError(): void {
  // Nobody reads the lines: that is no reason to end the application.
}

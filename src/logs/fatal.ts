import { createEntry } from './entry.js';
import { readMessage } from './exception.js';
import { emitEntry } from './record.js';

/**
 * Sends a record of an error that nobody caught, under the logger `process`. Node prints it on stderr itself, so
 * nothing is printed here. Never throws.
 * @param origin `uncaughtException` or `unhandledRejection`.
 */
export function emitFatal(error: unknown, origin: string): void {
  const what = origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception';
  emitEntry(
    createEntry({
      level: 'ERROR',
      logger: 'process',
      message: `${what}: ${readMessage(error)}`,
      fields: [],
      error: error ?? new Error(String(error)),
    }),
  );
}

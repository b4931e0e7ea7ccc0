import { HealthFailure, type FailureCategory } from '../failure.js';
import type { ConnectedCheck } from './http-service.js';

/** A connection to a server. */
export interface Connection {
  /** Asks the server whether it works, also before the connection is made. */
  readonly ask: () => Promise<void>;
  readonly isOpen: () => boolean;
  /** Cuts it: what is under way on it fails at once. Never throws. */
  readonly destroy: () => void;
}

/**
 * A check over one connection that is kept from run to run, cut at the deadline and after any failure, and made anew by the
 * next run.
 */
export function createConnectedCheck(
  open: () => Connection,
  categoriseError: (error: unknown) => FailureCategory,
): ConnectedCheck {
  let kept: Connection | undefined;
  const drop = (): void => {
    kept?.destroy();
    kept = undefined;
  };
  const ask = async (signal: AbortSignal): Promise<void> => {
    const isReused = kept?.isOpen() === true;
    if (!isReused) drop();
    kept ??= open();
    try {
      await kept.ask();
    } catch (error) {
      drop();
      const category = categoriseError(error);
      // The server went and came back, or a firewall forgot the idle connection: that says nothing of now.
      if (isReused && category === 'connection lost' && !signal.aborted) return ask(signal);
      throw new HealthFailure(category, error);
    }
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', drop, { once: true });
    try {
      await ask(signal);
    } finally {
      signal.removeEventListener('abort', drop);
    }
  };
  return { run, close: drop };
}

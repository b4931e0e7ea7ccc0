import { KnownFailure, type FailureCategory } from './failure.js';

/** A connection to a server, and what talks over it. */
export interface Connection<C> {
  readonly client: C;
  /** Resolves when the client can be used; the first call connects. */
  readonly ready: () => Promise<unknown>;
  readonly isOpen: () => boolean;
  /** Cuts it: what is under way on it fails at once. Never throws. */
  readonly destroy: () => void;
}

/** A connection of telemetry's own that is kept from one use to the next. */
export interface KeptConnection<C> {
  /**
   * Does `work` over the connection, which is made where there is none, and cut when `signal` is aborted or the work fails.
   * @throws KnownFailure
   */
  readonly use: <T>(work: (client: C) => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Cuts it. Never throws. */
  readonly close: () => void;
}

/** Keeps one connection, for one use at a time: one that was given up and has not ended yet is of no harm to the next. */
export function keepConnection<C>(
  open: () => Connection<C>,
  categoriseError: (error: unknown) => FailureCategory,
): KeptConnection<C> {
  let kept: Connection<C> | undefined;
  const drop = (connection: Connection<C> | undefined): void => {
    connection?.destroy();
    if (kept === connection) kept = undefined;
  };
  const attempt = async <T>(work: (client: C) => Promise<T>, signal: AbortSignal): Promise<T> => {
    const isReused = kept?.isOpen() === true;
    if (!isReused) drop(kept);
    let connection: Connection<C> | undefined;
    const cut = (): void => drop(connection);
    signal.addEventListener('abort', cut, { once: true });
    try {
      kept ??= open();
      connection = kept;
      await connection.ready();
      return await work(connection.client);
    } catch (error) {
      drop(connection);
      const category = categoriseError(error);
      // The server went and came back, or a firewall forgot the idle connection: that says nothing of now.
      if (isReused && category === 'connection lost' && !signal.aborted) return await attempt(work, signal);
      throw new KnownFailure(category, error);
    } finally {
      signal.removeEventListener('abort', cut);
    }
  };
  return { use: attempt, close: () => drop(kept) };
}

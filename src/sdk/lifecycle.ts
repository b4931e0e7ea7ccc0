import { describeError, diag } from '../diag.js';

/** Signals that end a Node process where nobody handles them; SIGUSR2 is what nodemon restarts with. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const;
type Signal = (typeof SIGNALS)[number];

/** Longest time that a signal waits for what is still to be sent. */
const SIGNAL_FLUSH_MS = 1_500;
/** Longest time that a process which has nothing more to do waits. */
const END_FLUSH_MS = 1_000;

/** What the end of the process asks of the package. */
export interface LifecycleHooks {
  /** The first signal that ends the process has come, whoever handles it. */
  readonly onTerminate: () => void;
  /** Sends what waits, for at most so long. Never rejects. */
  readonly flush: (timeoutMs: number) => Promise<void>;
  /** Synchronous: saves what was not sent. */
  readonly complete: () => void;
  /** Whether anything is worth waiting for when the event loop has run dry. */
  readonly shouldFlushAtEnd: () => boolean;
  /** An error that nobody caught, before Node ends the process for it. */
  readonly onFatal: (error: unknown, origin: string) => void;
}

/**
 * Watches the process end, and changes nothing of it: exit codes, signals and the application's own handlers stay
 * as they are. Where the application handles a signal, it alone decides when to exit.
 * @returns Ends the watch.
 */
export function watchLifecycle(hooks: LifecycleHooks): () => void {
  const handlers = SIGNALS.map((signal) => [signal, watchSignal(signal, hooks)] as const);
  const onExit = (): void => hooks.complete();
  let flushed = false;
  const onBeforeExit = (): void => {
    // Once: what is logged from here on is saved at exit. An application that reschedules itself is not held back.
    if (flushed || !hooks.shouldFlushAtEnd()) return;
    flushed = true;
    void hooks.flush(END_FLUSH_MS);
  };
  const onFatal = (error: unknown, origin: string): void => hooks.onFatal(error, origin);
  process.on('exit', onExit);
  process.on('beforeExit', onBeforeExit);
  process.on('uncaughtExceptionMonitor', onFatal);
  return () => {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
    process.removeListener('exit', onExit);
    process.removeListener('beforeExit', onBeforeExit);
    process.removeListener('uncaughtExceptionMonitor', onFatal);
  };
}

function watchSignal(signal: Signal, hooks: LifecycleHooks): () => void {
  let count = 0;
  const handler = (): void => {
    count += 1;
    try {
      if (count === 1) hooks.onTerminate();
    } catch (error) {
      diag.debug(`the end of the process was not announced: ${describeError(error)}`);
    }
    if (isHandledByApplication(signal)) {
      void hooks.flush(SIGNAL_FLUSH_MS);
      return;
    }
    // The second signal means now.
    if (count > 1) return raise(signal, handler, hooks);
    void hooks.flush(SIGNAL_FLUSH_MS).then(() => raise(signal, handler, hooks));
  };
  try {
    process.on(signal, handler);
  } catch (error) {
    diag.debug(`${signal} cannot be watched here: ${describeError(error)}`);
  }
  return handler;
}

/** Takes our listener away and lets the signal do what it does without one. */
function raise(signal: Signal, handler: () => void, hooks: LifecycleHooks): void {
  process.removeListener(signal, handler);
  // Death by a signal is no `exit` event.
  hooks.complete();
  process.kill(process.pid, signal);
}

/**
 * Whether anybody but us listens. The package signal-exit, which is in half of all applications, listens without
 * handling: it ends the process itself where its listeners are the only ones, and so do we; each would wait for
 * the other.
 */
function isHandledByApplication(signal: Signal): boolean {
  return process.listenerCount(signal) - 1 > countSignalExit();
}

interface SignalExitEmitter {
  readonly count?: number;
}

function countSignalExit(): number {
  const v4 = (globalThis as Record<symbol, SignalExitEmitter | undefined>)[Symbol.for('signal-exit emitter')];
  const v3 = (process as { __signal_exit_emitter__?: SignalExitEmitter }).__signal_exit_emitter__;
  return (v4?.count ?? 0) + (v3 === v4 ? 0 : (v3?.count ?? 0));
}

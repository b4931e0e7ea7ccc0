import { describeError, diag } from '../diag.js';

/** Signals that end a Node process where nobody handles them; SIGUSR2 is what nodemon restarts with. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const;
type Signal = (typeof SIGNALS)[number];

/** Longest time that a signal waits for what is still to be sent. */
const SIGNAL_FLUSH_MS = 1_500;
/** Longest time that a process which has nothing more to do waits: what is not sent by then is on disk. */
const END_FLUSH_MS = 500;

/** What the end of the process asks of the package. */
export interface LifecycleHooks {
  /** The first signal that ends the process has come, whoever handles it. */
  readonly onTerminate: () => void;
  /** Sends what waits, for at most so long, and keeps the process alive meanwhile if `hold`. Never rejects. */
  readonly flush: (timeoutMs: number, hold: boolean) => Promise<void>;
  /** Synchronous: saves what was not sent, since the process is about to end by a signal. */
  readonly complete: () => void;
  /** The same at the very end, after which no asynchronous work is done any more. */
  readonly end: () => void;
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
  const ending: Ending = { signals: 0 };
  const handlers = SIGNALS.map((signal) => [signal, watchSignal(signal, hooks, ending)] as const);
  const onExit = (): void => hooks.end();
  let flushed = false;
  const onBeforeExit = (): void => {
    // Once: what is logged from here on is saved at exit. An application that reschedules itself is not held back.
    if (flushed || !hooks.shouldFlushAtEnd()) return;
    flushed = true;
    void hooks.flush(END_FLUSH_MS, true);
  };
  const onFatal = (error: unknown, origin: string): void => {
    // An application that takes care of such errors logs them itself.
    const handled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (!handled) hooks.onFatal(error, origin);
  };
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

/** Shared by all signals: Ctrl-C after a SIGTERM means now, too. */
interface Ending {
  /** Signals that have come. */
  signals: number;
}

function watchSignal(signal: Signal, hooks: LifecycleHooks, ending: Ending): () => void {
  const handler = (): void => {
    const handled = isHandledByApplication(signal);
    // An application that handles the others reloads something, or writes a heap dump.
    if (!handled || signal === 'SIGTERM' || signal === 'SIGINT') ending.signals += 1;
    const first = ending.signals === 1;
    if (first) announce(hooks);
    // Not held back by us: it may be waiting for the event loop to run dry.
    if (handled) void hooks.flush(SIGNAL_FLUSH_MS, false);
    else if (first) void hooks.flush(SIGNAL_FLUSH_MS, true).then(() => raise(signal, handler, hooks));
    else raise(signal, handler, hooks);
  };
  try {
    process.on(signal, handler);
  } catch (error) {
    diag.debug(`${signal} cannot be watched here: ${describeError(error)}`);
  }
  return handler;
}

function announce(hooks: LifecycleHooks): void {
  try {
    hooks.onTerminate();
  } catch (error) {
    diag.debug(`the end of the process was not announced: ${describeError(error)}`);
  }
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

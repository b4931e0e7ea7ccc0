import { holdAtEnd, type HoldHooks } from './last-hold.js';
import { watchSignals, type SignalHooks } from './signals.js';

/** What the end of the process asks of the package. */
export interface LifecycleHooks extends SignalHooks, HoldHooks {
  /** As `complete`, at the very end, after which no asynchronous work is done any more. */
  readonly end: () => void;
  /** An error that nobody caught, before Node ends the process for it. */
  readonly onFatal: (error: unknown, origin: string) => void;
}

/**
 * Watches the process end, and changes nothing of it: exit codes, signals and the application's own handlers stay
 * as they are.
 * @returns Ends the watch.
 */
export function watchLifecycle(hooks: LifecycleHooks): () => void {
  const stops = [watchSignals(hooks), holdAtEnd(hooks)];
  const onExit = (): void => hooks.end();
  const onFatal = (error: unknown, origin: string): void => {
    // An application that takes care of such errors logs them itself.
    const handled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (!handled) hooks.onFatal(error, origin);
  };
  process.on('exit', onExit);
  process.on('uncaughtExceptionMonitor', onFatal);
  return () => {
    for (const stop of stops) stop();
    process.removeListener('exit', onExit);
    process.removeListener('uncaughtExceptionMonitor', onFatal);
  };
}

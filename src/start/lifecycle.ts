import { watchSignals, type SignalHooks } from './signals.js';
import { replaceEmit } from './process-emit.js';

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

/** Longest time that a process which has nothing more to do waits: what is not sent by then is on disk. */
const END_FLUSH_MS = 500;
/** Rounds of ticks and promises in which listeners of `beforeExit` may find themselves more to do. */
const ROUNDS = 16;

/** What the hold asks of the package. */
export interface HoldHooks {
  /** Sends what waits, for at most so long, and keeps the process alive meanwhile if `hold`. Never rejects. */
  readonly flush: (timeoutMs: number, hold: boolean) => Promise<void>;
  /** Whether anything is worth waiting for when the event loop has run dry. */
  readonly shouldFlushAtEnd: () => boolean;
}

/**
 * Holds the process for the last delivery when it has nothing more to do. The application's listeners of `beforeExit`
 * run first, so that their lines go too; where they have found more to do, the process is not held. Node emits the event
 * again after the hold: that is of our making, and nobody hears it.
 * @returns Ends the watch.
 */
function holdAtEnd(hooks: HoldHooks): () => void {
  // Once: what is logged from here on is saved at exit.
  let held = false;
  const hold = async (resources: number): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) await new Promise<void>((resolve) => process.nextTick(resolve));
    if (held || hasMoreToDo(resources)) return;
    held = true;
    const show = hideBeforeExit();
    await hooks.flush(END_FLUSH_MS, true);
    // What is left of the delivery (files, sockets) is soon done. Where the loop lives on there is work after all, and the next
    // event is the application's.
    setTimeout(show, END_FLUSH_MS).unref();
  };
  const onBeforeExit = (): void => {
    if (!held && hooks.shouldFlushAtEnd()) void hold(process.getActiveResourcesInfo().length);
  };
  process.on('beforeExit', onBeforeExit);
  return () => process.removeListener('beforeExit', onBeforeExit);
}

/**
 * Whether the application keeps the event loop alive again.
 * @param before How many resources there were when it had run dry: streams that rest are among them.
 */
function hasMoreToDo(before: number): boolean {
  const resources = process.getActiveResourcesInfo();
  return resources.length > before || resources.includes('Timeout') || resources.includes('Immediate');
}

/** @returns Lets the event be heard again. */
function hideBeforeExit(): () => void {
  const replacement = replaceEmit(
    (original) =>
      function emit(this: unknown, event, ...args) {
        if (event === 'beforeExit' || event === 'exit') replacement.restore();
        return event === 'beforeExit' ? false : original.call(this, event, ...args);
      },
  );
  return replacement.restore;
}

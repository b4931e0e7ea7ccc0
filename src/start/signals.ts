import { describeError, diag } from '../diagnostics/diag.js';
import { isYieldedTo } from '../application/main-script.js';
import { replaceEmit, type ProcessEmit } from './process-emit.js';

/** Signals that end a Node process where nobody handles them; SIGUSR2 is what nodemon restarts with. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
type EndSignal = (typeof SIGNALS)[number];

/** Longest time that a signal waits for what is still to be sent. */
const SIGNAL_FLUSH_MS = 1_500;

/** What a signal asks of the package. */
export interface SignalHooks {
  /** The first signal that ends the process has come, whoever handles it. */
  readonly onTerminate: () => void;
  /** Sends what waits, for at most so long, and keeps the process alive meanwhile if `hold`. Never rejects. */
  readonly flush: (timeoutMs: number, hold: boolean) => Promise<void>;
  /** Synchronous: saves what was not sent, since the application may end the process; `forGood`: at any time from now on. */
  readonly save: (forGood: boolean) => void;
  /** Synchronous: saves what was not sent, since the process is about to end by a signal. */
  readonly complete: () => void;
}

/** Shared by all signals: Ctrl-C after a SIGTERM means now, too. */
interface ProcessEnding {
  /** Signals that have come. */
  signals: number;
}

/**
 * Watches the signals that end the process. The application's handlers stay as they are: where it has one, it alone
 * decides when to exit.
 * @returns Ends the watch.
 */
export function watchSignals(hooks: SignalHooks): () => void {
  const ending: ProcessEnding = { signals: 0 };
  const watches = SIGNALS.map((signal) => new SignalWatch(signal, hooks, ending));
  return () => {
    for (const watch of watches) watch.stop();
  };
}

/**
 * Node gives a signal to the `process.emit` that it finds when the first listener comes. That is ours, so that a signal
 * comes to us before anybody else is told, who may be off the list afterwards; and what the application emits by
 * itself is no signal. While the application's handlers run, our listener is not among them, as without us, and it does not
 * come back: whether the next signal ends the process is between the application and Node.
 */
class SignalWatch {
  readonly #signal: EndSignal;
  readonly #hooks: SignalHooks;
  readonly #ending: ProcessEnding;
  readonly #listener = (): void => this.#onEmit();
  /** Whether signals come to `#onSignal`. */
  #first = false;
  /** Whether they are passed on, and nothing else. */
  #passes = false;

  constructor(signal: EndSignal, hooks: SignalHooks, ending: ProcessEnding) {
    this.#signal = signal;
    this.#hooks = hooks;
    this.#ending = ending;
    this.#open();
  }

  stop(): void {
    this.#passes = true;
    process.removeListener(this.#signal, this.#listener);
  }

  #open(): void {
    const signal = this.#signal;
    // Of a preload before us: Node has to begin anew.
    const earlier = process.rawListeners(signal) as NodeJS.SignalsListener[];
    for (const listener of earlier) process.removeListener(signal, listener);
    try {
      const replacement = replaceEmit(
        (original) =>
          (event, ...args) =>
            event === signal ? this.#onSignal(args) : original.call(process, event, ...args),
      );
      try {
        process.on(signal, this.#listener);
      } finally {
        replacement.restore();
      }
      // Once to tell of the new listener, and once more by what tells Node of signals.
      this.#first = replacement.reads > 1;
    } catch (error) {
      diag.debug(`${signal} cannot be watched here: ${describeError(error)}`);
    }
    for (const listener of earlier) process.on(signal, listener);
  }

  /** A signal has come. Nobody else knows yet. */
  #onSignal(args: readonly unknown[]): boolean {
    if (this.#passes) return this.#pass(args);
    if (this.#isHandled()) {
      this.#hear();
      process.removeListener(this.#signal, this.#listener);
      this.#hooks.save(this.#isTerminal());
      return this.#pass(args);
    }
    // The first process of a container: a signal that nobody handles does nothing to it.
    if (process.pid !== 1) this.#end();
    else if (this.#countOthers() > 0) {
      process.removeListener(this.#signal, this.#listener);
      this.#pass(args);
      this.#open();
    }
    return true;
  }

  /** The application has emitted the event itself; or a signal, where Node gives it to nobody but listeners. */
  #onEmit(): void {
    if (this.#isHandled()) this.#hear();
    else if (!this.#first && process.pid !== 1) this.#end();
  }

  #pass(args: readonly unknown[]): boolean {
    return (process.emit as ProcessEmit).call(process, this.#signal, ...args);
  }

  /** The application handles it: not held back by us, for it may be waiting for the event loop to run dry. */
  #hear(): void {
    // An application that handles the others reloads something, or writes a heap dump.
    if (this.#isTerminal()) this.#count();
    void this.#hooks.flush(SIGNAL_FLUSH_MS, false);
  }

  /** Nobody handles it: the process ends, the first time after a last delivery. */
  #end(): void {
    if (this.#count()) void this.#hooks.flush(SIGNAL_FLUSH_MS, true).then(() => this.#raise());
    else this.#raise();
  }

  /** @returns Whether it is the first. */
  #count(): boolean {
    this.#ending.signals += 1;
    if (this.#ending.signals > 1) return false;
    try {
      this.#hooks.onTerminate();
    } catch (error) {
      diag.debug(`the end of the process was not announced: ${describeError(error)}`);
    }
    return true;
  }

  /** Takes our listener away and lets the signal do what it does without one. */
  #raise(): void {
    this.stop();
    // Death by a signal is no `exit` event.
    this.#hooks.complete();
    process.kill(process.pid, this.#signal);
  }

  #isTerminal(): boolean {
    return this.#signal === 'SIGTERM' || this.#signal === 'SIGINT';
  }

  #countOthers(): number {
    return process.listeners(this.#signal).filter((listener) => listener !== this.#listener).length;
  }

  /**
   * Whether anybody but us listens. The package signal-exit, which is in half of all applications, listens without
   * handling: it ends the process itself where its listeners are the only ones. It is told when what waits is sent.
   * ts-node-dev's own listener is of that kind too.
   */
  #isHandled(): boolean {
    return this.#countOthers() > countSignalExit() + (isYieldedTo(this.#signal) ? 1 : 0);
  }
}

interface SignalExitEmitter {
  readonly count?: number;
}

function countSignalExit(): number {
  const v4 = (globalThis as Record<symbol, SignalExitEmitter | undefined>)[Symbol.for('signal-exit emitter')];
  const v3 = (process as { __signal_exit_emitter__?: SignalExitEmitter }).__signal_exit_emitter__;
  return (v4?.count ?? 0) + (v3 === v4 ? 0 : (v3?.count ?? 0));
}

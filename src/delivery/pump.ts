/** What a pump works on. */
export interface PumpOptions<T> {
  /** The next task, or undefined where there is none to do now. */
  readonly next: () => T | undefined;
  /** Must not reject. */
  readonly run: (task: T) => Promise<void>;
  /** A task that takes longer lets the next one go beside it. */
  readonly slowMs: number;
  /** Most tasks at one time. */
  readonly most: number;
  /** Most tasks at one time, of those that are not slow yet. Default: 1. */
  readonly mostQuick?: () => number;
}

/**
 * Does one task after the other. One that hangs does not keep the others waiting: after a while the next goes beside it.
 * Keeps nothing alive.
 */
export class Pump<T> {
  readonly #options: PumpOptions<T>;
  #running = 0;
  /** Of the running ones, those that are not slow yet. */
  #quick = 0;
  readonly #waiters: (() => void)[] = [];

  constructor(options: PumpOptions<T>) {
    this.#options = options;
  }

  /** How many tasks are under way. */
  get running(): number {
    return this.#running;
  }

  /** Takes up what there is to do. */
  wake(): void {
    while (this.#quick < (this.#options.mostQuick?.() ?? 1) && this.#running < this.#options.most) {
      const task = this.#options.next();
      if (task === undefined) break;
      this.#start(task);
    }
  }

  /** Does what there is to do, and resolves when nothing is under way any more. */
  async drain(): Promise<void> {
    this.wake();
    if (this.#running > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #start(task: T): void {
    this.#running += 1;
    this.#quick += 1;
    let slow = false;
    const timer = setTimeout(() => {
      slow = true;
      this.#quick -= 1;
      this.wake();
    }, this.#options.slowMs).unref();
    void this.#options.run(task).finally(() => {
      clearTimeout(timer);
      if (!slow) this.#quick -= 1;
      this.#running -= 1;
      this.wake();
      if (this.#running > 0) return;
      for (const resolve of this.#waiters.splice(0)) resolve();
    });
  }
}

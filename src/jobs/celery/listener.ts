import { backOff, vary } from '../../timing/back-off.js';
import { DeadlineError, withDeadline } from '../../timing/deadline.js';
import { describeError, diag } from '../../diagnostics/diag.js';
import { runInternally } from '../../context/internal-traffic.js';
import type { Connection } from '../../diagnostics/kept-connection.js';
import { settleOnce } from '../../timing/settle-once.js';
import type { IoredisClient } from '../redis/connection.js';
import { categoriseRedisError } from '../redis/errors.js';

/** How the listener waits; other values are for tests. */
export interface ListenerTimes {
  /** Redis is asked for a sign of life so often. */
  readonly pingMs: number;
  /** Without one for so long, what ends is not counted for certain: the listener is not up. */
  readonly silentMs: number;
  /**
   * Without one for so long, the connection is made anew. Long: a Redis that hangs and goes on has still the subscription, and with
   * it all that was sent.
   */
  readonly giveUpMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

const TIMES: ListenerTimes = {
  pingMs: 5_000,
  silentMs: 5_000,
  giveUpMs: 30_000,
  firstRetryMs: 250,
  lastRetryMs: 5_000,
};

/** What the listener tells. */
export interface ListenerHooks {
  readonly onMessage: (message: string) => void;
  /** It listens, for the first time or again. */
  readonly onUp: () => void;
  /** It listens still: all that was sent until now has been told. */
  readonly onAlive: () => void;
}

/** Listens to patterns of channels, and again when the connection is lost. Never keeps the process alive. */
export class ChannelListener {
  readonly #open: () => Connection<IoredisClient>;
  readonly #patterns: readonly string[];
  readonly #hooks: ListenerHooks;
  readonly #times: ListenerTimes;
  #connection: Connection<IoredisClient> | undefined;
  #isUp = false;
  #wake: (() => void) | undefined;
  #stopped = false;
  #failing = '';
  #failures = 0;

  constructor(
    open: () => Connection<IoredisClient>,
    patterns: readonly string[],
    hooks: ListenerHooks,
    times: Partial<ListenerTimes> = {},
  ) {
    this.#open = open;
    this.#patterns = patterns;
    this.#hooks = hooks;
    this.#times = { ...TIMES, ...times };
  }

  /** Whether what is sent now is told. */
  get isUp(): boolean {
    return this.#isUp;
  }

  start(): void {
    void runInternally(() => this.#run());
  }

  /** Ends it and its connection. Never throws. */
  stop(): void {
    this.#stopped = true;
    this.#isUp = false;
    this.#connection?.destroy();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#listen();
      } catch (error) {
        this.#noteFailure(error);
      }
      this.#isUp = false;
      this.#connection?.destroy();
      this.#connection = undefined;
      const { firstRetryMs, lastRetryMs } = this.#times;
      this.#failures += 1;
      await this.#sleep(vary(backOff(firstRetryMs, this.#failures, lastRetryMs), 0.5));
    }
  }

  /** Resolves when it was told to stop; rejects when the connection is of no use any more. */
  async #listen(): Promise<void> {
    const connection = this.#open();
    this.#connection = connection;
    const { client, ready } = connection;
    client.on('pmessage', (_pattern, _channel, message) => {
      if (!this.#stopped) this.#hooks.onMessage(message);
    });
    client.on('close', () => this.#wake?.());
    const { giveUpMs, pingMs } = this.#times;
    const problem = `no answer within ${giveUpMs} ms`;
    const subscribe = async (): Promise<unknown> => {
      await ready();
      return client.psubscribe(...this.#patterns);
    };
    await withDeadline(subscribe, giveUpMs, problem);
    this.#noteUp('; what ended meanwhile is not counted');
    while (!this.#stopped) {
      await this.#sleep(pingMs);
      // What the client has lost meanwhile makes this fail at once.
      await withDeadline(() => this.#ping(client), giveUpMs, problem);
      this.#noteAlive();
    }
  }

  async #ping(client: IoredisClient): Promise<void> {
    const { silentMs } = this.#times;
    const silence = setTimeout(() => {
      this.#isUp = false;
      this.#noteFailure(new DeadlineError(`no sign of life for ${silentMs} ms`));
    }, silentMs);
    silence.unref();
    try {
      await client.ping();
      if (!this.#isUp) this.#noteUp();
    } finally {
      clearTimeout(silence);
    }
  }

  #noteUp(loss = ''): void {
    if (this.#stopped) return;
    this.#isUp = true;
    this.#failures = 0;
    this.#hooks.onUp();
    if (this.#failing !== '') diag.info(`celery: its events are heard again${loss}`);
    this.#failing = '';
  }

  #noteAlive(): void {
    if (!this.#stopped) this.#hooks.onAlive();
  }

  #noteFailure(error: unknown): void {
    const category = categoriseRedisError(error);
    if (this.#stopped || this.#failing !== '') return;
    this.#failing = category;
    diag.warn(`celery: its events are not heard (${category}): ${describeError(error)}`);
  }

  #sleep(ms: number): Promise<void> {
    return settleOnce((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

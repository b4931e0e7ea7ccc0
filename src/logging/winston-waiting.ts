import type { Line } from './winston-line.js';

/** A line that its logger's stream has not taken up in this time is sent without it. */
const PATIENCE_MS = 80;
/** Longest time that such lines may take from the application at once. */
const SLICE_MS = 5;
const COMPACT_AT = 1_000;

/**
 * Lines that wait in their loggers' streams, because a transport is slow or there is none. Winston keeps them in
 * memory, for as long as that takes: a process that ends meanwhile would take them with it.
 */
export class WaitingLines {
  readonly #send: (line: Line) => void;
  #lines: { readonly line: Line; readonly sinceMs: number }[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  /** @param send Sends a line that still waits. Does not throw. */
  constructor(send: (line: Line) => void) {
    this.#send = send;
  }

  /** Takes a line that its logger's stream has not taken. */
  add(line: Line): void {
    if (this.#ending) {
      this.#send(line);
      return;
    }
    this.#lines.push({ line, sinceMs: performance.now() });
    if (this.#timer === undefined) this.#wait(PATIENCE_MS);
  }

  /** Sends all that wait at once. */
  sendAll(): void {
    this.#sendUntil(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** The process ends: what waits, and whatever comes from now on, is sent at once. */
  end(): void {
    this.#ending = true;
    this.sendAll();
  }

  #sendOld(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    this.#sendUntil(nowMs + SLICE_MS, nowMs - PATIENCE_MS);
    const next = this.#lines[this.#next];
    if (next === undefined) return;
    // Through the event loop, where the transports have their turn: what they take meanwhile need not be sent here.
    const waitMs = Math.max(1, next.sinceMs + PATIENCE_MS - performance.now());
    this.#wait(waitMs);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#sendOld(), ms).unref();
  }

  /** Sends what waits since `oldMs` or longer; stops at `endMs`. */
  #sendUntil(endMs: number, oldMs: number): void {
    for (let entry = this.#lines[this.#next]; entry !== undefined; entry = this.#lines[this.#next]) {
      const { line, sinceMs } = entry;
      if (!line.taken && sinceMs > oldMs) break;
      this.#next += 1;
      if (!line.taken && !line.sent) this.#send(line);
      if (performance.now() >= endMs) break;
    }
    if (this.#next === this.#lines.length || this.#next >= COMPACT_AT) {
      this.#lines = this.#lines.slice(this.#next);
      this.#next = 0;
    }
  }
}

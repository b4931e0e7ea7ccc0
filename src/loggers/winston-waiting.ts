import type { WrittenLine } from './winston-line.js';

/** The format of a line that its logger's stream has not taken up in this time runs without waiting for it. */
const PATIENCE_MS = 80;
/** Longest time that such lines may take from the application at once. */
const SLICE_MS = 5;
/** At the end of the process: lines that the format of a line logs, whose formats log lines, and so on. */
const MAX_DEPTH = 8;
const COMPACT_AT = 1_000;

/**
 * Lines that wait in their loggers' streams, because a transport is slow or there is none. Winston keeps them in
 * memory, for as long as that takes: a process that ends meanwhile would take them with it.
 */
export class WaitingLines {
  readonly #format: (line: WrittenLine) => void;
  #lines: { readonly line: WrittenLine; readonly sinceMs: number }[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  #depth = 0;

  /** @param format Formats and sends a line that still waits. Does not throw. */
  constructor(format: (line: WrittenLine) => void) {
    this.#format = format;
  }

  /** Takes a line that its logger's stream has not taken. */
  add(line: WrittenLine): void {
    if (this.#ending) {
      this.#depth += 1;
      if (this.#depth <= MAX_DEPTH) this.#format(line);
      this.#depth -= 1;
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

  /**
   * Formats and sends what waits since `oldMs` or longer, in the order of its writing; stops at `endMs`. What formats
   * log meanwhile is left for another time.
   */
  #sendUntil(endMs: number, oldMs: number): void {
    const end = this.#lines.length;
    while (this.#next < end) {
      const entry = this.#lines[this.#next];
      if (entry === undefined || (!entry.line.taken && entry.sinceMs > oldMs)) break;
      this.#next += 1;
      if (!entry.line.taken) this.#format(entry.line);
      if (performance.now() >= endMs) break;
    }
    if (this.#next === this.#lines.length || this.#next >= COMPACT_AT) {
      this.#lines = this.#lines.slice(this.#next);
      this.#next = 0;
    }
  }
}

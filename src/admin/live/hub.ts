import type { ServerResponse } from 'node:http';
import { trace, type Context } from '@opentelemetry/api';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { getRequestScope } from '../../context/request-context.js';
import { cutLine, type LiveLine, type LiveRequest } from './line.js';
import { RequestWindow, type EndedRequest, type RouteFigures } from './request-window.js';
import { Ring } from './ring.js';

const TICK_MS = 1_000;
/** What is asked of many is asked less often, in ticks. */
const SLOW_TICKS = 5;
/** Lines and requests are kept so long behind the last look, so that a page that is opened again has them. */
const KEEP_MS = 15 * 60_000;
const KEPT_LINES = 500;
const KEPT_REQUESTS = 500;
const MAX_LOOKERS = 8;
/** A looker who has not taken so many bytes is cut off; a browser comes again, and gets what is there then. */
const MAX_BEHIND_BYTES = 4_194_304;
const TOP_ROUTES = 8;
/** Loop delay is sampled so seldom: each sample wakes the process. */
const LOOP_RESOLUTION_MS = 40;
const NS_PER_MS = 1e6;

/** What the page shows that others know. Nothing of it is asked while nobody looks. */
export interface LiveSources {
  /** Said once to each looker: the service, its settings, links. */
  readonly introduce: () => Readonly<Record<string, unknown>>;
  /** Said each second: checks, delivery, what is followed. Must be cheap. */
  readonly describe: () => Readonly<Record<string, unknown>>;
  /** Said every five seconds: gauges of the metrics. May reject. */
  readonly measure: () => Promise<unknown>;
  /** A text without its secrets. */
  readonly redact: (text: string) => string;
  /** Shows every log line from now on, without secrets. @returns Ends it. */
  readonly watchLines: (listener: (line: LiveLine) => void) => () => void;
}

interface Looker {
  readonly response: ServerResponse;
  /** How many lines and requests were there when it was last told. */
  lines: number;
  requests: number;
}

/** Who looks at the live page, and what they are told. Keeps nothing alive. */
export class LiveHub {
  readonly #sources: LiveSources;
  readonly #window = new RequestWindow(Date.now());
  readonly #lines = new Ring<LiveLine>(KEPT_LINES);
  readonly #requests = new Ring<LiveRequest>(KEPT_REQUESTS);
  readonly #lookers = new Set<Looker>();
  #unwatch: (() => void) | undefined;
  #watchedSinceMs = 0;
  #ticks = 0;
  #timer: NodeJS.Timeout | undefined;
  #keepTimer: NodeJS.Timeout | undefined;
  #loop: IntervalHistogram | undefined;
  #measured: unknown = undefined;

  constructor(sources: LiveSources) {
    this.#sources = sources;
  }

  /** A request has ended. @param context Of the request; absent where it has none. */
  onRequest(end: EndedRequest, context?: Context): void {
    const nowMs = Date.now();
    this.#window.add(end, nowMs);
    if (this.#unwatch === undefined || context === undefined) return;
    const { method, route = '<unmatched>', status, durationSeconds } = end;
    const ms = Math.round(durationSeconds * 1e4) / 10;
    const id = this.#sources.redact(getRequestScope(context)?.requestId ?? '');
    const traceId = trace.getSpanContext(context)?.traceId;
    const ended = { id, timeMs: nowMs, method, route, status, ms };
    this.#requests.add(traceId === undefined ? ended : { ...ended, traceId });
  }

  /** How many look. */
  get lookers(): number {
    return this.#lookers.size;
  }

  /** Whether one more may look. */
  get hasRoom(): boolean {
    return this.#lookers.size < MAX_LOOKERS;
  }

  /** Tells a response all there is, and then each second what is new, until it is closed. */
  follow(response: ServerResponse): void {
    if (!this.hasRoom) {
      response.end();
      return;
    }
    this.#begin();
    const looker: Looker = { response, lines: this.#lines.added, requests: this.#requests.added };
    response.once('close', () => this.#leave(looker));
    this.#lookers.add(looker);
    const nowMs = Date.now();
    this.#send(looker, 'hello', {
      ...this.#sources.introduce(),
      watchedSinceMs: this.#watchedSinceMs,
      points: this.#window.readPoints(nowMs),
      lines: this.#lines.readSince(0),
      requests: this.#requests.readSince(0),
      ...this.#describe(nowMs, true),
    });
  }

  /** Ends all looking, and forgets what was kept for it. */
  close(): void {
    for (const { response } of this.#lookers) response.destroy();
    this.#lookers.clear();
    this.#rest();
    this.#forget();
  }

  #begin(): void {
    clearTimeout(this.#keepTimer);
    if (this.#unwatch === undefined) {
      this.#watchedSinceMs = Date.now();
      this.#unwatch = this.#sources.watchLines((line) => this.#lines.add(cutLine(line)));
    }
    if (this.#timer !== undefined) return;
    this.#loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.#loop.enable();
    this.#timer = setInterval(() => this.tick(), TICK_MS).unref();
    this.#measure();
  }

  #leave(looker: Looker): void {
    this.#lookers.delete(looker);
    if (this.#lookers.size > 0) return;
    this.#rest();
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => this.#forget(), KEEP_MS).unref();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#loop?.disable();
    this.#loop = undefined;
  }

  #forget(): void {
    clearTimeout(this.#keepTimer);
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#lines.clear();
    this.#requests.clear();
  }

  /** Tells all who look what is new. Called each second. */
  tick(): void {
    this.#ticks += 1;
    const slow = this.#ticks % SLOW_TICKS === 0;
    if (slow) this.#measure();
    const nowMs = Date.now();
    const news = { ...this.#describe(nowMs, slow), points: this.#window.readPoints(nowMs, 2) };
    for (const looker of this.#lookers) {
      const { lines, requests } = looker;
      looker.lines = this.#lines.added;
      looker.requests = this.#requests.added;
      this.#send(looker, 'tick', {
        ...news,
        lines: this.#lines.readSince(lines),
        skippedLines: Math.max(0, looker.lines - lines - KEPT_LINES),
        requests: this.#requests.readSince(requests),
      });
    }
    this.#loop?.reset();
  }

  #describe(nowMs: number, withRoutes: boolean): Record<string, unknown> {
    const { heapUsed, rss } = process.memoryUsage();
    const loop = this.#loop;
    const loopMs = loop === undefined || loop.count === 0 ? null : loop.percentile(99) / NS_PER_MS - LOOP_RESOLUTION_MS;
    return {
      nowMs,
      last: this.#window.summarise(Math.floor(nowMs / 1_000) - 60, 60),
      process: { heapUsed, rss, loopMs: loopMs === null ? null : Math.max(0, loopMs), uptimeS: process.uptime() },
      ...this.#sources.describe(),
      measured: this.#measured,
      ...(withRoutes ? { routes: this.#rankRoutes(nowMs) } : {}),
    };
  }

  #rankRoutes(nowMs: number): { slowest: RouteFigures[]; failing: RouteFigures[] } {
    const all = this.#window.readRoutes(nowMs);
    const failed = all.filter(({ errors }) => errors > 0);
    return {
      slowest: all.sort((a, b) => b.meanMs - a.meanMs).slice(0, TOP_ROUTES),
      failing: failed.sort((a, b) => b.errors - a.errors).slice(0, TOP_ROUTES),
    };
  }

  #measure(): void {
    this.#sources.measure().then(
      (measured) => (this.#measured = measured),
      // /metrics says why, to who asks there.
      () => (this.#measured = undefined),
    );
  }

  #send({ response }: Looker, event: string, data: unknown): void {
    if (response.writableLength > MAX_BEHIND_BYTES) {
      response.destroy();
      return;
    }
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}

/** Seconds that are kept: 15 minutes. */
const SECONDS = 900;
/** Seconds of one point of a chart. */
const POINT_SECONDS = 5;
const MINUTES = 15;
const MAX_ROUTES = 300;
const OTHER = 'other routes';
/** Upper bounds of durations in milliseconds, 1 ms to 60 s, each 1.33 times the one before: percentiles are as exact as that. */
const BOUNDS = Array.from({ length: 40 }, (_, index) => 1.33 ** index);
const BUCKETS = BOUNDS.length + 1;

/** A request that is over. */
export interface EndedRequest {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly durationSeconds: number;
}

/** What happened in some seconds: time in s since 1970, requests and server errors a second, percentiles in ms. */
export type Point = readonly [
  time: number,
  rate: number,
  errorRate: number,
  p50: number | null,
  p95: number | null,
  p99: number | null,
];

/** A route over the last 15 minutes. */
export interface RouteFigures {
  readonly route: string;
  readonly count: number;
  readonly errors: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

/** Of a route: minute, requests, errors, sum and maximum of ms; for each of the last 15 minutes. */
const FIELDS = 5;

/**
 * The requests of the last 15 minutes, by second and by route. Its size is fixed; taking a request in allocates nothing but what a
 * new route needs.
 */
export class RequestWindow {
  /** Which second each place of the ring is about. */
  readonly #seconds = new Float64Array(SECONDS);
  readonly #errors = new Uint32Array(SECONDS);
  readonly #buckets = new Uint32Array(SECONDS * BUCKETS);
  /** By method, then route: a key of both would be made for each request. */
  readonly #routes = new Map<string, Map<string, Float64Array>>();
  #routeCount = 0;
  readonly #startSecond: number;

  /** @param startMs When it begins to be told of requests, since 1970: before, there are no points. */
  constructor(startMs: number) {
    this.#startSecond = Math.floor(startMs / 1_000 / POINT_SECONDS) * POINT_SECONDS;
  }

  /** @param nowMs Since 1970. */
  add({ method, route, status, durationSeconds }: EndedRequest, nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    const ms = durationSeconds * 1_000;
    const isError = status >= 500;
    const place = this.#place(second);
    if (isError) this.#errors[place] = (this.#errors[place] ?? 0) + 1;
    const bucket = place * BUCKETS + findBucket(ms);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    addToMinute(this.#findRoute(method, route ?? '<unmatched>'), Math.floor(second / 60), isError, ms);
  }

  /** Points that are complete, the oldest first. @param count At most so many, the newest. */
  readPoints(nowMs: number, count: number = SECONDS / POINT_SECONDS): Point[] {
    const end = Math.floor(nowMs / 1_000 / POINT_SECONDS) * POINT_SECONDS;
    const most = Math.min(count, SECONDS / POINT_SECONDS - 1);
    const times = Array.from({ length: most }, (_, index) => end - (most - index) * POINT_SECONDS);
    return times.filter((time) => time >= this.#startSecond).map((time) => this.summarise(time));
  }

  /** The `seconds` from `from` on. @param from In s since 1970. */
  summarise(from: number, seconds: number = POINT_SECONDS): Point {
    const sums = new Uint32Array(BUCKETS);
    let errors = 0;
    let total = 0;
    for (let second = from; second < from + seconds; second += 1) {
      const place = second % SECONDS;
      if (this.#seconds[place] !== second) continue;
      errors += this.#errors[place] ?? 0;
      for (let index = 0; index < BUCKETS; index += 1) {
        const count = this.#buckets[place * BUCKETS + index] ?? 0;
        sums[index] = (sums[index] ?? 0) + count;
        total += count;
      }
    }
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) => findPercentile(sums, total, part));
    return [from, round(total / seconds), round(errors / seconds), p50 ?? null, p95 ?? null, p99 ?? null];
  }

  /** Every route that was asked for in the last 15 minutes. */
  readRoutes(nowMs: number): RouteFigures[] {
    const oldest = Math.floor(nowMs / 60_000) - MINUTES + 1;
    const figures: RouteFigures[] = [];
    for (const [method, routes] of this.#routes) {
      for (const [route, minutes] of routes) {
        const found = sumRoute(route === OTHER ? OTHER : `${method} ${route}`, minutes, oldest);
        if (found.count > 0) figures.push(found);
      }
    }
    return figures;
  }

  #place(second: number): number {
    const place = second % SECONDS;
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second;
      this.#errors[place] = 0;
      this.#buckets.fill(0, place * BUCKETS, (place + 1) * BUCKETS);
    }
    return place;
  }

  #findRoute(method: string, route: string): Float64Array {
    const known = this.#routes.get(method)?.get(route);
    if (known !== undefined) return known;
    if (this.#routeCount >= MAX_ROUTES) return this.#makeRoute('', OTHER);
    return this.#makeRoute(method, route);
  }

  #makeRoute(method: string, route: string): Float64Array {
    let routes = this.#routes.get(method);
    if (routes === undefined) this.#routes.set(method, (routes = new Map<string, Float64Array>()));
    let minutes = routes.get(route);
    if (minutes === undefined) {
      routes.set(route, (minutes = new Float64Array(MINUTES * FIELDS)));
      this.#routeCount += 1;
    }
    return minutes;
  }
}

function addToMinute(minutes: Float64Array, minute: number, isError: boolean, ms: number): void {
  const at = (minute % MINUTES) * FIELDS;
  if (minutes[at] !== minute) {
    minutes.fill(0, at, at + FIELDS);
    minutes[at] = minute;
  }
  minutes[at + 1] = (minutes[at + 1] ?? 0) + 1;
  if (isError) minutes[at + 2] = (minutes[at + 2] ?? 0) + 1;
  minutes[at + 3] = (minutes[at + 3] ?? 0) + ms;
  minutes[at + 4] = Math.max(minutes[at + 4] ?? 0, ms);
}

function sumRoute(route: string, minutes: Float64Array, oldest: number): RouteFigures {
  let count = 0;
  let errors = 0;
  let sumMs = 0;
  let maxMs = 0;
  for (let at = 0; at < minutes.length; at += FIELDS) {
    if ((minutes[at] ?? 0) < oldest) continue;
    count += minutes[at + 1] ?? 0;
    errors += minutes[at + 2] ?? 0;
    sumMs += minutes[at + 3] ?? 0;
    maxMs = Math.max(maxMs, minutes[at + 4] ?? 0);
  }
  return { route, count, errors, meanMs: count === 0 ? 0 : round(sumMs / count), maxMs: round(maxMs) };
}

const LOG_STEP = Math.log(1.33);

function findBucket(ms: number): number {
  if (ms <= 1) return 0;
  return Math.min(BOUNDS.length, Math.ceil(Math.log(ms) / LOG_STEP));
}

/** The upper bound of the bucket that the percentile is in. */
function findPercentile(sums: Uint32Array, total: number, part: number): number | undefined {
  if (total === 0) return undefined;
  let rest = Math.ceil(total * part);
  for (const [index, count] of sums.entries()) {
    rest -= count;
    if (rest <= 0) return round(BOUNDS[Math.min(index, BOUNDS.length - 1)] ?? 0);
  }
  return undefined;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

import { INVALID_TRACEID, trace, TraceFlags, type Context } from '@opentelemetry/api';

/** That long a sampled exemplar is kept against those that are not, in milliseconds: four scrapes of 15 s. */
const SAMPLED_KEPT_MS = 60_000;

/** A request that stands for the others of its bucket. */
export interface Exemplar {
  /** The 32 digits of the trace id and the 16 of the span id. */
  readonly ids: string;
  readonly value: number;
  /** Since the epoch. */
  readonly atMs: number;
  /** Whether the trace is sampled. The log lines of a request have its trace id in any case. */
  readonly isSampled: boolean;
}

/** The exemplar of a request whose span is in `context`; undefined where it has no trace id. */
export function makeExemplar(context: Context, value: number): Exemplar | undefined {
  const span = trace.getSpanContext(context);
  if (span === undefined || span.traceId === INVALID_TRACEID) return undefined;
  const ids = span.traceId + span.spanId;
  // Reading a character makes V8 copy both parts into one string. Before that the first is a piece of the header that it
  // came in, and keeps all of it in memory.
  ids.charCodeAt(0);
  return { ids, value, atMs: Date.now(), isSampled: (span.traceFlags & TraceFlags.SAMPLED) !== 0 };
}

/** The last one; but a sampled one, whose trace somebody may have stored, goes before those that are not. */
export function chooseExemplar(kept: Exemplar | undefined, next: Exemplar): Exemplar {
  if (kept === undefined || next.isSampled || !kept.isSampled) return next;
  // The distance: a clock that was set back must not keep an exemplar for hours.
  return Math.abs(next.atMs - kept.atMs) < SAMPLED_KEPT_MS ? kept : next;
}

import { context, isSpanContextValid, propagation, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import { getRequestScope, isRequestId, withRequestScope } from '../context/request-context.js';

/** What a job takes with it of the request that put it in: the fields of the propagators, and the request's id. */
export type Carrier = Readonly<Record<string, string>>;

const REQUEST_ID = 'x-request-id';
/** Carriers are kept with each job, and come from whoever can write into the queue. */
const MAX_VALUE_CHARS = 1_024;

/** The carrier of the request or span in whose course this code runs; undefined outside of both. */
export function writeCarrier(from: Context = context.active()): Carrier | undefined {
  const scope = getRequestScope(from);
  const span = trace.getSpanContext(from);
  const isTraced = span !== undefined && isSpanContextValid(span);
  if (scope === undefined && !isTraced) return undefined;
  const carrier: Record<string, string> = {};
  propagation.inject(from, carrier);
  for (const [field, value] of Object.entries(carrier)) {
    if (typeof value !== 'string' || value.length > MAX_VALUE_CHARS) delete carrier[field];
  }
  if (scope !== undefined) carrier[REQUEST_ID] = scope.requestId;
  return Object.keys(carrier).length === 0 ? undefined : carrier;
}

/** What is usable of a carrier that came with a job. Whoever wrote it, this does not throw. */
export function readCarrier(value: unknown): Carrier | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const carrier: Record<string, string> = {};
  for (const field of [...propagation.fields(), REQUEST_ID]) {
    const text: unknown = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
    if (typeof text === 'string' && text.length <= MAX_VALUE_CHARS) carrier[field] = text;
  }
  return Object.keys(carrier).length === 0 ? undefined : carrier;
}

/** The context that a job with this carrier runs in: the request's, or that of nobody. */
export function openCarrier(carrier: Carrier | undefined): Context {
  if (carrier === undefined) return ROOT_CONTEXT;
  const parent = propagation.extract(ROOT_CONTEXT, carrier);
  const requestId = carrier[REQUEST_ID];
  return isRequestId(requestId) ? withRequestScope(parent, { requestId }) : parent;
}

/**
 * The request and the trace in whose course this code runs, as headers of a message: `x-request-id`, `traceparent` and, where there
 * is one, `tracestate`. For tasks of Celery, whose worker reads them with `deploy/celery/barbossa_celery.py`, and for whatever else
 * takes headers. Empty outside of a request and of a trace.
 */
export function getTaskHeaders(): Readonly<Record<string, string>> {
  return writeCarrier() ?? {};
}

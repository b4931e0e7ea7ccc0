import { writeCarrier } from '../carrier.js';

/**
 * The request and the trace in whose course this code runs, as headers of a message: `x-request-id`, `traceparent` and, where there
 * is one, `tracestate`. For tasks of Celery, whose worker reads them with `deploy/celery/barbossa_celery.py`, and for whatever else
 * takes headers. Empty outside of a request and of a trace.
 */
export function getTaskHeaders(): Readonly<Record<string, string>> {
  return writeCarrier() ?? {};
}

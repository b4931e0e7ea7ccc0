import { randomUUID } from 'node:crypto';
import { isRequestId } from '../context/request-context.js';

const ACCEPTED = /^[A-Za-z0-9._:+/=-]{1,128}$/;

/** In lower case, as Node keeps header names. */
export const REQUEST_ID_HEADER = 'x-request-id';

/**
 * The id a client sent, where it is 1 to 128 characters of `[A-Za-z0-9._:+/=-]`; otherwise a fresh UUID.
 * @param header The value of `X-Request-ID` as Node parsed it.
 */
export function chooseRequestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && ACCEPTED.test(header) ? header : randomUUID();
}

/** The id that an application put on its answer, where it can stand in a log line; else undefined. */
export function readApplicationId(value: unknown): string | undefined {
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  const text = typeof single === 'number' ? String(single) : single;
  return isRequestId(text) ? text : undefined;
}

/** Whether a header name is `X-Request-ID` in any spelling. The length first: this runs for every header. */
export function isRequestIdHeader(name: unknown): boolean {
  return (
    typeof name === 'string' && name.length === REQUEST_ID_HEADER.length && name.toLowerCase() === REQUEST_ID_HEADER
  );
}

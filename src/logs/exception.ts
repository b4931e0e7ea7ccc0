import { types } from 'node:util';
import { isArray, readClassName, readProperty, readText } from './safe-read.js';
import { cutText, MAX_TEXT_CHARS } from './text.js';

/** An exception as OpenTelemetry's semantic conventions describe one (`exception.type`, `.message`, `.stacktrace`). */
export interface Exception {
  readonly type: string;
  readonly message: string;
  readonly stacktrace: string;
}

/** Longest stack of one error, in UTF-16 units, so that a deep recursion leaves room for its cause. */
export const MAX_STACK_CHARS = 8_192;
/** Errors told in one stack trace: the thrown one, its causes, and what they aggregate. */
const MAX_ERRORS = 20;
/** Longest chain of `cause`. */
const MAX_CAUSES = 10;
/** Members told of one `AggregateError`. */
const MAX_AGGREGATED = 10;

const MAX_TYPE_CHARS = 256;
/** A message longer than this is cut within a stack, or no frame would be left. */
const MAX_HEADING_CHARS = 2_048;

/** Whether a value is an error, of whatever realm. False for a Proxy that cannot be asked. */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    // A Proxy's trap threw: nothing can be known of it.
    return false;
  }
}

/**
 * Type, message and stack trace of whatever was thrown. The stack trace is the error's own stack, then `Caused by: …`
 * for each `cause` and `Error 1 of 3: …` for each member of an `AggregateError`; cycles end in a mark, long texts are cut.
 * Never throws.
 */
export function describeException(error: unknown): Exception {
  const lines: string[] = [];
  addStack(error, '', lines, new Set());
  return {
    type: readType(error),
    message: cutText(readMessage(error)),
    stacktrace: cutText(lines.join('\n'), MAX_TEXT_CHARS),
  };
}

/** The error's name, or that of its class where it has none of its own; `typeof` for what is not an object. */
export function readType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === null ? 'null' : typeof error;
  const name = isError(error) ? readText(error, 'name') : undefined;
  // A subclass that does not set `name` inherits "Error": its class says more.
  const type = name !== undefined && name !== '' && name !== 'Error' ? name : readClassName(error);
  return cutText(type ?? name ?? 'Object', MAX_TYPE_CHARS);
}

/** The error's message; for what is not an error, its text. */
export function readMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null) return readText(error, 'message') ?? printObject(error);
  return typeof error === 'string' ? error : printPrimitive(error);
}

/** The stack without causes, with type and message on its first line. */
export function readStack(error: unknown): string {
  const type = readType(error);
  const message = readMessage(error);
  const stack = typeof error === 'object' && error !== null ? readText(error, 'stack') : undefined;
  const heading = message === '' ? type : `${type}: ${message}`;
  if (stack === undefined || stack === '') return cutText(heading, MAX_STACK_CHARS);
  const at = stack.indexOf(message);
  // V8 writes the heading when the error is made: a message that was changed since then is not in it.
  if (at < 0) return cutText(`${cutText(heading, MAX_HEADING_CHARS)}\n${stack}`, MAX_STACK_CHARS);
  if (message.length <= MAX_HEADING_CHARS) return cutText(stack, MAX_STACK_CHARS);
  const frames = stack.slice(at + message.length);
  return cutText(stack.slice(0, at) + cutText(message, MAX_HEADING_CHARS) + frames, MAX_STACK_CHARS);
}

function addStack(error: unknown, prefix: string, lines: string[], seen: Set<unknown>): void {
  let current = error;
  let label = prefix;
  for (let causes = 0; ; causes++) {
    if (!admit(current, label, lines, seen)) return;
    lines.push(`${label}${readStack(current)}`);
    addAggregated(current, lines, seen);
    const cause = isError(current) ? readProperty(current, 'cause') : undefined;
    if (cause === undefined || cause === null) return;
    label = 'Caused by: ';
    current = cause;
    if (causes >= MAX_CAUSES) {
      lines.push(`${label}…[cut: more causes]`);
      return;
    }
  }
}

/** Whether the error is to be told; a mark says why it is not. */
function admit(error: unknown, label: string, lines: string[], seen: Set<unknown>): boolean {
  if (typeof error === 'object' && error !== null) {
    if (seen.has(error)) {
      lines.push(`${label}[Circular]`);
      return false;
    }
    seen.add(error);
  }
  if (lines.length === MAX_ERRORS) lines.push('…[cut: more errors]');
  return lines.length < MAX_ERRORS;
}

function addAggregated(error: unknown, lines: string[], seen: Set<unknown>): void {
  const errors = isError(error) ? readProperty(error, 'errors') : undefined;
  if (!isArray(errors)) return;
  const count = readLength(errors);
  const told = Math.min(count, MAX_AGGREGATED);
  for (let i = 0; i < told && lines.length <= MAX_ERRORS; i++) {
    addStack(readProperty(errors, i), `Error ${i + 1} of ${count}: `, lines, seen);
  }
  if (count > told) lines.push(`…[cut: ${count - told} more errors]`);
}

function readLength(list: unknown[]): number {
  const length = readProperty(list, 'length');
  return typeof length === 'number' && length > 0 ? Math.floor(length) : 0;
}

/** What can be said of a thrown object that is not an error; its values may be secrets and are not printed. */
function printObject(object: object): string {
  return isError(object) ? '' : `[${readClassName(object) ?? 'Object'}]`;
}

function printPrimitive(value: unknown): string {
  if (typeof value === 'function') return `[Function: ${readText(value, 'name') ?? ''}]`;
  return String(value);
}

import { warnOnce } from '../diagnostics/diag.js';
import { isError, readMessage } from '../logs/exception.js';
import { isArray, isPlainObject, isPrimitive } from '../logs/safe-read.js';
import { CUT_KEY, markCut, Sanitizer } from '../logs/sanitize.js';

/** Fields of a log line, with values of any kind; see `sanitize` for what becomes of them. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What the second argument of a logger's method was. */
export interface SortedArgument {
  readonly fields?: object;
  readonly error?: unknown;
}

const NOTHING: SortedArgument = {};

/**
 * Tells fields from errors. What is neither, a text or a list for instance, becomes the field `value`: a caller's slip
 * costs no data.
 * @param thrown Whether it is what was thrown: then all but a plain object is the error.
 */
export function sortArgument(argument: unknown, thrown: boolean): SortedArgument {
  if (argument === undefined) return NOTHING;
  if (isPlainObject(argument)) return { fields: argument };
  if (thrown || isError(argument)) return { error: argument };
  return { fields: hasEntries(argument) ? argument : { value: argument } };
}

/** Whether an object is told by its entries, as an instance of an application's class is. */
function hasEntries(value: unknown): value is object {
  if (isPrimitive(value) || isArray(value) || ArrayBuffer.isView(value)) return false;
  try {
    return Object.keys(value as object).length > 0;
  } catch {
    // A Proxy that cannot be listed.
    return false;
  }
}

/** The bound fields and the new ones, as they are now; a getter runs here, and never again. Never throws. */
export function mergeFields(bound: LogFields | undefined, fields: unknown): LogFields | undefined {
  if (typeof fields !== 'object' || fields === null) {
    if (fields !== undefined && fields !== null) warnOnce('bind', 'bind: fields must be an object; nothing was bound');
    return bound;
  }
  // No prototype, so that a field may be called `__proto__`.
  const merged = Object.assign(Object.create(null), bound) as Record<string, unknown>;
  try {
    const left = new Sanitizer().visitEntries(fields, (key, value) => {
      merged[key] = value;
    });
    if (left > 0) merged[CUT_KEY] = markCut(left);
  } catch (error) {
    warnOnce('bind', `bind: fields cannot be listed: ${readMessage(error)}`);
  }
  return merged;
}

import type { Attributes, Context, Span } from '@opentelemetry/api';
import { describeError, warnOnce } from '../../diag.js';

/** Starts the span of a job below `parent`. */
export type StartJobSpan = (name: string, attributes: Attributes, parent: Context) => Span;

let startSpan: StartJobSpan | undefined;

/** Turns the patches of BullMQ on; until then, and after `stopBullmq`, they do nothing: classes may be patched earlier. */
export function startBullmq(options: { readonly startSpan: StartJobSpan }): void {
  ({ startSpan } = options);
}

/** Turns them off. */
export function stopBullmq(): void {
  startSpan = undefined;
}

/** How a job's span is started; undefined while the patches are off. */
export function getStartSpan(): StartJobSpan | undefined {
  return startSpan;
}

/** A method of BullMQ's, whatever it takes. */
export type Method<This = object> = (this: This, ...args: unknown[]) => unknown;

const PATCHED = Symbol('barbossa-telemetry.patched');

/**
 * Replaces methods of a class of BullMQ's in place; those that a version does not have are left out.
 * @param exports `module.exports` of the file that the class is in.
 */
export function patchClass(
  exports: unknown,
  className: string,
  patches: Readonly<Record<string, (original: Method<never>) => unknown>>,
): unknown {
  const found = (exports as Readonly<Record<string, unknown>> | undefined)?.[className];
  if (typeof found !== 'function') return exports;
  const prototype = found.prototype as Record<string, unknown> & { [PATCHED]?: boolean };
  if (prototype[PATCHED] === true) return exports;
  Object.defineProperty(prototype, PATCHED, { value: true });
  for (const [name, patch] of Object.entries(patches)) {
    const original = prototype[name];
    if (typeof original !== 'function') continue;
    const value = patch(original as Method<never>);
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
  return exports;
}

/** Does something for telemetry within BullMQ's work, which goes on as if nothing had been where it fails. */
export function guard<T>(work: () => T): T | undefined {
  if (startSpan === undefined) return undefined;
  try {
    return work();
  } catch (error) {
    warnOnce('bullmq', `a job of BullMQ could not be observed: ${describeError(error)}`);
    return undefined;
  }
}

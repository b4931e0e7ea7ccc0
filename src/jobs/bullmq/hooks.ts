import type { Attributes, Context, Span } from '@opentelemetry/api';
import { describeError, warnOnce } from '../../diagnostics/diag.js';
import type { ReportMissing } from '../../hooks/followed.js';
import type { Method } from '../../hooks/method.js';
import { markPatched } from '../../hooks/patched.js';

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

/**
 * Replaces methods of a class of BullMQ's in place; those that a version does not have are reported.
 * @param exports `module.exports` of the file that the class is in.
 */
export function patchClass(
  exports: unknown,
  className: string,
  patches: Readonly<Record<string, (original: Method<never>) => unknown>>,
  reportMissing: ReportMissing,
): unknown {
  const found = (exports as Readonly<Record<string, unknown>> | undefined)?.[className];
  if (typeof found !== 'function') {
    reportMissing(className);
    return exports;
  }
  const prototype = found.prototype as Record<string, unknown>;
  if (markPatched(prototype)) return exports;
  for (const [name, patch] of Object.entries(patches)) {
    const original = prototype[name];
    if (typeof original !== 'function') {
      reportMissing(`${className}.${name}`);
      continue;
    }
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

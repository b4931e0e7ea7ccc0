import { createContextKey, type Context } from '@opentelemetry/api';

const SILENT = createContextKey('barbossa-telemetry.silent');

/** A context in which nothing is sent: for code that sends records, whose own lines would never end. */
export function withoutEmitting(parent: Context): Context {
  return parent.setValue(SILENT, true);
}

/** Whether nothing is sent of what is logged in this context. */
export function isSilent(context: Context): boolean {
  return context.getValue(SILENT) === true;
}

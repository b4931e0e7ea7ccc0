import { warnOnce } from '../diagnostics/diag.js';

/** Longest label value that callers may pass, in UTF-16 code units. */
const MAX_LABEL_CHARS = 120;

/** What stands in for a label value that cannot be used: one series, whatever was passed. */
const INVALID_LABEL = 'invalid';

const ALLOWED = `a string of 1 to ${MAX_LABEL_CHARS} characters, not blank, without control characters`;
const MAX_SHOWN_CHARS = 40;
// Control characters and line separators; halves of surrogate pairs, which UTF-8 cannot tell apart.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;

/**
 * The label value to record for what a caller passed as `value`. Unprintable characters become U+FFFD; what is
 * no string, blank or longer than 120 characters becomes `invalid` (a cut would still be a series of its own
 * for each value). The first time for each metric and label, a warning says so. Never throws.
 */
export function checkLabel(metricName: string, label: string, value: unknown): string {
  const used = typeof value === 'string' ? makePrintable(value) : INVALID_LABEL;
  if (used !== value) warn(metricName, label, describeValue(value), used);
  return used;
}

function makePrintable(value: string): string {
  if (value.trim() === '' || value.length > MAX_LABEL_CHARS) return INVALID_LABEL;
  return value.replace(UNPRINTABLE, '\ufffd');
}

function warn(metricName: string, label: string, given: string, used: string): void {
  const message = `${metricName}: label ${label} is ${given}; allowed: ${ALLOWED}; used instead: ${quote(used)}`;
  warnOnce(`label:${metricName}:${label}`, message);
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > MAX_LABEL_CHARS ? `${quote(value)} of ${value.length} characters` : quote(value);
  }
  if (value === null || value === undefined) return String(value);
  // The type alone: turning a stranger's object into text can throw.
  return `of type ${typeof value}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text);
}

import type { AnyValue } from '@opentelemetry/api-logs';
import type { Exception } from './exception.js';
import { LOG_FIELDS } from './fields.js';
import type { LogEntry } from './record.js';
import { KeyJudge, type KeyRules } from '../redaction/key-judge.js';
import { ValueRedactor } from '../redaction/value-redactor.js';

/** How redaction works in this process. */
export interface RedactionOptions extends KeyRules {
  /** Default: true. */
  readonly enabled: boolean;
}

let redactor: ValueRedactor | undefined = new ValueRedactor(new KeyJudge({ keys: [], allowedKeys: [] }));

/** Sets the rules for all that is logged from now on. */
export function configureRedaction({ enabled, keys, allowedKeys }: RedactionOptions): void {
  redactor = enabled ? new ValueRedactor(new KeyJudge({ keys, allowedKeys })) : undefined;
}

const REDACTED_FIELDS = LOG_FIELDS.filter((field) => field.redacted);

/**
 * The one place where secrets leave a log record. Whatever builds an entry, `getLogger` as well as the winston bridge,
 * hands it through here before it is printed or sent: what comes out is what the world sees of the fields that the table
 * calls redacted, which are plain data by then. The entry itself where there is nothing to hide.
 */
export function redactEntry(entry: LogEntry): LogEntry {
  if (redactor === undefined) return entry;
  let copy: Record<string, unknown> | undefined;
  for (const { key } of REDACTED_FIELDS) {
    const value = entry[key];
    if (value === undefined) continue;
    const shown = key === 'exception' ? redactException(value as Exception) : redactor.redactValue(value as AnyValue);
    if (shown !== value) (copy ??= { ...entry })[key] = shown;
  }
  return (copy as LogEntry | undefined) ?? entry;
}

/** As three texts: by its keys it would be judged as an application's own map. */
function redactException({ type, message, stacktrace }: Exception): Exception {
  return { type: redactText(type), message: redactText(message), stacktrace: redactText(stacktrace) };
}

/** Plain data without its secrets. */
export function redactValue(value: AnyValue): AnyValue {
  return redactor === undefined ? value : redactor.redactValue(value);
}

/** A text without its secrets. */
export function redactText(text: string): string {
  return redactor === undefined ? text : redactor.redactText(text);
}

import type { AnyValue, AnyValueMap } from '@opentelemetry/api-logs';
import type { EncodableRecord } from './encode.js';
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

/**
 * The one place where secrets leave a log record. Whatever builds an entry, `getLogger` as well as the winston bridge,
 * hands it through here before it is printed or sent: what comes out is what the world sees of the message, the
 * exception and the extras, which are plain data by then. The entry itself where there is nothing to hide.
 */
export function redactEntry(entry: LogEntry): LogEntry {
  if (redactor === undefined) return entry;
  const { logger, message, requestId, userId, exception, extras } = entry;
  const shown: { -readonly [K in keyof LogEntry]?: LogEntry[K] } = {
    logger: redactor.redactText(logger),
    message: redactor.redactText(message),
  };
  let same = shown.logger === logger && shown.message === message;
  if (requestId !== undefined) same = (shown.requestId = redactor.redactText(requestId)) === requestId && same;
  if (userId !== undefined) same = (shown.userId = redactor.redactText(userId)) === userId && same;
  if (extras !== undefined) same = (shown.extras = redactor.redactMap(extras)) === extras && same;
  if (exception !== undefined) {
    shown.exception = {
      type: redactor.redactText(exception.type),
      message: redactor.redactText(exception.message),
      stacktrace: redactor.redactText(exception.stacktrace),
    };
    same = false;
  }
  return same ? entry : { ...entry, ...shown };
}

/** Plain data without its secrets. */
export function redactValue(value: AnyValue): AnyValue {
  return redactor === undefined ? value : redactor.redactValue(value);
}

/** A text without its secrets. */
export function redactText(text: string): string {
  return redactor === undefined ? text : redactor.redactText(text);
}

/** A record that another library gave to OpenTelemetry, as it may leave the process. It is plain data by then. */
export function redactRecord(record: EncodableRecord): EncodableRecord {
  if (redactor === undefined) return record;
  const { body, attributes, eventName, severityText } = record;
  return {
    ...record,
    ...(severityText === undefined ? undefined : { severityText: redactText(severityText) }),
    ...(body === undefined ? undefined : { body: redactValue(body as AnyValue) }),
    ...(eventName === undefined ? undefined : { eventName: redactText(eventName) }),
    attributes: redactor.redactMap(attributes as AnyValueMap),
  };
}

import { context } from '@opentelemetry/api';
import type { AnyValueMap } from '@opentelemetry/api-logs';
import type { logs } from '@opentelemetry/sdk-node';
import { describeError, warnOnce } from '../diagnostics/diag.js';
import { encodePairs, encodeRecord } from '../logs/encode.js';
import type { Delivery } from '../delivery/delivery.js';
import { completeForeignRecord } from '../logs/foreign-record.js';
import { describeEntry, findOrMake, getEmittingId, RECORD_ID_ATTRIBUTE, type LogEntry } from '../logs/record.js';
import { redactText, redactValue } from '../logs/redaction.js';
import type { SdkOptions } from './providers.js';

/** Both ways in, for those who have a delivery. */
export function createLogRoads(delivery: Delivery | undefined): Pick<SdkOptions, 'logRecordProcessors' | 'takeEntry'> {
  if (delivery === undefined) return { logRecordProcessors: [] };
  return { logRecordProcessors: [createLogProcessor(delivery)], takeEntry: createEntryTake(delivery) };
}

/** The SDK's way in: records of winston, of `getLogger` and of other libraries take the same road. */
export function createLogProcessor(delivery: Delivery): logs.LogRecordProcessor {
  const scopes = new WeakMap<object, string>();
  const encodeScope = (scope: { readonly name: string; readonly version?: string | undefined }): string => {
    let json = scopes.get(scope);
    if (json === undefined) {
      json = JSON.stringify({ name: redactText(scope.name), version: scope.version });
      scopes.set(scope, json);
    }
    return json;
  };
  return {
    onEmit(record, emitContext) {
      try {
        const id = getEmittingId();
        // A limit of attributes may have cut it or left it out, and records with one id are one document.
        if (id !== undefined) record.attributes[RECORD_ID_ATTRIBUTE] = id;
        const complete = id !== undefined ? record : completeForeignRecord(record, emitContext ?? context.active());
        const line = { scope: encodeScope(record.instrumentationScope), record: encodeRecord(complete) };
        delivery.append(line, record.severityNumber ?? 0);
      } catch (error) {
        // Another library's emit() must not throw because of what is in its record.
        warnOnce('log-encode', `a log record could not be encoded and is lost: ${describeError(error)}`);
      }
    },
    forceFlush: () => delivery.flush(FLUSH_TIMEOUT_MS),
    shutdown: () => delivery.flush(FLUSH_TIMEOUT_MS),
  };
}

/** The way in for records of winston and `getLogger` where the SDK would only hand them on: to the same delivery. */
export function createEntryTake(delivery: Delivery): (entry: LogEntry) => void {
  const scopes = new Map<string, string>();
  const encodeScope = (name: string): string => JSON.stringify({ name: redactText(name) });
  return (entry) => {
    const scope = findOrMake(scopes, entry.logger, encodeScope);
    delivery.append({ scope, record: encodeRecord(describeEntry(entry)) }, entry.severityNumber);
  };
}

const FLUSH_TIMEOUT_MS = 2_000;

/** A resource as OTLP JSON. */
export function encodeResource(attributes: Readonly<Record<string, unknown>>): string {
  const shown = redactValue(attributes as AnyValueMap) as AnyValueMap;
  return `{"attributes":${encodePairs(shown)},"droppedAttributesCount":0}`;
}

import type { logs } from '@opentelemetry/sdk-node';
import { encodePairs, encodeRecord } from '../logging/delivery/encode.js';
import type { Delivery } from '../logging/delivery/delivery.js';

/** The SDK's way in: records of winston, of `getLogger` and of other libraries take the same road. */
export function createLogProcessor(delivery: Delivery): logs.LogRecordProcessor {
  const scopes = new WeakMap<object, string>();
  const encodeScope = (scope: { readonly name: string; readonly version?: string | undefined }): string => {
    let json = scopes.get(scope);
    if (json === undefined) {
      json = JSON.stringify({ name: scope.name, version: scope.version });
      scopes.set(scope, json);
    }
    return json;
  };
  return {
    onEmit(record) {
      const line = { scope: encodeScope(record.instrumentationScope), record: encodeRecord(record) };
      delivery.append(line, record.severityNumber ?? 0);
    },
    forceFlush: () => delivery.flush(FLUSH_TIMEOUT_MS),
    shutdown: () => delivery.flush(FLUSH_TIMEOUT_MS),
  };
}

const FLUSH_TIMEOUT_MS = 2_000;

/** A resource as OTLP JSON. */
export function encodeResource(attributes: Readonly<Record<string, unknown>>): string {
  return `{"attributes":${encodePairs(attributes)},"droppedAttributesCount":0}`;
}

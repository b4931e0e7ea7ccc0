import type { Context } from '@opentelemetry/api';
import type { AnyValueMap } from '@opentelemetry/api-logs';
import { getRequestScope } from '../context/request-context.js';
import type { EncodableRecord } from './encode.js';
import { createRecordId } from './record-id.js';
import { RECORD_ID_ATTRIBUTE } from './record.js';
import { redactRecord } from './redaction.js';
import { sanitize } from './sanitize.js';

/**
 * A record that another library gave to OpenTelemetry, with what every record of ours has: an id, so that a resend is
 * not a second document; the request it was written in; plain values of bounded size, without secrets. What the record
 * says itself wins.
 * @param context Where it was written.
 */
export function completeForeignRecord(record: EncodableRecord, context: Context): EncodableRecord {
  const attributes = sanitize(record.attributes) as AnyValueMap;
  const request = getRequestScope(context);
  attributes[RECORD_ID_ATTRIBUTE] ??= createRecordId();
  if (request !== undefined) attributes['request_id'] ??= request.requestId;
  if (request?.userId !== undefined) attributes['user_id'] ??= request.userId;
  return redactRecord({
    hrTime: record.hrTime,
    hrTimeObserved: record.hrTimeObserved,
    ...(record.severityNumber === undefined ? {} : { severityNumber: record.severityNumber }),
    ...(record.severityText === undefined ? {} : { severityText: record.severityText }),
    ...(record.body === undefined ? {} : { body: sanitize(record.body) }),
    ...(record.eventName === undefined ? {} : { eventName: record.eventName }),
    attributes,
    ...(record.droppedAttributesCount === undefined ? {} : { droppedAttributesCount: record.droppedAttributesCount }),
    ...(record.spanContext === undefined ? {} : { spanContext: record.spanContext }),
  });
}

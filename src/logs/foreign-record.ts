import type { Context } from '@opentelemetry/api';
import type { AnyValueMap } from '@opentelemetry/api-logs';
import { getRequestScope } from '../context/request-context.js';
import type { EncodableRecord } from './encode.js';
import { createRecordId } from './record-id.js';
import { RECORD_ID_ATTRIBUTE } from './record.js';
import { redactText, redactValue } from './redaction.js';
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
  const { severityText, body, eventName } = record;
  // Field by field: the getters of the SDK's record are not its own properties, and a spread would leave them out.
  return {
    hrTime: record.hrTime,
    hrTimeObserved: record.hrTimeObserved,
    severityNumber: record.severityNumber,
    severityText: severityText === undefined ? undefined : redactText(severityText),
    body: body === undefined ? undefined : redactValue(sanitize(body)),
    eventName: eventName === undefined ? undefined : redactText(eventName),
    attributes: redactValue(attributes) as AnyValueMap,
    droppedAttributesCount: record.droppedAttributesCount,
    spanContext: record.spanContext,
  };
}

/**
 * Counts the items of an OTLP request: log records, spans or metrics. All three signals nest alike, resource (field 1),
 * scope (field 2), item (field 2), see opentelemetry-proto's collector/*.proto; so no schema is needed.
 */

const TRACE_ID_FIELD_OF_LOG_RECORD = 9;
const RESOURCES = { logs: 'resourceLogs', spans: 'resourceSpans', metrics: 'resourceMetrics' };
const SCOPES = { logs: 'scopeLogs', spans: 'scopeSpans', metrics: 'scopeMetrics' };
const ITEMS = { logs: 'logRecords', spans: 'spans', metrics: 'metrics' };

export function countJson(body) {
  const request = JSON.parse(body.toString('utf8'));
  const signal = Object.keys(RESOURCES).find((key) => RESOURCES[key] in request);
  if (signal === undefined) return { items: 0, withTraceId: 0 };
  const scopes = request[RESOURCES[signal]].flatMap((resource) => resource[SCOPES[signal]] ?? []);
  const items = scopes.flatMap((scope) => scope[ITEMS[signal]] ?? []);
  return { items: items.length, withTraceId: items.filter(({ traceId }) => traceId).length };
}

export function countProtobuf(body) {
  const scopes = [...fields(body, 1)].flatMap((resource) => [...fields(resource, 2)]);
  const items = scopes.flatMap((scope) => [...fields(scope, 2)]);
  const traceIds = items.flatMap((item) => [...fields(item, TRACE_ID_FIELD_OF_LOG_RECORD)]);
  return { items: items.length, withTraceId: traceIds.filter((id) => id.length > 0).length };
}

/** The length-delimited fields of a protobuf message that have the given number. */
function* fields(message, wanted) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const type = tag & 7;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      if (tag >>> 3 === wanted) yield message.subarray(at, at + length);
      at += length;
    } else throw new Error(`protobuf wire type ${type} is not known`);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { ProtobufWriter, toInt64 } from './protobuf-writer.js';

/**
 * OTLP's protobuf encoding, made of its JSON encoding: the spool holds JSON whichever protocol is set, so that a changed
 * setting finds what an earlier process has left. Tests hold the bytes against those of OpenTelemetry's own serializer.
 * @see https://github.com/open-telemetry/opentelemetry-proto
 */

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number | string;
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
  readonly bytesValue?: string;
}

interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

interface Attributes {
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

interface LogRecord extends Attributes {
  readonly timeUnixNano?: number | string;
  readonly observedTimeUnixNano?: number | string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValue;
  readonly flags?: number;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
}

interface Scope extends Attributes {
  readonly name?: string;
  readonly version?: string;
}

interface LogsRequest {
  readonly resourceLogs?: readonly {
    readonly resource?: Attributes;
    readonly scopeLogs?: readonly {
      readonly scope?: Scope;
      /** A number stands for a record that is kept apart. */
      readonly logRecords?: readonly (LogRecord | number)[];
    }[];
  }[];
}

/** How every record of ours begins. */
const RECORD_START = '{"timeUnixNano":';
/** Records that are encoded before the application has its turn: they take less than a millisecond. */
const RECORDS_A_TURN = 64;

/**
 * An ExportLogsServiceRequest, of its JSON text in pieces. Rejects where that is no JSON. A batch takes some ten
 * milliseconds, so that records, each of which is a piece, are encoded a few at a time.
 */
export async function encodeProtobuf(pieces: Iterable<string>): Promise<Buffer> {
  const records: string[] = [];
  let frame = '';
  for (const piece of pieces) {
    if (piece.startsWith(RECORD_START)) frame += records.push(piece) - 1;
    else frame += piece;
  }
  const request = JSON.parse(frame) as LogsRequest;
  const encoded = await encodeRecords(records);
  const writer = new ProtobufWriter();
  writeRequest(writer, request, (record) => {
    if (typeof record === 'number') writer.raw(encoded[record] ?? Buffer.alloc(0));
    else writeRecord(writer, record);
  });
  return writer.written;
}

async function encodeRecords(records: readonly string[]): Promise<Buffer[]> {
  const writer = new ProtobufWriter();
  const ends: number[] = [];
  for (const record of records) {
    writeRecord(writer, JSON.parse(record) as LogRecord);
    ends.push(writer.written.length);
    if (ends.length % RECORDS_A_TURN === 0) await sleep(0, undefined, { ref: false });
  }
  return ends.map((end, index) => writer.written.subarray(ends[index - 1] ?? 0, end));
}

function writeRequest(
  writer: ProtobufWriter,
  { resourceLogs = [] }: LogsRequest,
  write: (record: LogRecord | number) => void,
): void {
  for (const { resource = {}, scopeLogs = [] } of resourceLogs) {
    writer.message(1, () => {
      writer.message(1, () => writeAttributes(writer, resource, 1));
      for (const { scope = {}, logRecords = [] } of scopeLogs) {
        writer.message(2, () => {
          writer.message(1, () => writeScope(writer, scope));
          for (const record of logRecords) writer.message(2, () => write(record));
        });
      }
    });
  }
}

function writeScope(writer: ProtobufWriter, scope: Scope): void {
  writer.text(1, scope.name ?? '');
  if (isFilled(scope.version)) writer.text(2, scope.version);
  writeAttributes(writer, scope, 3);
}

function writeRecord(writer: ProtobufWriter, record: LogRecord): void {
  writer.fixed64(1, toInt64(record.timeUnixNano));
  if (isFilled(record.severityNumber)) writer.varint(2, record.severityNumber);
  if (isFilled(record.severityText)) writer.text(3, record.severityText);
  const { body } = record;
  if (body !== undefined) writer.message(5, () => writeValue(writer, body));
  writeAttributes(writer, record, 6);
  if (isFilled(record.flags)) writer.fixed32(8, record.flags);
  if (isFilled(record.traceId)) writer.bytes(9, record.traceId, 'hex');
  if (isFilled(record.spanId)) writer.bytes(10, record.spanId, 'hex');
  writer.fixed64(11, toInt64(record.observedTimeUnixNano));
  if (isFilled(record.eventName)) writer.text(12, record.eventName);
}

/** Protobuf leaves out what is zero or empty. */
function isFilled<T extends string | number>(value: T | undefined): value is T {
  return value !== undefined && value !== '' && value !== 0;
}

/** Attributes, and how many were dropped, which in all messages has the number behind theirs. */
function writeAttributes(
  writer: ProtobufWriter,
  { attributes, droppedAttributesCount }: Attributes,
  field: number,
): void {
  writePairs(writer, attributes, field);
  if (droppedAttributesCount !== undefined) writer.varint(field + 1, droppedAttributesCount);
}

function writePairs(writer: ProtobufWriter, pairs: readonly KeyValue[] = [], field: number): void {
  for (const { key, value = {} } of pairs) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: ProtobufWriter, value: AnyValue): void {
  if (value.stringValue !== undefined) return writer.text(1, value.stringValue);
  if (value.boolValue !== undefined) return writer.varint(2, value.boolValue ? 1 : 0);
  if (value.intValue !== undefined) {
    return writer.varint(3, typeof value.intValue === 'number' ? value.intValue : toInt64(value.intValue));
  }
  if (value.doubleValue !== undefined) return writer.double(4, Number(value.doubleValue));
  if (value.arrayValue !== undefined) return writeArray(writer, value.arrayValue.values);
  const { kvlistValue } = value;
  if (kvlistValue !== undefined) return writer.message(6, () => writePairs(writer, kvlistValue.values, 1));
  if (value.bytesValue !== undefined) writer.bytes(7, value.bytesValue, 'base64');
}

function writeArray(writer: ProtobufWriter, values: readonly AnyValue[] = []): void {
  writer.message(5, () => {
    for (const value of values) writer.message(1, () => writeValue(writer, value));
  });
}

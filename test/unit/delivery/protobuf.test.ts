import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SeverityNumber, type LogRecord } from '@opentelemetry/api-logs';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { expect, test } from 'vitest';
import { encodeRecord } from '../../../src/logs/encode.js';
import { encodeProtobuf } from '../../../src/delivery/protobuf.js';
import { printRequest, type EncodedRecord } from '../../../src/delivery/segment.js';
import { encodeResource } from '../../../src/otel/log-processor.js';
import { startTestContext, withTestSpan } from '../logs/test-logs.js';

const RESOURCE = { 'service.name': 'barbossa', 'process.pid': 7, 'host.arch': ['a', 'b'], ratio: 0.5, flag: true };
const TIME: [number, number] = [1_764_060_000, 123];

/** The bytes that OpenTelemetry's own serializer makes of records, and those that we make. */
async function encodeBoth(
  records: readonly LogRecord[],
  names = ['library.scan'],
): Promise<{ theirs: string; ours: string }> {
  const kept: ReadableLogRecord[] = [];
  const provider = new LoggerProvider({
    resource: resourceFromAttributes(RESOURCE),
    processors: [{ onEmit: (record) => void kept.push(record), forceFlush: async () => {}, shutdown: async () => {} }],
  });
  for (const name of names) for (const record of records) provider.getLogger(name, '1.2.3').emit(record);
  const lines: EncodedRecord[] = kept.map((record) => ({
    scope: JSON.stringify({ name: record.instrumentationScope.name, version: record.instrumentationScope.version }),
    record: encodeRecord(record),
  }));
  return {
    theirs: Buffer.from(ProtobufLogsSerializer.serializeRequest(kept) ?? []).toString('hex'),
    ours: (await encodeProtobuf(printRequest(encodeResource(RESOURCE), lines))).toString('hex'),
  };
}

test('a record with everything has the bytes of the serializer of OpenTelemetry', async () => {
  startTestContext();
  const { ours, theirs } = await encodeBoth([
    {
      timestamp: TIME,
      observedTimestamp: [1_764_060_001, 999_999_999],
      severityNumber: SeverityNumber.ERROR,
      severityText: 'ERROR',
      eventName: 'scan.done',
      body: 'text with "quotes", \u0000, \u2028 and 🎵',
      context: withTestSpan(ROOT_CONTEXT),
      attributes: {
        text: 'a',
        empty: '',
        integer: 42,
        zero: 0,
        negative: -1,
        large: Number.MAX_SAFE_INTEGER,
        small: Number.MIN_SAFE_INTEGER,
        two32: 2 ** 32,
        fraction: 1.5,
        huge: 1e300,
        tiny: -5e-324,
        nan: NaN,
        up: Infinity,
        down: -Infinity,
        flag: false,
        yes: true,
        list: [1, 'a', true, null, [2], { deep: 'x' }],
        nothing: null,
        map: { a: 1, b: { c: [] }, empty: {} },
        bytes: new Uint8Array([1, 2, 255]),
        'dotted.key': 'x',
        ключ: 'é\ud83c\udfb5',
      },
    },
  ]);
  expect(ours).toBe(theirs);
});

test.each([0, 1, 126, 127, 128, 129, 16_383, 16_384, 70_000, 300_000, 2_200_000])(
  'a text of %i characters',
  async (length) => {
    for (const letter of ['x', 'é', '🎵']) {
      const { ours, theirs } = await encodeBoth([
        { timestamp: TIME, observedTimestamp: TIME, body: letter.repeat(length) },
      ]);
      expect(ours === theirs, letter).toBe(true);
    }
  },
);

test('many records of several scopes', async () => {
  const records = Array.from({ length: 300 }, (_, index): LogRecord => ({
    timestamp: TIME,
    observedTimestamp: TIME,
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- 1 to 24, which is what the enum has
    severityNumber: (index % 24) + 1,
    body: { index, texts: Array.from({ length: index % 7 }, (__, at) => 'é'.repeat(at * index)) },
    attributes: { index: index * 2 ** 40 - 2 ** 45 },
  }));
  const { ours, theirs } = await encodeBoth(records, ['a', 'b', 'c']);
  expect(ours === theirs).toBe(true);
});

test('no records at all are no bytes', async () => {
  expect(await encodeProtobuf(['{"resourceLogs":[]}'])).toHaveLength(0);
  expect(await encodeProtobuf(['{}'])).toHaveLength(0);
});

test('a whole number of 64 bits is taken as text too; a number that is none is 0', async () => {
  const record = (value: unknown): string =>
    JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes: [{ key: 'a', value: { intValue: value } }] }] }] }],
    });
  expect(await encodeProtobuf([record('-9007199254740991')])).toEqual(
    await encodeProtobuf([record(-9_007_199_254_740_991)]),
  );
  expect((await encodeProtobuf([record('9223372036854775807')])).toString('hex')).toContain('18ffffffffffffffff7f');
  expect(await encodeProtobuf([record('many')])).toEqual(await encodeProtobuf([record('0')]));
});

test('what is no JSON throws, for the sender to refuse', async () => {
  await expect(encodeProtobuf(['{"resourceLogs":['])).rejects.toThrow(SyntaxError);
  await expect(encodeProtobuf(['{"timeUnixNano":'])).rejects.toThrow(SyntaxError);
});

test('in one piece or in many, the bytes are the same', async () => {
  const record = '{"timeUnixNano":"1","body":{"stringValue":"a"}}';
  const pieces = ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[', record, ',', record, ']}]}]}'];
  expect(await encodeProtobuf(pieces)).toEqual(await encodeProtobuf([pieces.join('')]));
});

test('the application has its turn while a batch is encoded', async () => {
  const record = '{"timeUnixNano":"1","body":{"stringValue":"a"}}';
  const records = Array.from({ length: 1_024 }, (_, index) => (index === 0 ? [record] : [',', record])).flat();
  let turns = 0;
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  await encodeProtobuf(['{"resourceLogs":[{"scopeLogs":[{"logRecords":[', ...records, ']}]}]}']);
  clearImmediate(immediate);
  expect(turns).toBeGreaterThan(10);
});

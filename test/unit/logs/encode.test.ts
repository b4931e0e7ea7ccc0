import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SeverityNumber, type AnyValue, type LogRecord } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { expect, onTestFinished, test } from 'vitest';
import { encodeRecord } from '../../../src/logs/encode.js';
import { printRequest, type EncodedRecord } from '../../../src/delivery/segment.js';
import { encodeResource } from '../../../src/otel/log-processor.js';
import { startTestContext, withTestSpan } from './test-logs.js';

const RESOURCE = { 'service.name': 'barbossa', 'process.pid': 7, 'host.arch': ['a', 'b'], ratio: 0.5, flag: true };
const TIME: [number, number] = [1_764_060_000, 123];

/** The request that OpenTelemetry's own exporter makes of records, and the one that we make. */
async function encodeBoth(...records: LogRecord[]): Promise<{ readonly theirs: unknown; readonly ours: unknown }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  const kept: ReadableLogRecord[] = [];
  const provider = new LoggerProvider({
    resource: resourceFromAttributes(RESOURCE),
    processors: [{ onEmit: (record) => void kept.push(record), forceFlush: async () => {}, shutdown: async () => {} }],
  });
  for (const record of records) provider.getLogger('library.scan', '1.2.3').emit(record);
  const exporter = new OTLPLogExporter({ url });
  await new Promise((resolve) => exporter.export(kept, resolve));
  await exporter.shutdown();
  const lines: EncodedRecord[] = kept.map((record) => ({
    scope: JSON.stringify(record.instrumentationScope),
    record: encodeRecord(record),
  }));
  return {
    theirs: JSON.parse(bodies[0] ?? ''),
    ours: JSON.parse([...printRequest(encodeResource(RESOURCE), lines)].join('')),
  };
}

test('a record with everything is what OTLPLogExporter sends', async () => {
  startTestContext();
  const { ours, theirs } = await encodeBoth(
    {
      timestamp: TIME,
      observedTimestamp: TIME,
      severityNumber: SeverityNumber.ERROR,
      severityText: 'ERROR',
      body: 'text with "quotes", \u0000, \u2028 and 🎵',
      context: withTestSpan(ROOT_CONTEXT),
      attributes: {
        text: 'a',
        integer: 42,
        negative: -1,
        fraction: 1.5,
        flag: false,
        list: [1, 'a', true, null, [2], { deep: 'x' }],
        map: { a: 1, b: { c: [] }, empty: {} },
        nothing: null,
        bytes: new Uint8Array([1, 2, 255]),
        'dotted.key': 'x',
      },
    },
    { body: 'bare' },
  );
  expect(ours).toEqual(theirs);
});

test.each<[string, AnyValue]>([
  ['text', 'a'],
  ['number', 3],
  ['map', { a: { b: 1 } }],
  ['list', ['a', 1]],
  ['null', null],
])('a body that is %s', async (_name, body) => {
  const { ours, theirs } = await encodeBoth({ timestamp: TIME, observedTimestamp: TIME, body });
  expect(ours).toEqual(theirs);
});

test('an event name, and a severity without a text', async () => {
  const { ours, theirs } = await encodeBoth({
    timestamp: TIME,
    observedTimestamp: TIME,
    eventName: 'scan.done',
    severityNumber: SeverityNumber.INFO,
  });
  expect(ours).toEqual(theirs);
});

test('numbers that JSON has no word for are text, as protobuf writes them; large ones are doubles', () => {
  const attributes = { nan: NaN, up: Infinity, down: -Infinity, large: 1e21, safe: Number.MAX_SAFE_INTEGER };
  const encoded = JSON.parse(encodeRecord({ hrTime: TIME, hrTimeObserved: TIME, attributes })) as {
    attributes: { key: string; value: unknown }[];
  };
  expect(Object.fromEntries(encoded.attributes.map(({ key, value }) => [key, value]))).toEqual({
    nan: { doubleValue: 'NaN' },
    up: { doubleValue: 'Infinity' },
    down: { doubleValue: '-Infinity' },
    large: { doubleValue: 1e21 },
    safe: { intValue: Number.MAX_SAFE_INTEGER },
  });
});

test('times are nanoseconds as text, with all their digits', () => {
  const encoded = JSON.parse(encodeRecord({ hrTime: [1, 5], hrTimeObserved: [0, 999_999_999], attributes: {} })) as {
    timeUnixNano: string;
    observedTimeUnixNano: string;
  };
  expect(encoded.timeUnixNano).toBe('1000000005');
  expect(BigInt(encoded.observedTimeUnixNano)).toBe(999_999_999n);
});

test('lone surrogates and line breaks never break the line', () => {
  const text = encodeRecord({
    hrTime: TIME,
    hrTimeObserved: TIME,
    body: '\ud800\n\t',
    attributes: { '\n\t': '\udfff' },
  });
  expect(text).not.toMatch(/[\n\t]/);
  expect(Buffer.from(text).toString()).toBe(text);
});

test.each([
  '',
  'plain',
  '"',
  '\\',
  '\u0000',
  '\u001f',
  '\u007f',
  'é',
  '\u2028',
  '🎵',
  'a\ud800',
  '\udfffb',
  'x'.repeat(300),
])('a text is what JSON makes of it: %j', (body) => {
  const text = encodeRecord({ hrTime: TIME, hrTimeObserved: TIME, body, attributes: {} });
  expect(text).toContain(`"body":{"stringValue":${JSON.stringify(body)}}`);
});

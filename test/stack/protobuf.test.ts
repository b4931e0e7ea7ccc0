// @needs collector, Elasticsearch
import { randomUUID } from 'node:crypto';
import type { AnyValueMap } from '@opentelemetry/api-logs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { encodeRecord } from '../../src/logs/encode.js';
import { printRequest } from '../../src/delivery/segment.js';
import { createSender } from '../../src/delivery/sender.js';
import { encodeResource } from '../../src/otel/log-processor.js';
import { startChain, waitForDocuments, withRequestId, type Chain } from './stack.js';

let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
  return chain.stop;
});

const TIME: [number, number] = [Math.floor(Date.now() / 1_000), 123_456_789];

const BODIES = ['text with é, 🎵 and "quotes"', '', 'x'.repeat(5_000), { a: [1, { b: null }] }, 7, null];

const ATTRIBUTES: AnyValueMap = {
  module: 'scan.js',
  line: 42,
  'exception.type': 'Error',
  'exception.message': 'no such folder',
  extras: {
    integer: Number.MAX_SAFE_INTEGER,
    negative: -(2 ** 40),
    fraction: -0.125,
    huge: 1e300,
    flag: false,
    zero: 0,
    empty: '',
    list: [1, 'two', [3], { four: 4.5 }],
    map: { deep: { deeper: [] } },
    'key.with.dots': 'é',
  },
};

/** Sends the records in one protocol, and gives what is stored of them, but for their ids, in order. */
async function store(protocol: 'http/json' | 'http/protobuf', compression: 'gzip' | 'none'): Promise<unknown[]> {
  const requestId = randomUUID();
  const lines = BODIES.map((body, index) => ({
    scope: JSON.stringify({ name: 'library.scan', version: '1.2.3' }),
    record: encodeRecord({
      hrTime: [TIME[0] + index, TIME[1]],
      hrTimeObserved: TIME,
      severityNumber: 17,
      severityText: 'ERROR',
      body,
      spanContext: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
      attributes: { 'log.record.uid': randomUUID(), request_id: requestId, ...ATTRIBUTES },
    }),
  }));
  const url = `${chain.collector.url}/v1/logs`;
  const sender = createSender({ url, headers: {}, timeoutMs: 10_000, compression, protocol });
  onTestFinished(() => sender.close());
  const resource = encodeResource({ 'service.name': 'barbossa', 'process.pid': 7, ratio: 0.5, list: ['a', 'b'] });
  expect(await sender.send(printRequest(resource, lines))).toEqual({ outcome: 'accepted', rejected: 0, reason: '' });
  const documents = await waitForDocuments(chain.elasticsearch, withRequestId(requestId), BODIES.length);
  return documents
    .map(({ _source: { request_id: _id, ...source } }) => source)
    .toSorted((a, b) => (String(a['timestamp']) < String(b['timestamp']) ? -1 : 1));
}

test('the collector stores the same documents of protobuf and of JSON', async () => {
  const json = await store('http/json', 'none');
  expect(json[0]).toMatchObject({ message: BODIES[0], line: 42, extras: ATTRIBUTES['extras'] });
  expect(await store('http/protobuf', 'none')).toEqual(json);
  expect(await store('http/protobuf', 'gzip')).toEqual(json);
});

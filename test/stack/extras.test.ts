// @needs collector, Elasticsearch
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { makeRecord, makeRequest, post, send, type Value } from './otlp.js';
import {
  count,
  startChain,
  waitForDocuments,
  withRequestId,
  type Collector,
  type Document,
  type Elasticsearch,
} from './stack.js';

let elasticsearch: Elasticsearch;
let collector: Collector;

beforeAll(async () => {
  const chain = await startChain();
  ({ elasticsearch, collector } = chain);
  return chain.stop;
});

const MAX_BYTES = 32_768;

function nest(depth: number, leaf: Value): Value {
  return Array.from({ length: depth }).reduce<Value>((inner) => ({ k: inner }), leaf);
}

/** One of many kinds of extras that no two indices agree on. */
function makeHostileExtras(index: number): Record<string, Value> {
  const kinds: Record<string, Value>[] = [
    { field: index },
    { field: { deeper: { still: `v${index}` } } },
    { field: [index, 'text', { in: 'list' }, [null, true]] },
    { field: index % 2 === 0 },
    { field: null, [`key${index}`]: index },
    { 'field.deeper': 1, field: { deeper: 2 }, 'a.': 3, '.': 4, '': 5, '..': 6 },
    { value: 'x'.repeat(MAX_BYTES), wide: '€'.repeat(MAX_BYTES / 3) },
    { deep: nest(100, 'leaf') },
    { ['k'.repeat(MAX_BYTES)]: 'v' },
    { timestamp: 'never', '@timestamp': {}, level: [], _id: 1, _source: 2, service: 'text', 'service.name': {} },
    { nul: 'a\u0000b', 'k\u0000k': 'v', quote: '"\\\n\u2028' },
    { date: '2026-02-31', ip: '999.1.1.1', number: '1e999', big: 2n ** 63n - 1n, not: Number.NaN },
  ];
  return kinds[index % kinds.length] ?? {};
}

async function readMapping(): Promise<Record<string, unknown>> {
  const answer = await elasticsearch.request('GET', '/barbossa-logs-*/_mapping');
  return Object.values(answer.body as Record<string, { mappings: Record<string, unknown> }>)[0]?.mappings ?? {};
}

test(
  '2,000 records with hostile extras are all stored, and the mapping does not grow',
  { timeout: 180_000 },
  async () => {
    await send(collector.url, [makeRecord()]);
    await waitForDocuments(elasticsearch, { match_all: {} }, 1);
    const before = await readMapping();

    const requestId = randomUUID();
    const records = Array.from({ length: 2000 }, (_, index) =>
      makeRecord({ message: `m${index}`, attributes: { request_id: requestId, extras: makeHostileExtras(index) } }),
    );
    for (let from = 0; from < records.length; from += 100) await send(collector.url, records.slice(from, from + 100));
    await waitForDocuments(elasticsearch, withRequestId(requestId), 2000, 120_000);
    expect(await readMapping()).toStrictEqual(before);
  },
);

test(
  '5,000 keys in one record, and 5,000 over as many records, do not make the mapping grow',
  { timeout: 180_000 },
  async () => {
    const before = await readMapping();
    const requestId = randomUUID();
    const all = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`all${index}`, index]));
    await send(collector.url, [makeRecord({ attributes: { request_id: requestId, extras: all } })]);
    const each = Array.from({ length: 5000 }, (_, index) =>
      makeRecord({ attributes: { request_id: requestId, extras: { [`each${index}`]: { k: index } } } }),
    );
    for (let from = 0; from < each.length; from += 1000) await send(collector.url, each.slice(from, from + 1000));
    await waitForDocuments(elasticsearch, withRequestId(requestId), 5001, 120_000);
    expect(await readMapping()).toStrictEqual(before);
    expect(await count(elasticsearch, { term: { 'extras.each4999.k': '4999' } })).toBe(1);
  },
);

test('a short value stays searchable by key beside one that is too long to be', async () => {
  const requestId = randomUUID();
  const extras = { order: 'o-77', payload: '€'.repeat(MAX_BYTES) };
  await send(collector.url, [makeRecord({ attributes: { request_id: requestId, extras } })]);
  await waitForDocuments(
    elasticsearch,
    { bool: { filter: [withRequestId(requestId), { term: { 'extras.order': 'o-77' } }] } },
    1,
  );
});

/** Nested deeper than JSON.stringify could write. */
function makeDeepRecord(requestId: string, [open, close]: readonly [string, string], depth: number): string {
  const deep = open.repeat(depth) + '{"stringValue":"leaf"}' + close.repeat(depth);
  const record = makeRecord({ attributes: { request_id: requestId, extras: { deep: 'DEEP' } } });
  return makeRequest([record]).replace('{"stringValue":"DEEP"}', deep);
}

test.each([
  ['objects', 2000, ['{"kvlistValue":{"values":[{"key":"k","value":', '}]}}']],
  ['lists', 3000, ['{"arrayValue":{"values":[', ']}}']],
] as const)('%s nested %i deep are kept as text', async (_, depth, brackets) => {
  const requestId = randomUUID();
  expect(await post(collector.url, makeDeepRecord(requestId, brackets, depth))).toMatchObject({ status: 200 });
  const [document] = await waitForDocuments(elasticsearch, withRequestId(requestId), 1);
  const { text } = (document as Document)._source['extras'] as { text: string };
  expect(text).toContain('leaf');
});

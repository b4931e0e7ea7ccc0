// @needs collector, Elasticsearch
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import {
  makeRecord,
  makeRequest,
  post,
  send,
  toNanos,
  toPairs,
  type RecordOptions,
  type RequestOptions,
} from './otlp.js';
import {
  nameDay,
  readMetric,
  startChain,
  storeOne,
  waitForDocuments,
  withRequestId,
  type Chain,
  type Document,
} from './stack.js';

let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
  return chain.stop;
});

const store = (sent: RecordOptions, options?: RequestOptions): Promise<Document> => storeOne(chain, sent, options);

describe('the index', () => {
  test.each([
    [{ 'service.name': 'barbossa' }, 'barbossa-logs-'],
    [{ 'service.name': 'barbossa', 'barbossa.role': 'web' }, 'barbossa-logs-'],
    [{ 'service.name': 'barbossa', 'barbossa.role': 'worker' }, 'celery-logs-'],
    [{ 'service.name': 'barbossa', 'barbossa.role': '../_all' }, 'barbossa-logs-'],
  ])('of %j is %s and its own day in UTC', async (resource, prefix) => {
    const midnight = new Date().setUTCHours(0, 0, 0, 0);
    const before = await store({ timeMs: midnight - 1 }, { resource });
    const after = await store({ timeMs: midnight }, { resource });
    expect(before._index).toBe(`${prefix}${nameDay(midnight - 1)}`);
    expect(after._index).toBe(`${prefix}${nameDay(midnight)}`);
  });

  test.each([
    ['the year 1970', { timeUnixNano: '1', observedTimeUnixNano: '1' }, '1970-01-01T00:00:00.000Z'],
    ['ninety days ago', { timeUnixNano: toNanos(Date.now() - 90 * 86_400_000) }, undefined],
    ['the day after tomorrow', { timeUnixNano: toNanos(Date.now() + 2 * 86_400_000) }, undefined],
    ['the end of the 64 bits', { timeUnixNano: '18446744073709551615' }, undefined],
  ])('of a record from %s is today, and the claim is kept', async (_, fields, claim) => {
    const start = Date.now();
    const document = await store({ fields });
    expect([nameDay(start), nameDay(Date.now())].map((date) => `barbossa-logs-${date}`)).toContain(document._index);
    const { time } = document._source['extras'] as { time: string };
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    if (claim !== undefined) expect(time).toBe(claim);
  });
});

describe('the id', () => {
  test('is stored once, however often the record comes', async () => {
    const requestId = randomUUID();
    const records = Array.from({ length: 200 }, (_, index) =>
      makeRecord({ message: `m${index}`, attributes: { request_id: requestId } }),
    );
    for (let round = 0; round < 3; round += 1) await send(chain.collector.url, records);
    await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 200);
    // The repeats are refused one by one, and told in five lines, not four hundred.
    const refused = await waitUntil(
      async () => (await readMetric(chain.collector, 'otelcol_elasticsearch_docs_processed')) >= 600 || undefined,
      { what: 'refusals' },
    );
    expect(refused).toBe(true);
    expect(chain.collector.output.match(/version_conflict_engine_exception/g)?.length ?? 0).toBeLessThan(50);
    await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 200);
  });

  test('is made up where there is none, so that equal lines stay two', async () => {
    const requestId = randomUUID();
    const record = makeRecord({ uid: null, attributes: { request_id: requestId } });
    await send(chain.collector.url, [record, record]);
    await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 2);
  });

  test.each([
    ['empty', ''],
    ['longer than Elasticsearch takes', 'x'.repeat(600)],
    ['with quotes and newlines', 'a"b\n{"index":{}}\n'],
    ['of another alphabet', 'идентификатор'],
  ])('%s does no harm to the records beside it', async (_, uid) => {
    const requestId = randomUUID();
    const attributes = { request_id: requestId };
    await send(chain.collector.url, [
      makeRecord({ attributes }),
      makeRecord({ uid, attributes }),
      makeRecord({ attributes }),
    ]);
    await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 3);
  });
});

describe('a client', () => {
  const bad = {
    'elasticsearch.index': 'stolen',
    'elasticsearch.document_id': 'stolen',
    'elasticsearch.document_pipeline': 'stolen',
    'elasticsearch.mapping.hints': ['_doc_count'],
    'data_stream.type': 'logs',
    'data_stream.dataset': 'stolen',
    'data_stream.namespace': 'stolen',
    'elastic.mapping.mode': 'raw',
  };

  test('has no say in index, id and mapping, at any level', async () => {
    const requestId = randomUUID();
    const record = makeRecord({ uid: 'mine', message: 'm', attributes: { request_id: requestId, ...bad } });
    const body = makeRequest([record], {
      resource: { 'service.name': 'barbossa', ...bad },
      scope: { name: 'test', attributes: toPairs(bad) },
    });
    expect(
      await post(chain.collector.url, body, { 'x-elastic-mapping-mode': 'otel', 'X-Elastic-Mapping-Mode': 'ecs' }),
    ).toMatchObject({ status: 200 });
    const [document] = await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 1);
    expect(document).toMatchObject({
      _index: `barbossa-logs-${nameDay(Date.parse(String(document?._source['timestamp'])))}`,
      _id: 'mine',
    });
    expect(Object.keys(document?._source ?? {})).toStrictEqual([
      'timestamp',
      'level',
      'logger',
      'message',
      'request_id',
      'service.name',
    ]);
  });
});

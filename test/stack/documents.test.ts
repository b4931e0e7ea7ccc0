// @needs collector, Elasticsearch
import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeRecord, send, toAnyValue, toNanos, type RecordOptions, type RequestOptions } from './otlp.js';
import {
  nameDay,
  search,
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

describe('the document', () => {
  test('has exactly the fields of the log record contract', async () => {
    const timeMs = Date.now() - 1000;
    const attributes = {
      module: 'scan.js',
      function: 'scanFolder',
      line: 42,
      user_id: 'u-7',
      'exception.type': 'Error',
      'exception.message': 'no such folder',
      'exception.stacktrace': 'Error: no such folder\n    at scanFolder (scan.js:42:7)',
      extras: { folder: '/music', tries: 3, ratio: 0.5, deep: { list: [1, 'two', null] } },
    };
    const uid = randomUUID();
    const fields = {
      severityNumber: 17,
      severityText: 'ERROR',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
    };
    const document = await store(
      { message: 'scan failed', uid, timeMs, attributes, fields },
      { scope: { name: 'library.scan' } },
    );
    expect(document).toMatchObject({ _index: `barbossa-logs-${nameDay(timeMs)}`, _id: uid });
    expect(document._source).toStrictEqual({
      timestamp: new Date(timeMs).toISOString(),
      level: 'ERROR',
      logger: 'library.scan',
      message: 'scan failed',
      module: 'scan.js',
      function: 'scanFolder',
      line: 42,
      exception: 'Error: no such folder\n    at scanFolder (scan.js:42:7)',
      request_id: document._source['request_id'],
      user_id: 'u-7',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      'service.name': 'barbossa',
      extras: attributes.extras,
    });
  });

  test('leaves out what the record does not have', async () => {
    const document = await store({ message: 'short' });
    expect(Object.keys(document._source)).toStrictEqual([
      'timestamp',
      'level',
      'logger',
      'message',
      'request_id',
      'service.name',
    ]);
  });

  test('is found, sorted and counted by @timestamp, log.level and trace.id too', async () => {
    const requestId = randomUUID();
    const traceId = randomBytes(16).toString('hex');
    const timeMs = Date.now();
    const records = [2, 0, 1].map((offset) =>
      makeRecord({
        message: `m${offset}`,
        timeMs: timeMs + offset,
        attributes: { request_id: requestId },
        fields: { traceId },
      }),
    );
    await send(chain.collector.url, records);
    await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 3);
    const filter = [
      withRequestId(requestId),
      { range: { '@timestamp': { gte: timeMs } } },
      { term: { 'log.level': 'INFO' } },
      { term: { 'trace.id': traceId } },
    ];
    const hits = await search<Document & { fields: unknown }>(chain.elasticsearch, {
      query: { bool: { filter } },
      sort: [{ '@timestamp': 'desc' }],
      docvalue_fields: ['@timestamp', 'log.level'],
    });
    expect(hits.map((hit) => hit._source['message'])).toStrictEqual(['m2', 'm1', 'm0']);
    expect(hits[0]?.fields).toStrictEqual({
      '@timestamp': [new Date(timeMs + 2).toISOString()],
      'log.level': ['INFO'],
    });
    const perDay = await chain.elasticsearch.request('POST', '/barbossa-logs-*/_search?size=0', {
      body: {
        query: { bool: { filter } },
        aggs: { days: { date_histogram: { field: '@timestamp', calendar_interval: 'year' } } },
      },
    });
    expect(perDay.body).toMatchObject({ aggregations: { days: { buckets: [{ doc_count: 3 }] } } });
  });
});

describe('a record of another library', () => {
  test('has its other attributes in extras, beside its own map of that name', async () => {
    const document = await store({
      attributes: { extras: { a: 1, b: 'mine' }, b: 'other', 'http.route': '/x', tags: ['q'] },
    });
    expect(document._source['extras']).toStrictEqual({ a: 1, b: 'mine', 'http.route': '/x', tags: ['q'] });
  });

  test('may have an attribute extras that is no map, and a line that is no number', async () => {
    const document = await store({ attributes: { extras: 'text', line: 'the last' } });
    expect(document._source['extras']).toStrictEqual({ extras: 'text', line: 'the last' });
  });

  test('may name its place as OpenTelemetry does', async () => {
    const document = await store({
      attributes: { 'code.file.path': 'tasks.py', 'code.function.name': 'run', 'code.line.number': 7 },
    });
    expect(document._source).toMatchObject({ module: 'tasks.py', function: 'run', line: 7 });
    expect(document._source).not.toHaveProperty('extras');
  });

  test.each([
    [{ a: 1 }, '{"a":1}'],
    [['x', 2], '["x",2]'],
    [42, '42'],
    [true, 'true'],
    [undefined, ''],
  ])('with the body %j has the message %s', async (message, text) => {
    const body = message === undefined ? undefined : toAnyValue(message);
    const document = await store({ fields: { body } });
    expect(document._source['message']).toBe(text);
  });

  test('without any time has the time of its arrival', async () => {
    const start = Date.now();
    const document = await store({ fields: { timeUnixNano: '0', observedTimeUnixNano: '0' } });
    expect(Date.parse(String(document._source['timestamp']))).toBeGreaterThanOrEqual(start - 1000);
  });

  test('without a time has the time at which it was observed', async () => {
    const document = await store({ fields: { timeUnixNano: '0', observedTimeUnixNano: toNanos(Date.now() - 60_000) } });
    expect(Date.parse(String(document._source['timestamp']))).toBeLessThan(Date.now() - 50_000);
  });

  test('has the level of its number, else of its word', async () => {
    const requestId = randomUUID();
    const cases: [number, string, string][] = [
      [1, 'TRACE', 'DEBUG'],
      [5, 'debug', 'DEBUG'],
      [10, 'NOTICE', 'INFO'],
      [13, 'WARN', 'WARNING'],
      [21, 'CRITICAL', 'ERROR'],
      [9, 'ERROR', 'ERROR'],
      [0, 'warn', 'WARNING'],
      [0, 'Critical', 'ERROR'],
      [0, 'verbose', 'DEBUG'],
      [0, '', 'INFO'],
      [0, 'whatever', 'INFO'],
    ];
    const records = cases.map(([severityNumber, severityText, level]) =>
      makeRecord({ message: level, attributes: { request_id: requestId }, fields: { severityNumber, severityText } }),
    );
    await send(chain.collector.url, records);
    const documents = await waitForDocuments(chain.elasticsearch, withRequestId(requestId), cases.length);
    for (const { _source: source } of documents) expect(source['level']).toBe(source['message']);
  });

  test('has a logger and a service even if it names none', async () => {
    const document = await store({}, { resource: {}, scope: {} });
    expect(document._source).toMatchObject({ logger: 'unknown_service', 'service.name': 'unknown_service' });
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCollector } from '../../scripts/stack/collector.js';
import { makeRecord, post, makeRequest, send, toNanos, toPairs, type RequestOptions, type Value } from './otlp.js';
import {
  readMetric,
  startReadyElasticsearch,
  waitForDocuments,
  withRequestId,
  type Collector,
  type Document,
  type Elasticsearch,
} from './stack.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';

let elasticsearch: Elasticsearch;
let collector: Collector;

beforeAll(async () => {
  elasticsearch = await startReadyElasticsearch();
  collector = await startCollector({ elasticsearch: elasticsearch.writer });
}, 180_000);

afterAll(async () => {
  await collector?.stop();
  await elasticsearch?.stop();
});

interface Sent {
  readonly message?: Value;
  readonly uid?: string | null;
  readonly timeMs?: number;
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Sends one record and gives its document. */
async function store(sent: Sent, options: RequestOptions = {}): Promise<Document> {
  const requestId = randomUUID();
  const attributes = { ...sent.attributes, request_id: requestId };
  await send(collector.url, [makeRecord({ ...sent, attributes })], options);
  const [document] = await waitForDocuments(elasticsearch, withRequestId(requestId), 1);
  return document as Document;
}

function day(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '.');
}

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
    expect(document).toMatchObject({ _index: `barbossa-logs-${day(timeMs)}`, _id: uid });
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
    const timeMs = Date.now();
    const records = [2, 0, 1].map((offset) =>
      makeRecord({ message: `m${offset}`, timeMs: timeMs + offset, attributes: { request_id: requestId } }),
    );
    await send(collector.url, records);
    await waitForDocuments(elasticsearch, withRequestId(requestId), 3);
    const { body } = await elasticsearch.request('POST', '/barbossa-logs-*/_search', {
      body: {
        query: {
          bool: {
            filter: [
              withRequestId(requestId),
              { range: { '@timestamp': { gte: timeMs } } },
              { term: { 'log.level': 'INFO' } },
            ],
          },
        },
        sort: [{ '@timestamp': 'desc' }],
        docvalue_fields: ['@timestamp', 'log.level'],
        aggs: { days: { date_histogram: { field: '@timestamp', calendar_interval: 'year' } } },
      },
    });
    expect(body.hits.hits.map((hit: Document) => hit._source['message'])).toStrictEqual(['m2', 'm1', 'm0']);
    expect(body.hits.hits[0].fields).toStrictEqual({
      '@timestamp': [new Date(timeMs + 2).toISOString()],
      'log.level': ['INFO'],
    });
    expect(body.aggregations.days.buckets).toMatchObject([{ doc_count: 3 }]);
  });
});

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
    expect(before._index).toBe(`${prefix}${day(midnight - 1)}`);
    expect(after._index).toBe(`${prefix}${day(midnight)}`);
  });

  test.each([
    ['the year 1970', { timeUnixNano: '1', observedTimeUnixNano: '1' }, '1970-01-01T00:00:00.000Z'],
    ['ninety days ago', { timeUnixNano: toNanos(Date.now() - 90 * 86_400_000) }, undefined],
    ['the day after tomorrow', { timeUnixNano: toNanos(Date.now() + 2 * 86_400_000) }, undefined],
    ['the end of the 64 bits', { timeUnixNano: '18446744073709551615' }, undefined],
  ])('of a record from %s is today, and the claim is kept', async (_, fields, claim) => {
    const start = Date.now();
    const document = await store({ fields });
    expect([day(start), day(Date.now())].map((date) => `barbossa-logs-${date}`)).toContain(document._index);
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
    for (let round = 0; round < 3; round += 1) await send(collector.url, records);
    await waitForDocuments(elasticsearch, withRequestId(requestId), 200);
    // The repeats are refused one by one, and told in five lines, not four hundred.
    const refused = await waitUntil(
      async () => (await readMetric(collector, 'otelcol_elasticsearch_docs_processed')) >= 600 || undefined,
      { what: 'refusals' },
    );
    expect(refused).toBe(true);
    expect(collector.output.match(/version_conflict_engine_exception/g)?.length ?? 0).toBeLessThan(50);
    await waitForDocuments(elasticsearch, withRequestId(requestId), 200);
  });

  test('is made up where there is none, so that equal lines stay two', async () => {
    const requestId = randomUUID();
    const record = makeRecord({ uid: null, attributes: { request_id: requestId } });
    await send(collector.url, [record, record]);
    await waitForDocuments(elasticsearch, withRequestId(requestId), 2);
  });

  test.each([
    ['empty', ''],
    ['longer than Elasticsearch takes', 'x'.repeat(600)],
    ['with quotes and newlines', 'a"b\n{"index":{}}\n'],
    ['of another alphabet', 'идентификатор'],
  ])('%s does no harm to the records beside it', async (_, uid) => {
    const requestId = randomUUID();
    const attributes = { request_id: requestId };
    await send(collector.url, [
      makeRecord({ attributes }),
      makeRecord({ uid, attributes }),
      makeRecord({ attributes }),
    ]);
    await waitForDocuments(elasticsearch, withRequestId(requestId), 3);
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
      await post(collector.url, body, { 'x-elastic-mapping-mode': 'otel', 'X-Elastic-Mapping-Mode': 'ecs' }),
    ).toMatchObject({ status: 200 });
    const [document] = await waitForDocuments(elasticsearch, withRequestId(requestId), 1);
    expect(document).toMatchObject({ _index: `barbossa-logs-${day(Date.now())}`, _id: 'mine' });
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
    const fields =
      message === undefined
        ? { body: undefined }
        : { body: undefined, ...(makeRecord({ message }) as { body: object }) };
    const document = await store({ fields: { body: (fields as { body?: unknown }).body } });
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
    await send(collector.url, records);
    const documents = await waitForDocuments(elasticsearch, withRequestId(requestId), cases.length);
    for (const { _source: source } of documents) expect(source['level']).toBe(source['message']);
  });

  test('has a logger and a service even if it names none', async () => {
    const document = await store({}, { resource: {}, scope: {} });
    expect(document._source).toMatchObject({ logger: 'unknown_service', 'service.name': 'unknown_service' });
  });
});

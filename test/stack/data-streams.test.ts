// @needs collector, Elasticsearch
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { startCollector } from '../../scripts/stack/collector.js';
import { startElasticsearch } from '../../scripts/stack/elasticsearch.js';
import { runSetup } from '../../scripts/stack/setup-elasticsearch.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import { makeRecord, send } from './otlp.js';
import { count, readMetric, storeOne, waitForDocuments, withRequestId, type Chain } from './stack.js';

const STREAMS = { BARBOSSA_LOG_TARGET: 'datastream', BARBOSSA_LOG_NAMESPACE: 'attic' };
const WEB = 'logs-barbossa-attic';

let chain: Chain;
beforeAll(async () => {
  const elasticsearch = await startElasticsearch();
  const { code, output } = await runSetup(elasticsearch, undefined, STREAMS);
  if (code !== 0) throw new Error(output);
  const collector = await startCollector({ elasticsearch: elasticsearch.writer, env: STREAMS });
  const stop = async (): Promise<void> => {
    await collector.stop();
    await elasticsearch.stop();
  };
  chain = { elasticsearch, collector, stop };
  return stop;
});

/** Sends one record with an id of its own, as often as asked. Each request is acknowledged before the next. */
async function sendTwice(requestId: string, between: () => Promise<unknown>): Promise<void> {
  const record = makeRecord({ attributes: { request_id: requestId, 'log.record.uid': `uid-${requestId}` } });
  await send(chain.collector.url, [record]);
  await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 1);
  await between();
  await send(chain.collector.url, [record]);
}

/** How many documents Elasticsearch has answered for, taken or known already. */
const readProcessed = (): Promise<number> => readMetric(chain.collector, 'otelcol_elasticsearch_docs_processed');

test.each([
  [{ 'service.name': 'barbossa' }, WEB],
  [{ 'service.name': 'barbossa', 'barbossa.role': 'worker' }, 'logs-barbossa.worker-attic'],
  [{ 'service.name': 'barbossa', 'data_stream.namespace': 'other', 'elasticsearch.index': 'other' }, WEB],
])('a record of %j is in %s, with its time as @timestamp', async (resource, stream) => {
  const timeMs = Date.now() - 3_600_000;
  const document = await storeOne(chain, { timeMs }, { resource });
  expect(document._index).toMatch(new RegExp(`^\\.ds-${stream}-\\d{4}\\.\\d\\d\\.\\d\\d-\\d{6}$`));
  expect(document._source['@timestamp']).toBe(new Date(timeMs).toISOString());
  expect(document._source).not.toHaveProperty('timestamp');
});

test('what asks for timestamp finds it', async () => {
  const document = await storeOne(chain, { timeMs: Date.now() });
  const written = String(document._source['@timestamp']);
  const range = { range: { timestamp: { gte: written, lte: written } } };
  expect(await count(chain.elasticsearch, { bool: { filter: [range, { ids: { values: [document._id] } }] } })).toBe(1);
});

test('a record that is sent again is one document', async () => {
  const requestId = randomUUID();
  const before = await readProcessed();
  await sendTwice(requestId, async () => {});
  await waitUntil(async () => (await readProcessed()) >= before + 2, { what: 'both answers', timeoutMs: 60_000 });
  expect(await count(chain.elasticsearch, withRequestId(requestId))).toBe(1);
});

// What data streams cannot do: an id is known in one of the indices behind them only. The rollover by age bounds it to
// records that are sent again over that border.
test('a record that is sent again over a rollover is two documents of one id', async () => {
  const requestId = randomUUID();
  await sendTwice(requestId, async () => {
    const answer = await chain.elasticsearch.request('POST', `/${WEB}/_rollover`, { as: 'setup' });
    expect(answer.status).toBe(200);
  });
  const documents = await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 2);
  expect(new Set(documents.map(({ _id: id }) => id)).size).toBe(1);
  expect(new Set(documents.map(({ _index: index }) => index)).size).toBe(2);
});

test('the set-up finds its streams as they should be', async () => {
  const { code, output } = await runSetup(chain.elasticsearch, undefined, STREAMS);
  expect(output).toMatch(/\nsetup: existing indices: [1-9]\d*\nsetup: done\n$/);
  expect(code).toBe(0);
});

import { randomUUID } from 'node:crypto';
import { startCollector, type Collector, type CollectorOptions } from '../../scripts/stack/collector.js';
import type { Elasticsearch } from '../../scripts/stack/elasticsearch.js';
import { startReadyElasticsearch } from '../../scripts/stack/setup-elasticsearch.js';
import { HopelessError, waitUntil } from '../../scripts/stack/wait-until.js';
import { makeRecord, send, type RecordOptions, type RequestOptions } from './otlp.js';

export type { Collector, Elasticsearch };

/** A document as it is stored. */
export interface Document {
  readonly _index: string;
  readonly _id: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

/** Elasticsearch with its set-up done, and a collector that writes to it. */
export interface Chain {
  readonly elasticsearch: Elasticsearch;
  readonly collector: Collector;
  /** Ends both and removes what they had. */
  readonly stop: () => Promise<void>;
}

/** Starts both. `options` are the collector's. */
export async function startChain(options: Omit<CollectorOptions, 'elasticsearch'> = {}): Promise<Chain> {
  const elasticsearch = await startReadyElasticsearch();
  try {
    const collector = await startCollector({ elasticsearch: elasticsearch.writer, ...options });
    const stop = async (): Promise<void> => {
      await collector.stop();
      await elasticsearch.stop();
    };
    return { elasticsearch, collector, stop };
  } catch (error) {
    await elasticsearch.stop();
    throw error;
  }
}

const ALL_INDICES = 'barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*';

/** How many documents a query finds, in all log indices. */
export async function count(elasticsearch: Elasticsearch, query: object): Promise<number> {
  const answer = await elasticsearch.request('POST', `/${ALL_INDICES}/_count`, { body: { query } });
  return (answer.body as { count?: number }).count ?? 0;
}

/** What a search finds: a query alone, or with more. */
export async function search<T = Document>(elasticsearch: Elasticsearch, body: object): Promise<T[]> {
  const answer = await elasticsearch.request('POST', `/${ALL_INDICES}/_search?size=10000`, { body });
  return (answer.body as { hits?: { hits: T[] } }).hits?.hits ?? [];
}

/** Waits until a query finds `expected` documents, and gives them. Finding more fails at once. */
export async function waitForDocuments(
  elasticsearch: Elasticsearch,
  query: object,
  expected: number,
  timeoutMs = 60_000,
): Promise<Document[]> {
  let found = 0;
  await waitUntil(
    async () => {
      found = await count(elasticsearch, query);
      if (found > expected) throw new HopelessError(`${found} documents where ${expected} were sent`);
      return found === expected;
    },
    { what: `${expected} documents`, timeoutMs, everyMs: 200, detail: () => `Found ${found}.` },
  );
  return expected > 10_000 ? [] : search(elasticsearch, { query });
}

/** The end of the name of the index of a day: YYYY.MM.DD. */
export function nameDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '.');
}

/** The documents that carry this request id. */
export function withRequestId(requestId: string): object {
  return { term: { request_id: requestId } };
}

/** Sends one record with a request id of its own, and gives its document. */
export async function storeOne(chain: Chain, sent: RecordOptions, options: RequestOptions = {}): Promise<Document> {
  const requestId = randomUUID();
  const attributes = { ...sent.attributes, request_id: requestId };
  await send(chain.collector.url, [makeRecord({ ...sent, attributes })], options);
  const [document] = await waitForDocuments(chain.elasticsearch, withRequestId(requestId), 1);
  if (document === undefined) throw new Error('the document that was counted was not found');
  return document;
}

/** A value of the collector's own metrics; 0 where it has not appeared. */
export async function readMetric(collector: Collector, name: string): Promise<number> {
  const text = await (await fetch(collector.metricsUrl)).text();
  const values = text.split('\n').filter((line) => new RegExp(`^${name}(\\{| )`).test(line));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

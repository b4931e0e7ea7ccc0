import { execFile } from 'node:child_process';
import { startCollector } from '../../scripts/stack/collector.js';
import { startElasticsearch } from '../../scripts/stack/elasticsearch.js';
import { fromRoot } from '../../scripts/stack/paths.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';

export type Elasticsearch = Awaited<ReturnType<typeof startElasticsearch>>;
export type Collector = Awaited<ReturnType<typeof startCollector>>;

/** A document as it is stored. */
export interface Document {
  readonly _index: string;
  readonly _id: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

export interface SetupRun {
  readonly code: number;
  readonly output: string;
}

/** Starts Elasticsearch and runs deploy/elasticsearch/setup.js on it, as deploy/ does but for ILM, which it has not. */
export async function startReadyElasticsearch(): Promise<Elasticsearch> {
  const elasticsearch = await startElasticsearch();
  const { code, output } = await runSetup(elasticsearch, ['--without-ilm']);
  if (code === 0) return elasticsearch;
  await elasticsearch.stop();
  throw new Error(`setup.js failed:\n${output}`);
}

/** Runs deploy/elasticsearch/setup.js. */
export function runSetup(
  elasticsearch: Pick<Elasticsearch, 'url' | 'caFile' | 'prepared'>,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<SetupRun> {
  const settings = {
    PATH: process.env['PATH'] ?? '',
    BARBOSSA_ELASTICSEARCH_URL: elasticsearch.url,
    BARBOSSA_ELASTICSEARCH_CA_FILE: elasticsearch.caFile,
    BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE: `${elasticsearch.prepared}/secrets/setup.password`,
    ...env,
  };
  return new Promise((resolve) => {
    const script = fromRoot('deploy/elasticsearch/setup.js');
    execFile(process.execPath, [script, ...args], { env: settings, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

/** How many documents a query finds, in all log indices. */
export async function count(elasticsearch: Elasticsearch, query: object): Promise<number> {
  const { body } = await elasticsearch.request('POST', '/barbossa-logs-*,celery-logs-*/_count', { body: { query } });
  return Number(body.count ?? 0);
}

/** What a query finds, at most 10,000. */
export async function search(elasticsearch: Elasticsearch, query: object): Promise<Document[]> {
  const path = '/barbossa-logs-*,celery-logs-*/_search?size=10000';
  const { body } = await elasticsearch.request('POST', path, { body: { query } });
  return body.hits?.hits ?? [];
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
      if (found > expected)
        throw Object.assign(new Error(`${found} documents where ${expected} were sent`), { fatal: true });
      return found === expected;
    },
    { what: `${expected} documents`, timeoutMs, everyMs: 200, detail: () => `Found ${found}.` },
  );
  return expected > 10_000 ? [] : await search(elasticsearch, query);
}

/** The documents that carry this request id. */
export function withRequestId(requestId: string): object {
  return { term: { request_id: requestId } };
}

/** A value of the collector's own metrics; 0 where it has not appeared. */
export async function readMetric(collector: Collector, name: string): Promise<number> {
  const text = await (await fetch(collector.metricsUrl)).text();
  const values = text.split('\n').filter((line) => new RegExp(`^${name}(\\{| )`).test(line));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/**
 * `node bench/log-index.js [REQUESTS]`: what a log record takes on the disk of a real Elasticsearch, for the forms that an index
 * can have. The sample under `npm run traffic` writes the records (default: 20,000 requests), by collector and template as
 * shipped; then the same documents go into an index of each form, which is merged into one segment and weighed. Writes the
 * table to stdout. Needs a build and `npm run stack:install`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { startCollector } from '../scripts/stack/collector.js';
import { findFreePorts } from '../scripts/stack/free-ports.js';
import { fromRoot } from '../scripts/stack/paths.js';
import { startReadyElasticsearch } from '../scripts/stack/setup-elasticsearch.js';
import { waitUntil } from '../scripts/stack/wait-until.js';

const SOURCE = 'barbossa-logs-2*';
const PAGE = 5_000;
const SETTLE_MS = 120_000;

const requests = Number(process.argv[2] ?? 20_000);
const template = JSON.parse(readFileSync(fromRoot('deploy/elasticsearch/index-template.json'), 'utf8')).template;

const { mapping } = template.settings.index;
/** Elasticsearch's Enterprise licence makes documents of their fields; others keep them beside. */
const STORED = { ...mapping, source: { mode: 'stored' } };
const SYNTHETIC = { ...mapping, source: { mode: 'synthetic' } };

/** As index-template.json has them, but for `form`. */
const FORMS = [
  { title: 'daily index as shipped (best_compression)', settings: {} },
  { title: "daily index, Elasticsearch's default codec", settings: { codec: 'default' } },
  { title: 'logsdb, documents kept (free licence)', settings: { mode: 'logsdb', mapping: STORED }, stream: true },
  {
    title: 'logsdb, documents made of the fields (paid licence)',
    settings: { mode: 'logsdb', mapping: SYNTHETIC },
    stream: true,
  },
];

const elasticsearch = await startReadyElasticsearch({ heapMb: 1024, javaOptions: '' });
try {
  const count = await writeRecords();
  process.stdout.write(
    `${count} records of ${requests} requests\n\n| form | bytes a record | beside as shipped |\n|---|---:|---:|\n`,
  );
  let first;
  for (const [index, { title, settings, stream = false }] of FORMS.entries()) {
    const name = `barbossa-logs-form-${index}`;
    const bytes = await weigh(name, settings, stream);
    if (bytes === undefined) {
      process.stdout.write(`| ${title} | this server does not have it | |\n`);
      continue;
    }
    first ??= bytes;
    process.stdout.write(`| ${title} | ${(bytes / count).toFixed(0)} | ${(bytes / first).toFixed(2)} |\n`);
  }
} finally {
  await elasticsearch.stop();
}

/** @returns {Promise<number>} How many records are stored. */
async function writeRecords() {
  const collector = await startCollector({ elasticsearch: elasticsearch.writer });
  const [port] = await findFreePorts(1);
  const env = {
    ...process.env,
    PORT: String(port),
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  const sample = spawn(process.execPath, ['--import', './dist/register.js', 'server.js'], {
    cwd: fromRoot('.'),
    env: { ...env, NODE_ENV: 'production' },
    stdio: 'ignore',
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await waitUntil(
      () =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      { what: 'the sample', timeoutMs: SETTLE_MS },
    );
    const traffic = spawn(
      process.execPath,
      ['scripts/traffic.js', '--url', url, '--requests', String(requests), '--rate', '500'],
      { cwd: fromRoot('.'), stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(traffic, 'exit');
    sample.kill('SIGTERM');
    if (sample.exitCode === null) await once(sample, 'exit');
    let before = -1;
    await waitUntil(
      async () => {
        const now = await countRecords();
        const settled = now === before && now > 0;
        before = now;
        return settled;
      },
      { what: 'all records', timeoutMs: SETTLE_MS, everyMs: 2_000 },
    );
    return before;
  } finally {
    sample.kill('SIGKILL');
    await collector.stop();
  }
}

/** @returns {Promise<number>} */
async function countRecords() {
  const { body } = await elasticsearch.request('GET', `/${SOURCE}/_count`);
  return body.count;
}

/** @returns {Promise<number | undefined>} Bytes of an index of this form with all records; `undefined`: it is refused. */
async function weigh(name, settings, stream) {
  const { lifecycle: _, ...shipped } = template.settings.index;
  const properties = { ...template.mappings.properties };
  if (stream) {
    properties['@timestamp'] = { type: 'date' };
    properties.timestamp = { type: 'alias', path: '@timestamp' };
  }
  const index = { ...shipped, ...settings };
  const made = await elasticsearch.request('PUT', `/_index_template/${name}`, {
    as: 'setup',
    body: {
      index_patterns: [name],
      priority: 900,
      template: { settings: { index }, mappings: { ...template.mappings, properties } },
    },
  });
  if (made.status !== 200) {
    process.stderr.write(`${name}: ${JSON.stringify(made.body)}\n`);
    return undefined;
  }
  await copyRecords(name, stream);
  const asSetup = (method, path) => elasticsearch.request(method, path, { as: 'setup' });
  await asSetup('POST', `/${name}/_forcemerge?max_num_segments=1`);
  await asSetup('POST', `/${name}/_flush?force=true`);
  const { body } = await asSetup('GET', `/${name}/_stats/store,docs`);
  const { docs, store } = body.indices[name].primaries;
  if (docs.count !== (await countRecords())) throw new Error(`${name} has ${docs.count} records`);
  return store.size_in_bytes;
}

/** Copies all records in the order in which they were stored. */
async function copyRecords(name, stream) {
  let after;
  for (;;) {
    const { body } = await elasticsearch.request('POST', `/${SOURCE}/_search`, {
      body: {
        size: PAGE,
        sort: [{ timestamp: 'asc' }, { _doc: 'asc' }],
        ...(after === undefined ? {} : { search_after: after }),
      },
    });
    const { hits } = body.hits;
    if (hits.length === 0) return;
    const lines = hits.flatMap(({ _id, _source: { timestamp, ...rest } }) => [
      JSON.stringify({ create: { _index: name, _id } }),
      JSON.stringify(stream ? { '@timestamp': timestamp, ...rest } : { timestamp, ...rest }),
    ]);
    const answer = await elasticsearch.request('POST', '/_bulk?refresh=true', {
      as: 'writer',
      body: `${lines.join('\n')}\n`,
    });
    if (answer.status !== 200 || answer.body.errors) throw new Error(JSON.stringify(answer.body).slice(0, 500));
    after = hits.at(-1).sort;
  }
}

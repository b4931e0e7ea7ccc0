#!/usr/bin/env node
// node scripts/record-series.js: runs what deploy/prometheus/ scrapes, and writes down which series there are and which
// labels they have: deploy/prometheus/known-series.json, which the checks of rules, alerts and runbooks read. To be run
// again when a version changes, or when a rule is to be made of something new. Takes the ports that deploy/ names.
import './project/node-guard.js';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './project/build.js';
import { ROOT } from './project/root.js';
import { say } from './project/say.js';
import { startAlertmanager } from './stack/alertmanager.js';
import { startCollector } from './stack/collector.js';
import { startNodeExporter, startPostgresExporter, startRedisExporter } from './stack/exporters.js';
import { findFreePorts } from './stack/free-ports.js';
import { fromRoot } from './stack/paths.js';
import { startPostgres } from './stack/postgres.js';
import { startPrometheus } from './stack/prometheus.js';
import { startRedis } from './stack/redis.js';
import { killServers, removeFolder } from './stack/server-process.js';
import { startReadyElasticsearch } from './stack/setup-elasticsearch.js';
import { waitUntil } from './stack/wait-until.js';

const FILE = 'deploy/prometheus/known-series.json';
const HERE = '127.0.0.1';
const HOSTS = [
  'web',
  'collector',
  'prometheus',
  'alertmanager',
  'node-exporter',
  'redis-exporter',
  'postgres-exporter',
];
const SCRAPES_MS = 90_000;
/** Of a target, not of a series; and the application's own families, which are in the catalogue. */
const TARGET_LABELS = new Set(['__name__', 'job', 'instance', 'host']);
const OWN = /^barbossa_/;

await ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), 'barbossa-record-'));
// The user that servers run as has to get in.
chmodSync(folder, 0o711);
process.env['TMPDIR'] = folder;
const redis = await startRedis();
const postgres = await startPostgres();
await postgres.query("CREATE ROLE monitor LOGIN PASSWORD 'spyglass' IN ROLE pg_monitor");
await startNodeExporter({ port: 9100 });
await startRedisExporter({ port: 9121, url: redis.url });
await startPostgresExporter({ port: 9187, url: `postgresql://monitor:spyglass@${HERE}:${postgres.port}/postgres` });
const elasticsearch = await startReadyElasticsearch();
const [otlp = 0, health = 0] = await findFreePorts(2);
const collector = await startCollector({ elasticsearch: elasticsearch.writer, ports: { otlp, health, metrics: 8888 } });
const [port = 0] = await findFreePorts(1);
const web = spawn(process.execPath, ['--import', './dist/register.js', 'server.js'], {
  cwd: ROOT,
  stdio: 'ignore',
  env: {
    ...process.env,
    PORT: String(port),
    OTEL_EXPORTER_PROMETHEUS_PORT: '9464',
    BARBOSSA_ADMIN_HOSTS: HOSTS.join(','),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  },
});
await startAlertmanager({ port: 9093 });
const prometheus = await startPrometheus({
  port: 9090,
  hosts: Object.fromEntries(HOSTS.map((name) => [name, HERE])),
  env: { BARBOSSA_GRAFANA_URL: 'http://grafana', BARBOSSA_RUNBOOKS_URL: 'http://runbooks' },
});
await waitUntil(async () => (await fetch(`http://${HERE}:${port}/api/tracks`)).ok, { what: 'sample application' });
// What was stored once is refused the second time.
for (let round = 0; round < 2; round += 1) await sendRecord(collector.url);
await waitUntil(async () => (await prometheus.query('up == 1')).length === HOSTS.length, {
  what: 'all targets up',
  timeoutMs: SCRAPES_MS,
});
await waitUntil(
  async () =>
    (await prometheus.query('otelcol_elasticsearch_docs_processed{http_response_status_code="409"}')).length > 0,
  { what: 'a repeat is refused', timeoutMs: SCRAPES_MS },
);

/** @type {Record<string, string>[]} */
const all = await prometheus.ask('series', { 'match[]': '{job=~".+"}' });
/** @type {Map<string, Map<string, Set<string>>>} */
const jobs = new Map();
for (const { __name__: name = '', job = '', ...labels } of all) {
  if (OWN.test(name) || name.includes(':')) continue;
  const families = jobs.get(job) ?? new Map();
  jobs.set(job, families);
  const known = families.get(name) ?? new Set();
  families.set(name, known);
  for (const label of Object.keys(labels)) if (!TARGET_LABELS.has(label)) known.add(label);
}
writeFileSync(
  fromRoot(FILE),
  `${JSON.stringify(
    sort(jobs, (families) => sort(families, list)),
    null,
    2,
  )}\n`,
);
execFileSync(process.execPath, [fromRoot('node_modules/oxfmt/bin/oxfmt'), fromRoot(FILE)]);
say(`${FILE}: ${all.length} series of ${jobs.size} jobs.`);
web.kill();
await killServers();
removeFolder(folder);
process.exit();

/**
 * @template T, U
 * @param {Map<string, T>} map @param {(value: T) => U} convert @returns {Record<string, U>}
 */
function sort(map, convert) {
  const entries = Array.from(map, ([key, value]) => /** @type {const} */ ([key, convert(value)]));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param {Set<string>} set */
function list(set) {
  return Array.from(set).sort();
}

/** @param {string} url */
async function sendRecord(url) {
  const attributes = [{ key: 'log.record.uid', value: { stringValue: 'recorded-once' } }];
  const record = { timeUnixNano: `${Date.now()}000000`, severityText: 'INFO', body: { stringValue: 'x' }, attributes };
  const body = { resourceLogs: [{ scopeLogs: [{ scope: { name: 'record' }, logRecords: [record] }] }] };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/logs`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the collector answers ${answer.status}`);
}

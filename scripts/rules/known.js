import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { fromRoot } from '../stack/paths.js';
import { readRules } from './rule-files.js';

/**
 * What an expression may name.
 * @typedef {object} Known
 * @property {ReadonlyMap<string, ReadonlySet<string>>} series The labels of each series, by its name.
 * @property {ReadonlyMap<string, ReadonlySet<string> | RegExp>} values What a label may be, where that is known beforehand.
 */

/** A row of the catalogue. @typedef {{ name: string, kind: string, labels: readonly string[], buckets?: readonly number[] }} Row */

/** What the application says of itself: from its compiled code. */
/** @typedef {{ catalogue: readonly Row[], checks: readonly string[], dropReasons: readonly string[] }} Application */

/** The sample's queues, and what the exporter of the collector answers with. */
const QUEUES = ['downloads', 'imports'];
const OUTCOMES = ['success', 'failed_client', 'failed_server', 'timeout', 'too_many', 'internal_server_error'];
const TASK_STATES = ['success', 'failure', 'retry'];
const OVERFLOW = 'otel_metric_overflow';

/** What the catalogue, the recorded scrape, the rules and the jobs have. @param {Application} application @returns {Known} */
export function findKnown(application) {
  const jobs = readJobs();
  const target = ['job', 'instance', 'host'];
  const rules = readRules();
  /** @type {Map<string, Set<string>>} */
  const series = new Map();
  for (const row of application.catalogue) addFamily(series, row, [...target, OVERFLOW]);
  for (const [name, labels] of readRecorded()) add(series, name, [...labels, ...target]);
  for (const { record } of rules) if (record !== undefined) add(series, record, readLevel(record));
  add(series, 'ALERTS', ['alertname', 'alertstate', 'severity', ...target]);
  // A selector without a name.
  add(series, '', ['job', 'instance', OVERFLOW]);
  return { series, values: findValues(application, jobs, rules) };
}

/** Labels of a recording rule, which its name begins with: `job_endpoint:...`. @param {string} record */
export function readLevel(record) {
  const labels = (record.split(':', 1)[0] ?? '').split('_');
  return labels.includes('instance') ? ['job', ...labels] : labels;
}

/** @param {Application} application @param {{ jobs: Set<string>, hosts: Set<string> }} targets @param {import('./rule-files.js').Rule[]} rules */
function findValues({ catalogue, checks, dropReasons }, { jobs, hosts }, rules) {
  const bounds = catalogue.flatMap(({ buckets = [] }) => buckets);
  return new Map(
    /** @type {[string, Set<string> | RegExp][]} */ ([
      ['job', jobs],
      ['host', hosts],
      ['le', new Set([...bounds.map(writeBound), '+Inf'])],
      ['check', new Set(checks)],
      ['reason', new Set(dropReasons)],
      ['state', new Set(TASK_STATES)],
      ['queue', new Set(QUEUES)],
      ['outcome', new Set(OUTCOMES)],
      ['nodejs_eventloop_state', new Set(['active', 'idle'])],
      ['exporter', new Set(['elasticsearch'])],
      ['integration', new Set(['email', 'slack', 'webhook'])],
      ['alertstate', new Set(['firing', 'pending'])],
      ['alertname', new Set(rules.flatMap(({ alert = [] }) => alert))],
      ['severity', new Set(['critical', 'warning', 'info'])],
      [OVERFLOW, new Set(['true'])],
      ['status', /^[1-5]\d\d$/],
      ['http_response_status_code', /^[1-5]\d\d$/],
    ]),
  );
}

/** Prometheus 3 writes the bound of a bucket as a decimal number: 1 as 1.0. @param {number} bound */
function writeBound(bound) {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

/** @param {Map<string, Set<string>>} series @param {string} name @param {readonly string[]} labels */
function add(series, name, labels) {
  const known = series.get(name) ?? new Set();
  for (const label of labels) known.add(label);
  series.set(name, known);
}

/** @param {Map<string, Set<string>>} series @param {Row} row @param {readonly string[]} more */
function addFamily(series, { name, kind, labels }, more) {
  if (kind !== 'histogram') return add(series, name, [...labels, ...more]);
  for (const part of ['_sum', '_count', '_bucket']) add(series, name + part, [...labels, ...more]);
  return add(series, `${name}_bucket`, ['le']);
}

/** @returns {[name: string, labels: string[]][]} */
function readRecorded() {
  /** @type {Record<string, Record<string, string[]>>} */
  const jobs = JSON.parse(readFileSync(fromRoot('deploy/prometheus/known-series.json'), 'utf8'));
  return Object.values(jobs).flatMap((families) => Object.entries(families));
}

/** Jobs and hosts that are scraped. */
function readJobs() {
  /** @typedef {{ job_name: string, static_configs: { labels?: { host?: string } }[] }} Job */
  const configs = ['prometheus.yml', 'scrape/logs.yml'].flatMap((file) => {
    /** @type {{ scrape_configs: Job[] }} */
    const { scrape_configs: found } = parse(readFileSync(fromRoot(`deploy/prometheus/${file}`), 'utf8'));
    return found;
  });
  return {
    jobs: new Set(configs.map(({ job_name: name }) => name)),
    hosts: new Set(
      configs.flatMap(({ static_configs: targets }) => targets.flatMap(({ labels }) => labels?.host ?? [])),
    ),
  };
}

import { readFileSync } from 'node:fs';

/** @typedef {import('./settings.js').Settings} Settings */

/**
 * Where records go, and what Elasticsearch has to have for it.
 * @typedef {object} Target
 * @property {string} name Of policy and template.
 * @property {string} patterns Of its indices or data streams, with commas between them.
 * @property {readonly string[]} examples Names that the collector writes to.
 * @property {any} policy The body of its ILM policy.
 * @property {any} template The body of its index template.
 */

/**
 * What belongs to the way that was chosen. Both ways have the same settings and fields: those of index-template.json.
 * @param {Settings} settings @returns {Target}
 */
export function findTarget(settings) {
  const policy = readJson('ilm-policy.json');
  const template = readJson('index-template.json');
  const { phases } = policy.policy;
  phases.delete.min_age = `${settings.retentionDays}d`;
  // Elasticsearch moves an index to the nodes of its phase by itself.
  if (settings.warmDays !== undefined) phases.warm = makePhase(settings.warmDays, 50);
  if (settings.coldDays !== undefined) phases.cold = makePhase(settings.coldDays, 0);
  template.template.settings.index.number_of_replicas = String(settings.replicas);
  const target = settings.target === 'daily' ? makeDaily(policy, template) : makeStreams(settings, policy, template);
  if (settings.withoutIlm) delete target.template.template.settings.index.lifecycle;
  return target;
}

/** @param {number} days @param {number} priority Of those that come back first after a restart, the highest. */
function makePhase(days, priority) {
  return { min_age: `${days}d`, actions: { set_priority: { priority } } };
}

/** An index a day. @param {any} policy @param {any} template @returns {Target} */
function makeDaily(policy, template) {
  return {
    name: 'barbossa-logs',
    patterns: template.index_patterns.join(),
    examples: ['barbossa-logs-2000.01.01', 'celery-logs-2000.01.01'],
    policy,
    template,
  };
}

/**
 * Data streams. Elasticsearch begins an index behind them each day, as the daily ones begin: an id is known within one
 * index only, so a record that is sent again over that border can become a second document.
 * @param {Settings} settings @param {any} policy @param {any} template @returns {Target}
 */
function makeStreams({ namespace }, policy, template) {
  const name = 'barbossa-log-streams';
  policy.policy.phases.hot.actions.rollover = { max_age: '1d', max_primary_shard_size: '50gb' };
  policy.policy._meta.description =
    "Barbossa's log streams: an index behind them for a day, kept for a while, deleted.";
  const { properties } = template.template.mappings;
  // Written out, as the server would add it.
  properties['@timestamp'] = { ...properties.timestamp, ignore_malformed: false };
  properties.timestamp = { type: 'alias', path: '@timestamp' };
  template.template.settings.index.lifecycle.name = name;
  template.index_patterns = ['logs-barbossa-*', 'logs-barbossa.worker-*'];
  template.data_stream = {};
  template._meta.description = template._meta.description.replace('one index a day', 'as data streams');
  return {
    name,
    patterns: template.index_patterns.join(),
    examples: [`logs-barbossa-${namespace}`, `logs-barbossa.worker-${namespace}`],
    policy,
    template,
  };
}

/** @param {string} name @returns {any} */
function readJson(name) {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
}

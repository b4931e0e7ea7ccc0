import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { fromRoot } from '../stack/paths.js';
import { checkExpression } from './check-expression.js';
import { readLevel } from './known.js';
import { listRuleFiles, nameTest, readRules } from './rule-files.js';

/** @typedef {import('./known.js').Known} Known */
/** @typedef {import('./rule-files.js').Rule} Rule */

const SEVERITIES = new Set(['critical', 'warning', 'info']);
const LINKS = {
  runbook_url: '{{ $externalLabels.runbooks_url }}/',
  dashboard_url: '{{ $externalLabels.grafana_url }}/d/',
};
const RECORD = /^[a-z]+(?:_[a-z]+)*:[a-z0-9_]+:[a-z0-9_]+$/;

/** What is wrong with the rules, alerts and runbooks of deploy/, each in one line. @param {Known} known @returns {string[]} */
export function checkAll(known) {
  const rules = readRules();
  return [
    ...rules.flatMap((rule) =>
      checkRule(rule, known).map((problem) => `${rule.file}: ${rule.alert ?? rule.record}: ${problem}`),
    ),
    ...checkRunbooks(rules, known),
    ...checkList(),
  ];
}

/** @param {Rule} rule @param {Known} known */
export function checkRule(rule, known) {
  return [
    ...checkExpression(rule.expr, known),
    ...(rule.record === undefined ? checkAlert(rule, known) : checkRecord(rule)),
  ];
}

/** @param {Rule} rule */
function checkRecord({ record = '', expr }) {
  if (!RECORD.test(record)) return ['its name is not level:metric:operation'];
  // What a rule makes of another recording has the labels of that.
  const by = /by \(([^)]*)\)/.exec(expr)?.[1] ?? '';
  const labels = by.split(', ').filter((label) => label !== 'le' && label !== '');
  const level = readLevel(record);
  return by === '' || labels.sort().join() === level.sort().join() ? [] : [`its level is not ${labels.join(', ')}`];
}

/** @param {Rule} rule @param {Known} known */
function checkAlert({ file, alert = '', labels = {}, annotations = {} }, known) {
  const { summary = '', description = '', dashboard_url: dashboard } = annotations;
  const texts = Object.values(annotations).join('\n');
  const queries = Array.from(texts.matchAll(/printf "([^"{]+)/g), ([, query = '']) => query);
  return [
    ...(SEVERITIES.has(labels['severity'] ?? '') ? [] : ['no severity']),
    ...(summary !== '' && description.length > summary.length ? [] : ['no summary, or no description']),
    ...(annotations['runbook_url'] === `${LINKS.runbook_url}${alert}.md` ? [] : ['not the address of its runbook']),
    ...(existsSync(fromRoot(`deploy/runbooks/${alert}.md`)) ? [] : ['no runbook']),
    ...(dashboard === undefined || listDashboards().includes(dashboard) ? [] : [`no dashboard ${dashboard}`]),
    ...queries.filter((name) => /^[a-z_:]+$/.test(name) && !known.series.has(name)).map((name) => `no metric ${name}`),
    ...(isTested(file, alert) ? [] : ['no test in which it is silent, and one in which it fires']),
  ];
}

function listDashboards() {
  return readdirSync(fromRoot('deploy/grafana/dashboards'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(fromRoot(`deploy/grafana/dashboards/${name}`), 'utf8')).uid)
    .map((uid) => `${LINKS.dashboard_url}${uid}`);
}

/** @param {string} file @param {string} alert */
function isTested(file, alert) {
  const test = fromRoot(`deploy/prometheus/${nameTest(file)}`);
  if (!existsSync(test)) return false;
  /** @type {{ tests: { alert_rule_test?: { alertname: string, exp_alerts: unknown[] }[] }[] }} */
  const { tests } = parse(readFileSync(test, 'utf8'));
  const cases = tests
    .flatMap(({ alert_rule_test: found = [] }) => found)
    .filter(({ alertname }) => alertname === alert);
  const fires = cases.some(({ exp_alerts: expected }) => expected.length > 0);
  return fires && (alert === 'Watchdog' || cases.some(({ exp_alerts: expected }) => expected.length === 0));
}

/** @param {readonly Rule[]} rules @param {Known} known */
function checkRunbooks(rules, known) {
  const alerts = new Set(rules.map(({ alert }) => `${alert}.md`));
  return readdirSync(fromRoot('deploy/runbooks')).flatMap((file) => {
    const text = readFileSync(fromRoot(`deploy/runbooks/${file}`), 'utf8');
    const problems = Array.from(text.matchAll(/^```promql\n([^`]+)```$/gm), ([, query = '']) => query).flatMap(
      (query) => checkExpression(query, known),
    );
    if (!text.includes('```promql')) problems.push('no query');
    if (!alerts.has(file)) problems.push('no such alert');
    for (const part of ['## What it means', '## What to look at', '## What to do']) {
      if (!text.includes(part)) problems.push(`no part "${part}"`);
    }
    return problems.map((problem) => `runbooks/${file}: ${problem}`);
  });
}

/** Whether Prometheus loads each file. */
function checkList() {
  /** @type {{ rule_files: string[] }} */
  const { rule_files: listed } = parse(readFileSync(fromRoot('deploy/prometheus/prometheus.yml'), 'utf8'));
  const files = listRuleFiles();
  return [
    ...files.filter((file) => !listed.includes(file)).map((file) => `prometheus.yml does not list ${file}`),
    ...listed.filter((file) => !files.includes(file)).map((file) => `prometheus.yml lists ${file}, which is not there`),
  ];
}

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkAll, checkRule } from '../../../scripts/rules/check-all.js';
import { checkExpression } from '../../../scripts/rules/check-expression.js';
import { findKnown } from '../../../scripts/rules/known.js';
import { readRules } from '../../../scripts/rules/rule-files.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { OBJECTIVES } from '../../../deploy/grafana/builder/objectives.js';
import { HEALTH_CHECKS } from '../../../src/config/settings/health.js';
import { CATALOGUE, DROP_REASONS } from '../../../src/metrics/catalogue.js';

const known = findKnown({ catalogue: Object.values(CATALOGUE), checks: HEALTH_CHECKS, dropReasons: DROP_REASONS });
const rules = readRules();

test('rules, alerts and runbooks name only what there is, and belong together', () => {
  expect(checkAll(known)).toStrictEqual([]);
});

test.each([
  ['barbossa_request_total', ['no metric barbossa_request_total']],
  ['rate(barbossa_requests_total{code="200"}[5m])', ['barbossa_requests_total has no label code']],
  ['sum by (endpoints) (barbossa_requests_total)', ['no label endpoints']],
  ['barbossa_request_latency_seconds_bucket{le="1"}', ['le is never 1']],
  ['barbossa_request_latency_seconds_bucket{le="3.0"}', ['le is never 3.0']],
  ['up{job="worker"}', ['job is never worker']],
  ['up{job=~"barbossa|web"}', ['job is never web']],
  ['barbossa_tasks_total{state="failed"}', ['state is never failed']],
  ['barbossa_health_check_status{check=~"database|cache"}', ['check is never cache']],
  ['barbossa_requests_total{status=~"5.."} > barbossa_requests_total{status="5xx"}', ['status is never 5xx']],
  ['otelcol.elasticsearch.docs.processed', ['no metric otelcol', 'no metric elasticsearch']],
  ['count by (family) ({otel_metric_overflow="yes"})', ['no label family', 'otel_metric_overflow is never yes']],
])('the check sees what is wrong with %s', (expr, problems) => {
  expect(checkExpression(expr, known)).toEqual(expect.arrayContaining(problems));
});

describe('the check of an alert', () => {
  const alert = rules.find((rule) => rule.alert === 'HighErrorRate');
  if (alert === undefined) throw new Error('there is no alert HighErrorRate');
  const annotations = alert.annotations ?? {};

  test.each([
    ['another name', { ...alert, alert: 'HighErrors' }, 'no runbook'],
    ['no severity', { ...alert, labels: {} }, 'no severity'],
    ['another dashboard', { ...alert, annotations: { ...annotations, dashboard_url: 'x' } }, 'no dashboard x'],
    ['no test', { ...alert, file: 'alerts/none.yml' }, 'no test in which it is silent, and one in which it fires'],
  ])('sees %s', (_, changed, problem) => {
    expect(checkRule(changed, known)).toContain(problem);
  });
});

test.each([
  ['errors:ratio', 'vector(1)', 'its name is not level:metric:operation'],
  ['job:x:rate5m', 'sum by (job, endpoint) (rate(barbossa_requests_total[5m]))', 'its level is not job, endpoint'],
])('a recording rule %s is named for what it keeps', (record, expr, problem) => {
  expect(checkRule({ file: 'rules/requests.yml', record, expr }, known)).toContain(
    problem.replace('job, endpoint', 'endpoint, job'),
  );
});

test('alerts burn against the objectives that the dashboards show', () => {
  for (const rule of rules.filter(({ file }) => file === 'alerts/objectives.yml')) {
    const objective = rule.alert === 'AvailabilityBudgetBurn' ? OBJECTIVES.availability : OBJECTIVES.fast;
    const budgets = Array.from(rule.expr.matchAll(/\* (0\.\d+)/g), ([, budget]) => Number(budget));
    expect(budgets).toHaveLength(2);
    for (const budget of budgets) expect(budget).toBeCloseTo(1 - objective, 9);
  }
  const slow = rules.filter(({ record }) => record?.includes('_slow:') === true);
  expect(slow).toHaveLength(7);
  for (const { expr } of slow) expect(expr).toContain(`le="${OBJECTIVES.latencySeconds.toFixed(1)}"`);
  expect(readFileSync(fromRoot('deploy/prometheus/prometheus.yml'), 'utf8')).toContain(`time: ${OBJECTIVES.window}`);
});

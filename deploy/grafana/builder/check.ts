import * as units from '@grafana/grafana-foundation-sdk/units';
import { checkLayout } from './check-layout.js';
import { checkLucene, checkPromql, type Known } from './check-queries.js';
import type { DashboardJson, PanelJson, TargetJson, VariableJson } from './model.js';
import { ELASTICSEARCH, PROMETHEUS } from './sources.js';

const UNITS = new Set(Object.values<unknown>(units));
const SOURCES = new Map<string, string>([PROMETHEUS, ELASTICSEARCH].map(({ uid, type }) => [uid, type]));
const GRAFANA_VARIABLE = /^__/;

/** What is wrong with dashboards, one text for each fault; none where all is well. */
export function checkDashboards(dashboards: readonly DashboardJson[], known: Known): string[] {
  const uids = dashboards.map(({ uid }) => uid);
  const twice = uids.filter((uid, index) => uids.indexOf(uid) !== index).map((uid) => `two dashboards ${uid}`);
  return [...twice, ...dashboards.flatMap((dashboard) => checkDashboard(dashboard, new Set(uids), known))];
}

function checkDashboard(dashboard: DashboardJson, uids: ReadonlySet<string>, known: Known): string[] {
  const { panels, templating, annotations } = dashboard;
  const variables = new Set((templating.list ?? []).map(({ name }) => name));
  const problems = [
    ...checkLayout(panels),
    ...panels.filter(({ type }) => type !== 'row').flatMap((panel) => checkPanel(panel, { variables, uids, known })),
    ...(annotations.list ?? []).flatMap(({ name, titleFormat = '', target }) =>
      target === undefined
        ? [`annotation ${name}: no query`]
        : checkPromql(target.expr ?? '', titleFormat, known).map((text) => `annotation ${name}: ${text}`),
    ),
    ...(templating.list ?? []).flatMap((variable) =>
      checkVariable(variable, variables, known).map((text) => `$${variable.name}: ${text}`),
    ),
    ...Object.entries(countUses(dashboard)).flatMap(([name, isUsed]) => (isUsed ? [] : [`$${name}: not used`])),
  ];
  return problems.map((text) => `${dashboard.title}: ${text}`);
}

interface Context {
  readonly variables: ReadonlySet<string>;
  readonly uids: ReadonlySet<string>;
  readonly known: Known;
}

function checkPanel(panel: PanelJson, context: Context): string[] {
  const { targets = [], fieldConfig } = panel;
  const refIds = targets.map(({ refId }) => refId);
  const { unit, noValue, thresholds, links = [] } = fieldConfig?.defaults ?? {};
  const overridden = (fieldConfig?.overrides ?? [])
    .flatMap(({ properties }) => properties)
    .filter(({ id }) => id === 'unit')
    .map(({ value }) => String(value));
  return [
    (panel.title ?? '') === '' && 'no title',
    (panel.description ?? '') === '' && 'no description',
    (noValue ?? '') === '' && 'says nothing when it is empty',
    panel.type !== 'logs' && unit === undefined && 'no unit',
    ...[unit ?? 'none', ...overridden].map((id) => !UNITS.has(id) && `unit "${id}" is not one of Grafana's`),
    panel.type === 'stat' && thresholds === undefined && 'no thresholds',
    targets.length === 0 && 'no query',
    new Set(refIds).size < refIds.length && 'two queries with one id',
    ...links.map(({ url = '' }) => !pointsTo(url, context.uids) && `the link ${url} leads nowhere`),
    ...targets.flatMap((target) => checkTarget(target, context).map((text) => `query ${target.refId}: ${text}`)),
  ]
    .filter((text) => text !== false)
    .map((text) => `"${panel.title ?? panel.id}": ${text}`);
}

/** Whether a link leads to one of the dashboards. */
function pointsTo(url: string, uids: ReadonlySet<string>): boolean {
  const uid = /^\/d\/([\w-]+)/.exec(url)?.[1];
  return uid !== undefined && uids.has(uid);
}

function checkTarget(target: TargetJson, { variables, known }: Context): string[] {
  const { datasource, expr, query = '', legendFormat = '' } = target;
  return [
    ...checkSource(datasource),
    ...checkUses(expr ?? query, variables),
    ...(expr === undefined ? checkLucene(target, known) : checkPromql(expr, legendFormat, known)),
  ];
}

function checkVariable(variable: VariableJson, variables: ReadonlySet<string>, known: Known): string[] {
  if (variable.type !== 'query') return [];
  const text = typeof variable.query === 'string' ? variable.query : (variable.query?.query ?? '');
  const problems = [
    ...checkSource(variable.datasource),
    ...checkUses(text, variables),
    ...(variable.definition === text ? [] : ['is defined other than it is asked']),
  ];
  if (variable.datasource?.uid === ELASTICSEARCH.uid) {
    const { field = '' } = JSON.parse(text) as { field?: string };
    return known.keywords.has(field) ? problems : [...problems, `no field "${field}"`];
  }
  const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
  return [...problems, ...checkPromql(`count by (${label}) (${selector})`, '', known)];
}

function checkSource(source: TargetJson['datasource'] | undefined): string[] {
  if (source !== undefined && SOURCES.get(source.uid) === source.type) return [];
  return [`no data source ${source?.type} ${source?.uid}`];
}

function checkUses(text: string, variables: ReadonlySet<string>): string[] {
  return listVariables(text)
    .filter((name) => !GRAFANA_VARIABLE.test(name) && !variables.has(name))
    .map((name) => `no variable $${name}`);
}

/** The names after each `$` and `${`. */
function listVariables(text: string): string[] {
  return Array.from(text.matchAll(/\$\{?(\w+)/g), ([, name = '']) => name);
}

/** Whether each variable of a dashboard occurs in one of its queries. */
function countUses({ panels, templating }: DashboardJson): Record<string, boolean> {
  const used = new Set(
    panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr, query = '' }) => listVariables(expr ?? query))),
  );
  return Object.fromEntries((templating.list ?? []).map(({ name }) => [name, used.has(name)]));
}

import { checkDashboards } from './check.js';
import type { Known } from './check-queries.js';
import type { DashboardJson, PanelJson, TargetJson } from './model.js';
import { readPromql, type Word } from './promql.js';

/** All dashboards, with one thing in one query made wrong. */
export interface Mutation {
  /** Where and what. */
  readonly what: string;
  readonly dashboards: readonly DashboardJson[];
}

/** Each metric, label and field of each query of each panel, renamed once, one at a time. */
export function mutateDashboards(dashboards: readonly DashboardJson[]): Mutation[] {
  return dashboards.flatMap((dashboard) =>
    dashboard.panels.flatMap((panel) =>
      (panel.targets ?? []).flatMap((target) =>
        mutateTarget(target).map(([what, mutated]) => {
          const changed = replaceTarget(dashboard, panel, target, mutated);
          return {
            what: `${dashboard.title}: "${panel.title ?? panel.id}": query ${target.refId}: ${what}`,
            dashboards: dashboards.map((other) => (other === dashboard ? changed : other)),
          };
        }),
      ),
    ),
  );
}

/** Those that the checks do not find; there should be none. */
export function findSurvivors(mutations: readonly Mutation[], known: Known): Mutation[] {
  return mutations.filter(({ dashboards }) => checkDashboards(dashboards, known).length === 0);
}

function mutateTarget(target: TargetJson): [what: string, mutated: TargetJson][] {
  if (target.expr !== undefined) return mutatePromql(target, target.expr);
  const { query = '', bucketAggs = [] } = target;
  const fields = Array.from(query.matchAll(/([\w.]+):(?!raw\})/g));
  return [
    ...fields.map(({ index, 1: field = '' }): [string, TargetJson] => [
      `field ${field}`,
      { ...target, query: `${query.slice(0, index)}mutated_${query.slice(index)}` },
    ]),
    ...bucketAggs.map((bucket): [string, TargetJson] => [
      `count by ${bucket.field}`,
      {
        ...target,
        ...(bucket.type === 'date_histogram' ? { timeField: `mutated_${bucket.field}` } : {}),
        bucketAggs: bucketAggs.map((other) =>
          other === bucket ? { ...bucket, field: `mutated_${bucket.field}` } : other,
        ),
      },
    ]),
  ];
}

function mutatePromql(target: TargetJson, expr: string): [string, TargetJson][] {
  const { selectors, groupings } = readPromql(expr);
  const names = selectors.map(({ name, start }): [string, Word] => [
    `metric ${name}`,
    { text: name, start, end: start + name.length },
  ]);
  const labels = [...selectors, ...groupings].flatMap((part) =>
    part.labels.map((label): [string, Word] => [`label ${label.text}`, label]),
  );
  return [...names, ...labels].map(([what, { start }]) => [
    what,
    { ...target, expr: `${expr.slice(0, start)}mutated_${expr.slice(start)}` },
  ]);
}

function replaceTarget(dashboard: DashboardJson, panel: PanelJson, target: TargetJson, by: TargetJson): DashboardJson {
  const targets = (panel.targets ?? []).map((other) => (other === target ? by : other));
  return { ...dashboard, panels: dashboard.panels.map((other) => (other === panel ? { ...panel, targets } : other)) };
}

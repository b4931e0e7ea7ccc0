import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type AnnotationQuery,
  type DashboardLink,
  type GridPos,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { METRIC, select } from './metrics.js';
import type { Placed } from './panels.js';
import { withoutPlacement } from './placement.js';
import { PROMETHEUS } from './sources.js';

/** Panels under a heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Placed[];
}

/** A dashboard in the form that Grafana reads from files. */
// oxlint-disable-next-line typescript/no-deprecated -- the newer form is for Grafana's API, not for files
export type ClassicDashboard = ReturnType<DashboardBuilder['build']>;

export interface Definition {
  /** Part of its address, `/d/<uid>`: never changed. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly sections: readonly Section[];
}

const COLUMNS = 24;
const TAG = 'barbossa';

/** A dashboard from top to bottom: places are given in the order of the panels, ids too. */
export function buildDashboard({ uid, title, description, variables, sections }: Definition): ClassicDashboard {
  // oxlint-disable-next-line typescript/no-deprecated -- as above
  const dashboard = new DashboardBuilder(`Barbossa: ${title}`)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotations([...ANNOTATIONS])
    .link(linkToOthers());
  const layout = new Layout();
  for (const section of sections) {
    dashboard.withRow(new RowBuilder(section.title).id(layout.nextId()).collapsed(false).gridPos(layout.placeRow()));
    for (const { width, height, panel } of section.panels) {
      dashboard.withPanel(fix(panel.build(), layout.nextId(), layout.place(width, height)));
    }
  }
  return dashboard.build();
}

/** Fills line after line. */
class Layout {
  #id = 0;
  #x = 0;
  #y = 0;
  #lineHeight = 0;

  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  placeRow(): GridPos {
    this.#endLine();
    const y = this.#y;
    this.#y += 1;
    return { x: 0, y, w: COLUMNS, h: 1 };
  }

  place(w: number, h: number): GridPos {
    if (this.#x + w > COLUMNS) this.#endLine();
    const place = { x: this.#x, y: this.#y, w, h };
    this.#x += w;
    this.#lineHeight = Math.max(this.#lineHeight, h);
    return place;
  }

  #endLine(): void {
    this.#x = 0;
    this.#y += this.#lineHeight;
    this.#lineHeight = 0;
  }
}

function fix(panel: Panel, id: number, gridPos: GridPos): Builder<Panel> {
  return { build: () => ({ ...panel, id, gridPos }) };
}

function linkToOthers(): Builder<DashboardLink> {
  const link = new DashboardLinkBuilder('Dashboards')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .keepTime(true)
    .icon('external link');
  return withoutPlacement(link);
}

const VERSIONS = `count by (version, node_version) (${select(METRIC.appInfo)}`;
const PROCESSES = `count by (job, instance, process_pid) (${select(METRIC.targetInfo, { service_name: '=~"barbossa.*"' })}`;

/** What was not there a while ago is new, for that while. */
const ANNOTATIONS: readonly Builder<AnnotationQuery>[] = [
  mark({
    name: 'Deploys',
    color: 'purple',
    expr: `${VERSIONS}) unless ${VERSIONS} offset 5m)`,
    title: 'Version {{version}} on Node.js {{node_version}}',
  }),
  mark({
    name: 'Restarts',
    color: 'orange',
    expr: `${PROCESSES}) unless ${PROCESSES} offset 1m)`,
    title: '{{job}} started at {{instance}}, process {{process_pid}}',
  }),
];

function mark(spec: { name: string; color: string; expr: string; title: string }): Builder<AnnotationQuery> {
  const target = new DataqueryBuilder().refId(spec.name).datasource(PROMETHEUS).expr(spec.expr).interval('30s').range();
  const annotation = new AnnotationQueryBuilder()
    .name(spec.name)
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor(spec.color)
    .titleFormat(spec.title)
    .target(target);
  return withoutPlacement(annotation);
}

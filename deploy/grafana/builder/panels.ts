import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DashboardLink,
  type DataTransformerConfig,
  type DynamicConfigValue,
  type Panel,
  type Threshold,
  type ThresholdsConfig,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as logs from '@grafana/grafana-foundation-sdk/logs';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Colors } from './colors.js';
import { withoutPlacement } from './placement.js';
import type { Query } from './sources.js';

/** What every panel says. */
export interface Description {
  readonly title: string;
  /** What it shows and what to make of it, in sentences. */
  readonly description: string;
  /** Of 24. */
  readonly width: number;
  readonly height?: number;
  readonly queries: readonly Query[];
  /** What stands there while nothing is to be shown. */
  readonly empty: string;
  /** Where a click leads: title and address below Grafana's. */
  readonly links?: readonly (readonly [title: string, url: string])[];
}

/** What a panel with numbers says besides. */
export interface Numbers extends Description {
  /** An id of Grafana's list, `units` of the SDK. */
  readonly unit: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly limits?: Builder<ThresholdsConfig>;
  readonly mappings?: readonly ValueMapping[];
  /** Of series whose names say what is good and what is not. Default: limits, or one colour after the other. */
  readonly colors?: Colors;
}

/** A panel and the room that it takes. */
export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly panel: Builder<Panel>;
}

/** Green, then orange from `warning` on, then red from `critical` on. */
export function limitsAbove(warning: number, critical: number): Builder<ThresholdsConfig> {
  return makeLimits([
    { value: null, color: 'green' },
    { value: warning, color: 'orange' },
    { value: critical, color: 'red' },
  ]);
}

/** Red, then orange from `critical` on, then green from `warning` on. */
export function limitsBelow(warning: number, critical: number): Builder<ThresholdsConfig> {
  return makeLimits([
    { value: null, color: 'red' },
    { value: critical, color: 'orange' },
    { value: warning, color: 'green' },
  ]);
}

/** One colour, whatever the value: a number that is neither good nor bad. */
export const NO_LIMITS = makeLimits([{ value: null, color: 'blue' }]);

function makeLimits(steps: Threshold[]): Builder<ThresholdsConfig> {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

export interface TimeSeries extends Numbers {
  readonly stacked?: boolean;
  readonly bars?: boolean;
}

/** Lines over time. */
export function showTimeSeries(spec: TimeSeries): Placed {
  const panel = new timeseries.PanelBuilder()
    // By its limits each line would have the colour of its last value: several of them are told apart by nothing.
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .lineWidth(1)
    .fillOpacity(spec.stacked === true || spec.bars === true ? 40 : 10)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(false)
    .drawStyle(spec.bars === true ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .stacking(
      new common.StackingConfigBuilder().mode(
        spec.stacked === true ? common.StackingMode.Normal : common.StackingMode.None,
      ),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  if (spec.limits !== undefined) {
    panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  return place(spec, describeNumbers(panel, spec));
}

/** One number in large, its colour by its limits. */
export function showNumber(spec: Numbers & { readonly limits: Builder<ThresholdsConfig> }): Placed {
  const panel = new stat.PanelBuilder()
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.Area)
    .textMode(common.BigValueTextMode.Auto);
  return place(spec, describeNumbers(panel, spec));
}

/** Bars beside each other. */
export function showBars(spec: Numbers): Placed {
  const panel = new bargauge.PanelBuilder()
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Gradient);
  return place(spec, describeNumbers(panel, spec));
}

/** States over time, a line each. */
export function showStates(spec: Numbers): Placed {
  const panel = new statetimeline.PanelBuilder().mergeValues(true).showValue(common.VisibilityMode.Never);
  return place(spec, describeNumbers(panel, spec));
}

/** How many observations fell into which bucket, over time. */
export function showHeatmap(spec: Numbers): Placed {
  const panel = new heatmap.PanelBuilder()
    .calculate(false)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Spectral')
        .fill('dark-orange')
        .scale(heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64)
        .reverse(true),
    )
    .yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit).axisPlacement(common.AxisPlacement.Left))
    .cellValues(new heatmap.CellValuesBuilder().unit(spec.unit));
  return place(spec, describeNumbers(panel, spec));
}

export interface Table extends Numbers {
  readonly transformations?: readonly DataTransformerConfig[];
  /** Properties of a column, by its name. */
  readonly columns?: Readonly<Record<string, readonly DynamicConfigValue[]>>;
  /** The column whose largest values come first. Default: as the rows come. */
  readonly largestFirst?: string;
}

/** Rows and columns. */
export function showTable(spec: Table): Placed {
  const panel = new table.PanelBuilder().showHeader(true).filterable(true);
  if (spec.largestFirst !== undefined) {
    panel.sortBy([new common.TableSortByFieldStateBuilder().displayName(spec.largestFirst).desc(true)]);
  }
  for (const transformation of spec.transformations ?? []) panel.withTransformation(transformation);
  for (const [name, properties] of Object.entries(spec.columns ?? {})) panel.overrideByName(name, [...properties]);
  return place(spec, describeNumbers(panel, spec));
}

/** Log lines, newest first. */
export function showLines(spec: Description): Placed {
  const panel = new logs.PanelBuilder()
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending)
    .dedupStrategy(common.LogsDedupStrategy.None);
  return place(spec, describe(panel, spec));
}

/** What the builders of all kinds of panels can do. */
interface AnyPanel extends Builder<Panel> {
  title(text: string): unknown;
  description(text: string): unknown;
  datasource(source: common.DataSourceRef): unknown;
  withTarget(target: ReturnType<Query['build']>): unknown;
  noValue(text: string): unknown;
  dataLinks(links: Builder<DashboardLink>[]): unknown;
  unit(unit: string): unknown;
  decimals(decimals: number): unknown;
  min(min: number): unknown;
  max(max: number): unknown;
  thresholds(thresholds: Builder<ThresholdsConfig>): unknown;
  mappings(mappings: ValueMapping[]): unknown;
  overrideByRegexp(pattern: string, properties: DynamicConfigValue[]): unknown;
}

function describe<P extends AnyPanel>(panel: P, spec: Description): P {
  panel.title(spec.title);
  panel.description(spec.description);
  panel.noValue(spec.empty);
  const [first] = spec.queries;
  if (first === undefined) throw new TypeError(`${spec.title}: no queries`);
  panel.datasource(first.source);
  for (const [index, query] of spec.queries.entries()) panel.withTarget(query.build(String.fromCodePoint(65 + index)));
  if (spec.links !== undefined) panel.dataLinks(spec.links.map(([title, url]) => makeLink(title, url)));
  return panel;
}

function describeNumbers<P extends AnyPanel>(panel: P, spec: Numbers): P {
  describe(panel, spec);
  panel.unit(spec.unit);
  if (spec.decimals !== undefined) panel.decimals(spec.decimals);
  if (spec.min !== undefined) panel.min(spec.min);
  if (spec.max !== undefined) panel.max(spec.max);
  if (spec.limits !== undefined) panel.thresholds(spec.limits);
  if (spec.mappings !== undefined) panel.mappings([...spec.mappings]);
  // Shades: several series of one meaning are told apart.
  for (const [pattern, color] of spec.colors ?? []) {
    panel.overrideByRegexp(`/${pattern}/`, [
      { id: 'color', value: { mode: FieldColorModeId.Shades, fixedColor: color } },
    ]);
  }
  return panel;
}

/** A link to another place in the same Grafana. */
function makeLink(title: string, url: string): Builder<DashboardLink> {
  return withoutPlacement(new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url));
}

const USUAL_HEIGHT = 8;

function place(spec: Description, panel: Builder<Panel>): Placed {
  return { width: spec.width, height: spec.height ?? USUAL_HEIGHT, panel };
}

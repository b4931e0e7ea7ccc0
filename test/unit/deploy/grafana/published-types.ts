import type * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Dashboard, FieldConfig, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { dataquery as ElasticsearchQuery } from '@grafana/grafana-foundation-sdk/elasticsearch';
import type * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import type * as logs from '@grafana/grafana-foundation-sdk/logs';
import type { Dataquery as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** A published type as its JSON has it: enumerations are their values, methods are not there. */
type Json<T> = T extends string
  ? `${T}`
  : T extends object
    ? { [K in keyof T as K extends `_implements${string}` ? never : K]: Json<T[K]> }
    : T;

/** A panel with the options of its kind, where the published type of all panels has `any`. */
interface PanelOf<Type extends string, Options, Custom> extends Omit<
  Panel,
  'type' | 'options' | 'fieldConfig' | 'targets'
> {
  type: Type;
  options: Options;
  fieldConfig: {
    defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom };
    overrides: NonNullable<Panel['fieldConfig']>['overrides'];
  };
  targets: (PrometheusQuery | ElasticsearchQuery)[];
}

type AnyPanel =
  | RowPanel
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | PanelOf<'stat', stat.Options, never>
  | PanelOf<'bargauge', bargauge.Options, never>
  | PanelOf<'state-timeline', statetimeline.Options, statetimeline.FieldConfig>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'logs', logs.Options, never>;

/** What a file in deploy/grafana/dashboards/ has to be. */
// oxlint-disable-next-line typescript/no-deprecated -- the newer form is for Grafana's API, not for files
export type DashboardFile = Json<Omit<Dashboard, 'panels'> & { panels: AnyPanel[] }>;

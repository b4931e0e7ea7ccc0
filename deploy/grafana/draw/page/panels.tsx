/** The content of a panel, by its kind. What Grafana's packages do not have is drawn with the nearest that they have. */
import {
  dateTime,
  FieldType,
  getDisplayProcessor,
  getFieldDisplayName,
  getFieldDisplayValues,
  type DataFrame,
  type FieldDisplay,
  type TimeRange,
} from '@grafana/data';
import {
  BarGauge,
  BigValue,
  LegendDisplayMode,
  TimeSeries,
  VizRepeater,
  type VizRepeaterRenderValueProps,
} from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import type { ReactElement, ReactNode } from 'react';
import { theme, timeZone } from './frames.js';
import { Heatmap } from './heatmap.js';
import type { PanelJson } from './model.js';
import { StateTimeline } from './state-timeline.js';

export interface Content {
  readonly panel: PanelJson;
  readonly frames: DataFrame[];
  readonly width: number;
  readonly height: number;
  readonly time: { readonly fromMs: number; readonly toMs: number };
}

export function isEmpty(frames: readonly DataFrame[]): boolean {
  return frames.every(({ fields }) =>
    fields.every(({ type, values }) => type === FieldType.time || values.every((value) => value === null)),
  );
}

export function drawContent(content: Content): ReactNode {
  switch (content.panel.type) {
    case 'timeseries':
      return <Series {...content} />;
    case 'stat':
    case 'bargauge':
      return <Values {...content} />;
    case 'table':
      return <Table {...content} />;
    case 'state-timeline':
      return <StateTimeline {...content} />;
    case 'heatmap':
      return <Heatmap {...content} />;
    case 'logs':
      return <Logs {...content} />;
    default:
      throw new Error(`no way to draw a panel of the kind ${content.panel.type}`);
  }
}

/** What the panel's plug-in has for a setting that the dashboard does not name. */
const SERIES_DEFAULTS = {
  lineInterpolation: 'linear',
  axisPlacement: 'auto',
  gradientMode: 'none',
  scaleDistribution: { type: 'linear' },
  pointSize: 5,
  barAlignment: 0,
  hideFrom: { legend: false, tooltip: false, viz: false },
  axisGridShow: true,
};

function Series({ panel, frames, width, height, time }: Content): ReactNode {
  for (const { fields } of frames) {
    for (const field of fields) {
      field.config.custom = { ...SERIES_DEFAULTS, ...field.config.custom };
      if (field.type !== FieldType.time) field.display = getDisplayProcessor({ field, theme, timeZone });
    }
  }
  return (
    <TimeSeries
      frames={frames}
      width={width}
      height={height}
      timeRange={rangeOf(time)}
      timeZone={timeZone}
      legend={{
        calcs: [],
        displayMode: LegendDisplayMode.List,
        placement: 'bottom',
        showLegend: true,
        ...panel.options.legend,
      }}
    />
  );
}

function rangeOf({ fromMs, toMs }: Content['time']): TimeRange {
  const [from, to] = [dateTime(fromMs), dateTime(toMs)];
  return { from, to, raw: { from, to } };
}

function Values({ panel, frames, width, height }: Content): ReactNode {
  const { type, options } = panel;
  const values = getFieldDisplayValues({
    fieldConfig: { defaults: panel.fieldConfig?.defaults ?? {}, overrides: [] },
    reduceOptions: options.reduceOptions,
    replaceVariables: (text) => text,
    theme,
    data: frames,
    sparkline: type === 'stat' && options.graphMode !== 'none',
    timeZone,
  });
  return (
    <VizRepeater
      source={frames}
      getValues={() => values}
      renderCounter={0}
      autoGrid
      orientation={options.orientation}
      width={width}
      height={height}
      itemSpacing={type === 'stat' ? 3 : 10}
      minVizHeight={options.minVizHeight}
      minVizWidth={options.minVizWidth}
      maxVizHeight={options.maxVizHeight}
      renderValue={(given) => (type === 'stat' ? drawStat(given, options) : drawBar(given, options))}
    />
  );
}

type Given = VizRepeaterRenderValueProps<FieldDisplay>;

function drawStat({ value, count, width, height }: Given, options: PanelJson['options']): ReactElement {
  return (
    <BigValue
      value={value.display}
      count={count}
      sparkline={value.sparkline}
      colorMode={options.colorMode}
      graphMode={options.graphMode}
      justifyMode={options.justifyMode}
      textMode={count === 1 && options.textMode === 'auto' ? 'value' : options.textMode}
      theme={theme}
      width={width}
      height={height}
    />
  );
}

function drawBar({ value: shown, width, height, orientation }: Given, options: PanelJson['options']): ReactElement {
  const { field, display, view, colIndex } = shown;
  return (
    <BarGauge
      value={display}
      width={width}
      height={height}
      orientation={orientation}
      field={field}
      text={options.text}
      display={view?.getFieldDisplayProcessor(colIndex ?? 0)}
      theme={theme}
      itemSpacing={10}
      lcdCellWidth={12}
      displayMode={options.displayMode}
      showUnfilled={options.showUnfilled}
      valueDisplayMode={options.valueMode}
      namePlacement={options.namePlacement}
    />
  );
}

function Table({ panel, frames, width, height, time }: Content): ReactNode {
  const [frame] = frames;
  if (frame === undefined) return undefined;
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      cellHeight={panel.options.cellHeight}
      noHeader={!panel.options.showHeader}
      getActions={() => []}
      sortBy={panel.options.sortBy}
      timeRange={rangeOf(time)}
      structureRev={1}
    />
  );
}

const LEVEL_COLOR: Readonly<Record<string, string>> = {
  CRITICAL: 'purple',
  ERROR: 'red',
  WARNING: 'yellow',
  INFO: 'green',
  DEBUG: 'blue',
};

/** Grafana's own is not in its packages: time, level as a coloured edge, message. */
function Logs({ frames, height }: Content): ReactNode {
  const [frame] = frames;
  const column = (name: string): unknown[] =>
    frame?.fields.find((field) => getFieldDisplayName(field) === name)?.values ?? [];
  const [times, levels, messages] = [column('@timestamp'), column('level'), column('message')];
  return (
    <div style={{ height, overflow: 'hidden', fontFamily: theme.typography.fontFamilyMonospace, fontSize: 12 }}>
      {messages.map((message, index) => (
        <div
          key={index}
          style={{
            borderLeft: `3px solid ${theme.visualization.getColorByName(LEVEL_COLOR[String(levels[index])] ?? 'gray')}`,
            padding: '1px 8px',
            overflowWrap: 'anywhere',
          }}
        >
          <span style={{ color: theme.colors.text.secondary }}>
            {new Date(Number(times[index])).toISOString().replace('T', ' ').slice(0, 23)}
          </span>{' '}
          {String(message)}
        </div>
      ))}
    </div>
  );
}

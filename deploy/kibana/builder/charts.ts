import { BOTH } from './data-views.js';
import { lucene, makeObject, type SavedObject } from './objects.js';

const LAYER = 'layer';

/** A column of a chart's data: what Lens turns into an aggregation. */
type Column = Readonly<Record<string, unknown>>;

const OVER_TIME: Column = {
  label: 'Time',
  customLabel: true,
  dataType: 'date',
  operationType: 'date_histogram',
  sourceField: '@timestamp',
  isBucketed: true,
  scale: 'interval',
  params: { interval: 'auto', includeEmptyRows: true, dropPartials: false },
};

const COUNT: Column = {
  label: 'Lines',
  customLabel: true,
  dataType: 'number',
  operationType: 'count',
  sourceField: '___records___',
  isBucketed: false,
  scale: 'ratio',
  params: { emptyAsNull: true },
};

/** The values of a field that are most frequent, each with its count. */
function countBy(field: string, label: string, size: number): Column {
  return {
    label,
    customLabel: true,
    dataType: 'string',
    operationType: 'terms',
    sourceField: field,
    isBucketed: true,
    scale: 'ordinal',
    params: {
      size,
      orderBy: { type: 'column', columnId: 'count' },
      orderDirection: 'desc',
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: 'terms' },
    },
  };
}

export const VOLUME = 'barbossa-log-volume';
export const ERRORS_BY_LOGGER = 'barbossa-errors-by-logger';
export const TOP_MESSAGES = 'barbossa-top-messages';

/** The charts of the dashboard. */
export const charts: readonly SavedObject[] = [
  makeChart(VOLUME, {
    title: 'Barbossa: log volume',
    description: 'Log lines over time, by level.',
    kind: 'lnsXY',
    query: '*',
    columns: { level: countBy('level', 'Level', 4), time: OVER_TIME, count: COUNT },
    visualization: showBars('bar_stacked', { xAccessor: 'time', splitAccessor: 'level' }),
  }),
  makeChart(ERRORS_BY_LOGGER, {
    title: 'Barbossa: errors by logger',
    description: 'Error lines, by the part of the application that wrote them.',
    kind: 'lnsXY',
    query: 'level:ERROR',
    columns: { logger: countBy('logger', 'Logger', 10), count: COUNT },
    visualization: showBars('bar_horizontal', { xAccessor: 'logger' }),
  }),
  makeChart(TOP_MESSAGES, {
    title: 'Barbossa: top messages',
    description: 'The messages that were written most often, of at most 256 characters.',
    kind: 'lnsDatatable',
    query: '*',
    columns: {
      message: countBy('message.keyword', 'Message', 20),
      level: countBy('level', 'Level', 1),
      count: COUNT,
    },
    visualization: {
      layerId: LAYER,
      layerType: 'data',
      columns: [{ columnId: 'message' }, { columnId: 'level' }, { columnId: 'count', alignment: 'right' }],
    },
  }),
];

interface Chart {
  readonly title: string;
  readonly description: string;
  readonly kind: 'lnsXY' | 'lnsDatatable';
  readonly query: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly visualization: Readonly<Record<string, unknown>>;
}

function makeChart(id: string, chart: Chart): SavedObject {
  const { title, description, kind, query, columns, visualization } = chart;
  const layer = { columnOrder: Object.keys(columns), columns, incompleteColumns: {}, sampling: 1 };
  return makeObject(
    'lens',
    id,
    {
      title,
      description,
      visualizationType: kind,
      state: {
        datasourceStates: { formBased: { layers: { [LAYER]: layer } } },
        visualization,
        query: lucene(query),
        filters: [],
        internalReferences: [],
        adHocDataViews: {},
      },
    },
    [{ type: 'index-pattern', id: BOTH, name: `indexpattern-datasource-layer-${LAYER}` }],
  );
}

function showBars(type: string, accessors: Readonly<Record<string, string>>): Record<string, unknown> {
  return {
    preferredSeriesType: type,
    legend: { isVisible: true, position: 'right' },
    valueLabels: 'hide',
    layers: [{ layerId: LAYER, layerType: 'data', seriesType: type, accessors: ['count'], ...accessors }],
  };
}

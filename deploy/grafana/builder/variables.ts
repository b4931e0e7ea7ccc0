import {
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRIC, select, type Family, type Matchers } from './metrics.js';
import { ELASTICSEARCH, PROMETHEUS } from './sources.js';

/** The processes of Barbossa, web and workers. */
export function chooseInstance(): QueryVariableBuilder {
  return chooseLabel('instance', 'Instance', 'instance', METRIC.appInfo);
}

/** Values of a label of a family: all of them, or some. */
export function chooseLabel<const F extends Family>(
  name: string,
  label: string,
  of: F['labels'][number] | 'instance' | 'job',
  family: F,
  matchers: Matchers<F> = {},
): QueryVariableBuilder {
  const query = `label_values(${select(family, matchers)}, ${of})`;
  return allOrSome(name, label)
    .datasource(PROMETHEUS)
    .definition(query)
    .query({ qryType: 1, query, refId: `variable-${name}` })
    .allValue('.*');
}

/** Values of a keyword field of the log documents: all of them, or some. */
export function chooseField(name: string, label: string, field: string): QueryVariableBuilder {
  const query = JSON.stringify({ find: 'terms', field, size: 200 });
  return allOrSome(name, label).datasource(ELASTICSEARCH).definition(query).query(query).allValue('*');
}

/** Free text; `*` stands for anything. In a query it is `${name:raw}`, so that it may hold Lucene's syntax. */
export function typeText(name: string, label: string, description: string, initial = '*'): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name)
    .label(label)
    .description(description)
    .defaultValue(initial)
    .current({ selected: false, text: initial, value: initial });
}

function allOrSome(name: string, label: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

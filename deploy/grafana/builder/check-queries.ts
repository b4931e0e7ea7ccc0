import type { TargetJson } from './model.js';
import { readPromql, type Selector } from './promql.js';

/** What there is to ask for. */
export interface Known {
  /** The labels of each series in Prometheus, by its name. */
  readonly series: ReadonlyMap<string, ReadonlySet<string>>;
  /** The fields of the log documents, and of those the ones that can be aggregated. */
  readonly fields: ReadonlySet<string>;
  readonly keywords: ReadonlySet<string>;
}

/** Names and labels of an expression that do not exist, and labels of its legend that its result does not have. */
export function checkPromql(expr: string, legend: string, { series }: Known): string[] {
  const { selectors, groupings } = readPromql(expr);
  const labelsOf = (some: readonly Selector[]): Set<string> =>
    new Set(some.flatMap(({ name }) => [...(series.get(name) ?? [])]));
  const aggregations = groupings.filter(({ keyword }) => keyword === 'by');
  // What an aggregation keeps, or all where there is none.
  const kept =
    aggregations.length === 0
      ? labelsOf(selectors)
      : new Set(aggregations.flatMap(({ labels }) => labels.map(({ text }) => text)));
  return [
    ...(selectors.length === 0 ? ['asks for no metric'] : []),
    ...selectors.filter(({ name }) => !series.has(name)).map(({ name }) => `no metric ${name}`),
    ...selectors.flatMap(({ name, labels }) =>
      labels
        .filter(({ text }) => series.get(name)?.has(text) !== true)
        .map(({ text }) => `${name} has no label ${text}`),
    ),
    ...groupings.flatMap(({ keyword, labels, selectors: grouped }) => {
      const there = labelsOf(grouped);
      return labels.filter(({ text }) => !there.has(text)).map(({ text }) => `${keyword} (${text}): no such label`);
    }),
    ...listPlaceholders(legend)
      .filter((label) => !kept.has(label))
      .map((label) => `the legend's {{${label}}} is always empty`),
  ];
}

/** Fields of a query in Lucene's syntax and of its aggregations that do not exist. */
export function checkLucene(
  { query = '', bucketAggs = [], alias = '', timeField }: TargetJson,
  known: Known,
): string[] {
  const aggregated = bucketAggs.filter(({ type }) => type === 'terms').map(({ field = '' }) => field);
  return [
    ...Array.from(query.replaceAll(/\$\{\w+:raw\}/g, '').matchAll(/([\w.@]+):/g), ([, field = '']) => field)
      .filter((field) => !known.fields.has(field))
      .map((field) => `no field ${field}`),
    ...aggregated.filter((field) => !known.keywords.has(field)).map((field) => `cannot count by ${field}`),
    ...(timeField !== undefined && known.fields.has(timeField) ? [] : [`no field ${timeField}`]),
    ...listPlaceholders(alias)
      .filter((text) => !aggregated.includes(text.replace(/^term /, '')))
      .map((text) => `the name's {{${text}}} is always empty`),
  ];
}

function listPlaceholders(text: string): string[] {
  return Array.from(text.matchAll(/\{\{([^}]+)\}\}/g), ([, name = '']) => name);
}

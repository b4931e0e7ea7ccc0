import { select, selectPart, type Family, type Matchers } from './metrics.js';

type Histogram = Family & { readonly kind: 'histogram' };

/** Conditions that hold a panel to the instances that are chosen at the top of its dashboard. */
export const CHOSEN = { instance: '=~"$instance"' } as const;

/** Per second, over the shortest time that the scrape interval allows. */
export function rate(selector: string): string {
  return `rate(${selector}[$__rate_interval])`;
}

/** Aggregated over all labels but some. */
export function sumBy(labels: readonly string[], expression: string): string {
  return labels.length === 0 ? `sum(${expression})` : `sum by (${labels.join(', ')}) (${expression})`;
}

/** Several processes may report the same thing, as the length of a queue that they share: the largest is taken. */
export function maxBy(labels: readonly string[], expression: string): string {
  return labels.length === 0 ? `max(${expression})` : `max by (${labels.join(', ')}) (${expression})`;
}

/** Nothing counted yet is zero. */
export function orZero(expression: string): string {
  return `(${expression} or vector(0))`;
}

/** Rates of a counter by some of its labels. */
export function rateBy<const F extends Family>(
  labels: readonly F['labels'][number][],
  family: F,
  matchers: Matchers<F>,
) {
  return sumBy(labels, rate(select(family, matchers)));
}

/** A quantile of a histogram by some of its labels. Absent, not NaN, where nothing was observed. */
export function quantileBy<const F extends Histogram>(
  quantile: number,
  labels: readonly F['labels'][number][],
  family: F,
  matchers: Matchers<F>,
): string {
  const buckets = sumBy(['le', ...labels], rate(selectPart(family, 'bucket', matchers)));
  return `histogram_quantile(${quantile}, ${buckets}) >= 0`;
}

/** Part of the requests that were answered with 5xx. `selected` gives those of a time: a rate, an increase. */
export function errorRatio(selected: (matchers: { status?: string }) => string): string {
  return `${orZero(sumBy([], selected({ status: '=~"5.."' })))} / ${sumBy([], selected({}))}`;
}

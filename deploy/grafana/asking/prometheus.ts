import type { TargetJson, VariableJson } from '../builder/model.js';
import { readPromql } from '../builder/promql.js';
import type { TimeRange } from './elasticsearch.js';

const STEP_SECONDS = 5;

interface Answer {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data?: unknown;
}

/** One of a query's answer: at each step of the time that is shown, or at its end alone. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [seconds: number, value: string];
  readonly values?: readonly (readonly [seconds: number, value: string])[];
}

/** A Prometheus, and the time that is shown. */
export interface Scraped {
  readonly url: string;
  readonly time: TimeRange;
  /** What Grafana would put in for $__rate_interval: four scrape intervals. */
  readonly rateSeconds: number;
  /** Between two points. Default: 5. */
  readonly stepSeconds?: number;
}

/**
 * Asks what the data source of Grafana would ask for a query: over the time that is shown, or at its end.
 * @throws {Error} With what Prometheus says of the expression.
 */
export async function askForSeries(
  prometheus: Scraped,
  target: TargetJson,
  variables: readonly VariableJson[],
): Promise<Series[]> {
  const { time, stepSeconds = STEP_SECONDS } = prometheus;
  const query = fillIn(target.expr ?? '', variables, prometheus);
  const data =
    target.instant === true
      ? await ask(prometheus, 'query', { query, time: String(time.toMs / 1000) })
      : await ask(prometheus, 'query_range', { query, step: String(stepSeconds), ...bound(time) });
  return (data as { result: Series[] }).result;
}

/** How many of a query's series have a number somewhere. @throws {Error} With what Prometheus says of the expression. */
export async function countSeries(
  prometheus: Scraped,
  target: TargetJson,
  variables: readonly VariableJson[],
): Promise<number> {
  const series = await askForSeries(prometheus, target, variables);
  return series.filter(({ value, values = [] }) => [...(value === undefined ? [] : [value]), ...values].some(isNumber))
    .length;
}

/** The selectors of a query that find nothing. A query may hide that, with `or vector(0)`. */
export async function findEmptySelectors(
  prometheus: Scraped,
  target: TargetJson,
  variables: readonly VariableJson[],
): Promise<string[]> {
  const expr = fillIn(target.expr ?? '', variables, prometheus);
  const selectors = new Set(readPromql(expr).selectors.map(({ text }) => text));
  const empty: string[] = [];
  for (const selector of selectors) {
    const found = await ask(prometheus, 'series', { 'match[]': selector, ...bound(prometheus.time) });
    if ((found as unknown[]).length === 0) empty.push(selector);
  }
  return empty;
}

/** How many values a variable has. */
export async function countValues(
  prometheus: Scraped,
  variable: VariableJson,
  all: readonly VariableJson[],
): Promise<number> {
  const text = typeof variable.query === 'string' ? variable.query : (variable.query?.query ?? '');
  const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
  const match = fillIn(selector, all, prometheus);
  const values = await ask(prometheus, `label/${label}/values`, { 'match[]': match, ...bound(prometheus.time) });
  return (values as unknown[]).length;
}

function fillIn(expr: string, variables: readonly VariableJson[], { time, rateSeconds }: Scraped): string {
  const rangeSeconds = Math.ceil((time.toMs - time.fromMs) / 1000);
  const ours = variables.reduce((text, { name, allValue = '' }) => text.replaceAll(`$${name}`, allValue), expr);
  return ours.replaceAll('$__rate_interval', `${rateSeconds}s`).replaceAll('$__range', `${rangeSeconds}s`);
}

function bound({ fromMs, toMs }: TimeRange): Record<'start' | 'end', string> {
  return { start: String(fromMs / 1000), end: String(toMs / 1000) };
}

async function ask({ url }: Scraped, path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  const { status, error, data } = (await answer.json()) as Answer;
  if (status !== 'success') throw new Error(`${error ?? answer.status}: ${JSON.stringify(parameters)}`);
  return data;
}

function isNumber([, value]: readonly [number, string]): boolean {
  return Number.isFinite(Number(value));
}

import * as units from '@grafana/grafana-foundation-sdk/units';
import { buildDashboard, type Section } from '../dashboard.js';
import { CHOSEN, orZero, quantileBy, rate, rateBy, sumBy } from '../expressions.js';
import { ERROR_LINES } from '../links.js';
import { METRIC, select, selectPart } from '../metrics.js';
import { limitsAbove, NO_LIMITS, showHeatmap, showNumber, showTable, showTimeSeries } from '../panels.js';
import { heat, instant, range, rows } from '../sources.js';
import { chooseInstance, chooseLabel } from '../variables.js';
import { BAD, BY_STATUS } from '../colors.js';

const ROUTE = { ...CHOSEN, method: '=~"$method"', endpoint: '=~"$endpoint"' } as const;
const FAILED = { status: '=~"5.."' } as const;

const all = rateBy([], METRIC.requests, ROUTE);
const partOfAll = (status: string): string => `${orZero(rateBy([], METRIC.requests, { ...ROUTE, status }))} / ${all}`;

const summary: Section = {
  title: 'Of the chosen routes',
  panels: [
    showNumber({
      title: 'Rate',
      description: 'Requests a second.',
      width: 6,
      height: 4,
      unit: units.RequestsPerSecond,
      min: 0,
      limits: NO_LIMITS,
      empty: 'No requests yet',
      queries: [range(all, 'requests')],
    }),
    showNumber({
      title: 'Errors',
      description: 'Part of the requests that were answered with 5xx.',
      width: 6,
      height: 4,
      unit: units.PercentUnit,
      decimals: 2,
      min: 0,
      limits: limitsAbove(0.01, 0.05),
      empty: 'No requests yet',
      links: ERROR_LINES,
      queries: [range(partOfAll(FAILED.status), '5xx')],
    }),
    showNumber({
      title: 'Latency (p95)',
      description: 'Nineteen of twenty requests are faster.',
      width: 6,
      height: 4,
      unit: units.Seconds,
      min: 0,
      limits: limitsAbove(1, 2),
      empty: 'No requests yet',
      queries: [range(quantileBy(0.95, [], METRIC.requestLatency, ROUTE), 'p95')],
    }),
    showNumber({
      title: 'Given up by clients',
      description: 'Part of the requests whose client went away before it had the whole answer (status 499).',
      width: 6,
      height: 4,
      unit: units.PercentUnit,
      decimals: 2,
      min: 0,
      limits: limitsAbove(0.1, 0.3),
      empty: 'No requests yet',
      queries: [range(partOfAll('="499"'), '499')],
    }),
  ],
};

const time: Section = {
  title: 'Rate, errors, duration',
  panels: [
    showTimeSeries({
      title: 'Rate by route',
      description: 'Requests a second.',
      width: 8,
      unit: units.RequestsPerSecond,
      min: 0,
      stacked: true,
      empty: 'No requests yet',
      queries: [range(rateBy(['method', 'endpoint'], METRIC.requests, ROUTE), '{{method}} {{endpoint}}')],
    }),
    showTimeSeries({
      title: 'Errors by route',
      description: 'Requests a second that were answered with 5xx.',
      width: 8,
      unit: units.RequestsPerSecond,
      min: 0,
      bars: true,
      stacked: true,
      colors: BAD,
      empty: 'No errors',
      links: ERROR_LINES,
      queries: [
        range(rateBy(['method', 'endpoint'], METRIC.requests, { ...ROUTE, ...FAILED }), '{{method}} {{endpoint}}'),
      ],
    }),
    showTimeSeries({
      title: 'Latency (p95) by route',
      description:
        'Nineteen of twenty requests of the route are faster. Points are single requests: a click leads to their log lines.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      limits: limitsAbove(1, 2),
      empty: 'No requests yet',
      queries: [
        range(quantileBy(0.95, ['endpoint'], METRIC.requestLatency, ROUTE), '{{endpoint}}', { exemplars: true }),
      ],
    }),
    showTimeSeries({
      title: 'Rate by status',
      description: 'Requests a second by the status of their answer. 499: the client went away.',
      width: 8,
      unit: units.RequestsPerSecond,
      min: 0,
      stacked: true,
      colors: BY_STATUS,
      empty: 'No requests yet',
      queries: [range(rateBy(['status'], METRIC.requests, ROUTE), '{{status}}')],
    }),
    showHeatmap({
      title: 'Latency',
      description: 'How many requests took how long. Two bands are two kinds of requests, or a cache.',
      width: 8,
      unit: units.Seconds,
      empty: 'No requests yet',
      queries: [heat(sumBy(['le'], rate(selectPart(METRIC.requestLatency, 'bucket', ROUTE))))],
    }),
    showTimeSeries({
      title: 'Latency by quantile',
      description: 'Half of the requests, nineteen of twenty, and ninety-nine of a hundred are faster; and the mean.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      empty: 'No requests yet',
      queries: [
        ...[0.5, 0.95, 0.99].map((quantile) =>
          range(quantileBy(quantile, [], METRIC.requestLatency, ROUTE), `p${quantile * 100}`),
        ),
        range(
          `${sumBy([], rate(selectPart(METRIC.requestLatency, 'sum', ROUTE)))} / ${sumBy([], rate(selectPart(METRIC.requestLatency, 'count', ROUTE)))}`,
          'mean',
        ),
      ],
    }),
  ],
};

const overRange = (matchers: typeof ROUTE & { status?: string }): string =>
  sumBy(['endpoint'], `increase(${select(METRIC.requests, matchers)}[$__range])`);
const slowest = sumBy(['le', 'endpoint'], `increase(${selectPart(METRIC.requestLatency, 'bucket', ROUTE)}[$__range])`);

const table: Section = {
  title: 'By route, over the time that is shown',
  panels: [
    showTable({
      title: 'Routes',
      description: 'What each route was asked, how much of it failed, and how long it took.',
      width: 16,
      height: 10,
      unit: units.Short,
      decimals: 0,
      empty: 'No requests in this time',
      queries: [
        rows(overRange(ROUTE)),
        rows(`${overRange({ ...ROUTE, ...FAILED })} / ${overRange(ROUTE)} or ${overRange(ROUTE)} * 0`),
        rows(`histogram_quantile(0.95, ${slowest}) >= 0`),
      ],
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true },
            indexByName: { endpoint: 0, 'Value #A': 1, 'Value #B': 2, 'Value #C': 3 },
            renameByName: { endpoint: 'Route', 'Value #A': 'Requests', 'Value #B': 'Errors', 'Value #C': 'p95' },
          },
        },
      ],
      largestFirst: 'Requests',
      columns: {
        Requests: [{ id: 'unit', value: units.LocaleFormat }],
        Errors: [
          { id: 'unit', value: units.PercentUnit },
          { id: 'decimals', value: 2 },
          { id: 'thresholds', value: limitsAbove(0.01, 0.05).build() },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
        p95: [
          { id: 'unit', value: units.Seconds },
          { id: 'decimals', value: 1 },
          { id: 'thresholds', value: limitsAbove(1, 2).build() },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
      },
    }),
    showNumber({
      title: 'Taken by no route',
      description:
        'Part of all requests that no route took. Much of it is scanners; a sudden rise may be a wrong link.',
      width: 8,
      height: 10,
      unit: units.PercentUnit,
      decimals: 1,
      min: 0,
      limits: limitsAbove(0.3, 0.6),
      empty: 'No requests in this time',
      queries: [
        instant(
          `${orZero(sumBy([], `increase(${select(METRIC.requests, { ...CHOSEN, endpoint: '="<unmatched>"' })}[$__range])`))} / ${sumBy([], `increase(${select(METRIC.requests, CHOSEN)}[$__range])`)}`,
          'unmatched',
        ),
      ],
    }),
  ],
};

export const requests = buildDashboard({
  uid: 'barbossa-requests',
  title: 'Requests',
  description: 'HTTP requests by route: rate, errors, duration.',
  variables: [
    chooseInstance(),
    chooseLabel('method', 'Method', 'method', METRIC.requests),
    chooseLabel('endpoint', 'Route', 'endpoint', METRIC.requests, { method: '=~"$method"' }),
  ],
  sections: [summary, time, table],
});

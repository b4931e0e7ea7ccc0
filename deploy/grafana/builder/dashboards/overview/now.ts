import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Section } from '../../dashboard.js';
import { CHOSEN, errorRatio, maxBy, quantileBy, rate, rateBy, sumBy } from '../../expressions.js';
import { ERROR_LINES } from '../../links.js';
import { METRIC, select } from '../../metrics.js';
import { limitsAbove, NO_LIMITS, showNumber, showTimeSeries } from '../../panels.js';
import { range } from '../../sources.js';
import { BAD } from '../../colors.js';

const ROUTE_PAGE = [
  ['Requests of this route', '/d/barbossa-requests?var-endpoint=${__field.labels.endpoint}&${__url_time_range}'],
] as const;

const errorsNow = errorRatio((matchers) => rate(select(METRIC.requests, { ...CHOSEN, ...matchers })));

/** The six of the guide, put right: ratios that are ratios, queues and library counted once. */
export const now: Section = {
  title: 'Now',
  panels: [
    showTimeSeries({
      title: 'Request rate',
      description: 'Requests a second by method and route. <unmatched> is what no route took: scanners, mostly.',
      width: 8,
      unit: units.RequestsPerSecond,
      min: 0,
      stacked: true,
      empty: 'No requests yet',
      links: ROUTE_PAGE,
      queries: [range(rateBy(['method', 'endpoint'], METRIC.requests, CHOSEN), '{{method}} {{endpoint}}')],
    }),
    showTimeSeries({
      title: 'Request latency (p95)',
      description: 'Nineteen of twenty requests of a route are faster. The dashed lines are at 1 and 2 seconds.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      limits: limitsAbove(1, 2),
      empty: 'No requests yet',
      links: ROUTE_PAGE,
      queries: [range(quantileBy(0.95, ['endpoint'], METRIC.requestLatency, CHOSEN), '{{endpoint}}')],
    }),
    showTimeSeries({
      title: 'Error ratio',
      description: 'Part of all requests that were answered with 5xx. Zero where all is well.',
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      limits: limitsAbove(0.01, 0.05),
      colors: BAD,
      empty: 'No requests yet',
      links: ERROR_LINES,
      queries: [range(errorsNow, '5xx of all')],
    }),
    showNumber({
      title: 'Active downloads',
      description: 'Downloads that were started and have not ended, in all processes.',
      width: 8,
      height: 5,
      unit: units.Short,
      min: 0,
      limits: NO_LIMITS,
      empty: 'No process reports',
      queries: [range(sumBy([], select(METRIC.activeDownloads, CHOSEN)), 'downloads')],
    }),
    showNumber({
      title: 'Download queue',
      description: 'Downloads that wait for a worker. More than 50 for a quarter of an hour raises an alert.',
      width: 8,
      height: 5,
      unit: units.Short,
      min: 0,
      limits: limitsAbove(25, 50),
      empty: 'No process reports its queues',
      queries: [range(maxBy([], select(METRIC.queueLength, { queue: '="downloads"' })), 'waiting')],
    }),
    showNumber({
      title: 'Library size',
      description: 'Tracks in the library.',
      width: 8,
      height: 5,
      unit: units.LocaleFormat,
      min: 0,
      limits: NO_LIMITS,
      empty: 'No process reports',
      queries: [range(maxBy([], select(METRIC.libraryTracks)), 'tracks')],
    }),
  ],
};

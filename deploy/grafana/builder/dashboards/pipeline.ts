import * as units from '@grafana/grafana-foundation-sdk/units';
import { buildDashboard, type Section } from '../dashboard.js';
import { rate, rateBy, sumBy } from '../expressions.js';
import { METRIC, select, selectPart } from '../metrics.js';
import { limitsAbove, NO_LIMITS, showNumber, showTimeSeries } from '../panels.js';
import { instant, range } from '../sources.js';
import { BAD, BY_OUTCOME } from '../colors.js';

const STORED = { outcome: '="success"' } as const;
const NOT_STORED = { outcome: '!="success"' } as const;

const queueFill = `${sumBy([], select(METRIC.collectorQueueSize))} / ${sumBy([], select(METRIC.collectorQueueCapacity))}`;

const summary: Section = {
  title: 'From the application to Elasticsearch',
  panels: [
    showNumber({
      title: 'Taken',
      description: 'Log records a second that the collector took from the applications.',
      width: 6,
      height: 5,
      unit: units.CountsPerSecond,
      min: 0,
      limits: NO_LIMITS,
      empty: 'No collector',
      queries: [range(rateBy([], METRIC.collectorAccepted, {}), 'taken')],
    }),
    showNumber({
      title: 'Stored',
      description:
        'Log records a second that Elasticsearch stored. Less than what was taken for long: it falls behind.',
      width: 6,
      height: 5,
      unit: units.CountsPerSecond,
      min: 0,
      limits: NO_LIMITS,
      empty: 'Nothing stored yet',
      queries: [range(rateBy([], METRIC.docsProcessed, STORED), 'stored')],
    }),
    showNumber({
      title: 'Queue fill',
      description: 'How full the collector’s queue on disk is. When it is full, the applications keep their records.',
      width: 6,
      height: 5,
      unit: units.PercentUnit,
      decimals: 2,
      min: 0,
      max: 1,
      limits: limitsAbove(0.5, 0.8),
      empty: 'No collector',
      queries: [range(queueFill, 'full')],
    }),
    showNumber({
      title: 'Lost',
      description: 'Log records that were lost in the time that is shown, for whatever reason. Should be zero.',
      width: 6,
      height: 5,
      unit: units.Short,
      decimals: 0,
      min: 0,
      limits: limitsAbove(1, 1000),
      empty: 'No process reports',
      queries: [instant(sumBy([], `increase(${select(METRIC.logsDropped)}[$__range])`), 'lost')],
    }),
  ],
};

const flow: Section = {
  title: 'Flow',
  panels: [
    showTimeSeries({
      title: 'Taken and stored',
      description: 'Log records a second into the collector, and out of it into Elasticsearch.',
      width: 12,
      unit: units.CountsPerSecond,
      min: 0,
      empty: 'No collector',
      queries: [
        range(rateBy([], METRIC.collectorAccepted, {}), 'taken'),
        range(rateBy([], METRIC.docsProcessed, STORED), 'stored'),
      ],
    }),
    showTimeSeries({
      title: 'Queue',
      description:
        'What waits on the collector’s disk, and what fits there. Growing while nothing is stored: Elasticsearch is away.',
      width: 12,
      unit: units.BytesIEC,
      min: 0,
      empty: 'No collector',
      queries: [
        range(sumBy([], select(METRIC.collectorQueueSize)), 'waiting'),
        range(sumBy([], select(METRIC.collectorQueueCapacity)), 'room'),
      ],
    }),
    showTimeSeries({
      title: 'Refused by the collector',
      description:
        'Log records a second that were turned away with a 503: the queue or the memory is full. Applications come back with them.',
      width: 6,
      unit: units.CountsPerSecond,
      min: 0,
      limits: limitsAbove(0.1, 10),
      empty: 'None',
      queries: [
        range(rateBy([], METRIC.collectorRefused, {}), 'refused'),
        range(rateBy([], METRIC.collectorFailed, {}), 'failed'),
      ],
    }),
    showTimeSeries({
      title: 'Given up by applications',
      description: 'Log records a second that were lost before they got to the collector, by reason.',
      width: 6,
      unit: units.CountsPerSecond,
      min: 0,
      limits: limitsAbove(0.001, 1),
      empty: 'No process reports',
      queries: [range(rateBy(['reason'], METRIC.logsDropped, {}), '{{reason}}')],
    }),
    showTimeSeries({
      title: 'Set aside by applications',
      description:
        'Log records that the collector fails at while it takes others. They are tried again at growing intervals; nothing of them is lost yet.',
      width: 6,
      unit: units.Short,
      min: 0,
      limits: limitsAbove(1, 100),
      empty: 'No process reports',
      queries: [range(sumBy(['instance'], select(METRIC.logsSetAside)), '{{instance}}')],
    }),
    showTimeSeries({
      title: 'Not stored by Elasticsearch',
      description:
        'Documents a second that were refused one by one, by status. 409 is a repeat that was there already and does no harm; 400 is a document that does not fit the mapping.',
      width: 6,
      unit: units.CountsPerSecond,
      min: 0,
      colors: BAD,
      empty: 'None',
      queries: [
        range(
          rateBy(['http_response_status_code', 'error_type'], METRIC.docsProcessed, NOT_STORED),
          '{{http_response_status_code}} {{error_type}}',
        ),
      ],
    }),
  ],
};

const requests: Section = {
  title: 'Bulk requests to Elasticsearch',
  panels: [
    showTimeSeries({
      title: 'By outcome',
      description: 'Bulk requests a second that were answered.',
      width: 8,
      unit: units.RequestsPerSecond,
      min: 0,
      stacked: true,
      colors: BY_OUTCOME,
      empty: 'No requests yet',
      queries: [range(rateBy(['outcome'], METRIC.bulkRequests, {}), '{{outcome}}')],
    }),
    showTimeSeries({
      title: 'Retried',
      description:
        'Documents that were sent and that Elasticsearch has neither stored nor refused. They are sent again until it has: what stays here for longer than a moment is being retried.',
      width: 8,
      unit: units.Short,
      min: 0,
      limits: limitsAbove(1000, 100_000),
      empty: 'No collector',
      queries: [
        range(`${sumBy([], select(METRIC.docsReceived))} - ${sumBy([], select(METRIC.docsProcessed))}`, 'documents'),
      ],
    }),
    showTimeSeries({
      title: 'Duration',
      description:
        'How long half of the bulk requests took at most, and nineteen of twenty; all tries of a request together, so that an outage shows as one long request.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      empty: 'No requests in this time',
      queries: [0.5, 0.95].map((quantile) =>
        range(
          `histogram_quantile(${quantile}, ${sumBy(['le'], rate(selectPart(METRIC.bulkLatency, 'bucket')))}) >= 0`,
          `p${quantile * 100}`,
        ),
      ),
    }),
    showTimeSeries({
      title: 'Bytes sent',
      description: 'Compressed bytes a second.',
      width: 8,
      unit: units.BytesPerSecondSI,
      min: 0,
      empty: 'Nothing sent yet',
      queries: [range(rateBy([], METRIC.flushedBytes, {}), 'sent')],
    }),
    showTimeSeries({
      title: 'Memory of the collector',
      description: 'Resident memory. Near its limit (512 MiB, unless set) it refuses records.',
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      empty: 'No collector',
      queries: [range(select(METRIC.collectorMemory), '{{instance}}')],
    }),
    showTimeSeries({
      title: 'Collector runs since',
      description: 'Time since its start. Back at zero: it was restarted.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      empty: 'No collector',
      queries: [range(select(METRIC.collectorUptime), '{{instance}}')],
    }),
  ],
};

export const pipeline = buildDashboard({
  uid: 'barbossa-pipeline',
  title: 'Pipeline',
  description: 'The way of a log record: application, collector, queue on disk, Elasticsearch.',
  variables: [],
  sections: [summary, flow, requests],
});

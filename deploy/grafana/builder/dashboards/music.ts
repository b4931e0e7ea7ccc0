import * as units from '@grafana/grafana-foundation-sdk/units';
import { buildDashboard, type Section } from '../dashboard.js';
import { CHOSEN, maxBy, orZero, quantileBy, rateBy, sumBy } from '../expressions.js';
import { METRIC, select } from '../metrics.js';
import { limitsAbove, limitsBelow, NO_LIMITS, showBars, showNumber, showTimeSeries } from '../panels.js';
import { instant, range } from '../sources.js';
import { chooseInstance, chooseLabel } from '../variables.js';
import { BY_OUTCOME } from '../colors.js';

const SOURCE = { ...CHOSEN, source: '=~"$source"' } as const;

const ended = (status?: string): string =>
  sumBy([], `increase(${select(METRIC.downloads, status === undefined ? SOURCE : { ...SOURCE, status })}[$__range])`);

const downloads: Section = {
  title: 'Downloads',
  panels: [
    showNumber({
      title: 'Under way',
      description: 'Downloads that were started and have not ended.',
      width: 4,
      unit: units.Short,
      min: 0,
      limits: NO_LIMITS,
      empty: 'No process reports',
      queries: [range(sumBy([], select(METRIC.activeDownloads, CHOSEN)), 'downloads')],
    }),
    showNumber({
      title: 'Succeeded',
      description:
        'Of the downloads that ended in the time that is shown, cancelled ones left out, the part that succeeded.',
      width: 4,
      unit: units.PercentUnit,
      decimals: 1,
      max: 1,
      limits: limitsBelow(0.8, 0.5),
      empty: 'No downloads in this time',
      queries: [instant(`${orZero(ended('="success"'))} / ${ended('=~"success|failed"')}`, 'succeeded')],
    }),
    showTimeSeries({
      title: 'Downloads that ended',
      description: 'Downloads a second by source and by what became of them.',
      width: 8,
      unit: units.OpsPerSecond,
      min: 0,
      stacked: true,
      colors: BY_OUTCOME,
      empty: 'No downloads yet',
      queries: [range(rateBy(['source', 'status'], METRIC.downloads, SOURCE), '{{source}}: {{status}}')],
    }),
    showTimeSeries({
      title: 'Duration (p95)',
      description: 'Nineteen of twenty downloads of a source are done sooner. Shorter than 10 s is not told apart.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      limits: limitsAbove(600, 1800),
      empty: 'No downloads yet',
      queries: [range(quantileBy(0.95, ['source'], METRIC.downloadDuration, SOURCE), '{{source}}')],
    }),
    showBars({
      title: 'Failed by source',
      description: 'Downloads that failed in the time that is shown. All of one source: look there first.',
      width: 8,
      unit: units.Short,
      decimals: 0,
      min: 0,
      limits: limitsAbove(5, 20),
      empty: 'None failed',
      queries: [
        instant(
          sumBy(['source'], `increase(${select(METRIC.downloads, { ...SOURCE, status: '="failed"' })}[$__range])`),
          '{{source}}',
        ),
      ],
    }),
    showTimeSeries({
      title: 'Waiting',
      description: 'Length of the queues of downloads and imports.',
      width: 16,
      unit: units.Short,
      min: 0,
      limits: limitsAbove(25, 50),
      empty: 'No process reports its queues',
      queries: [range(maxBy(['queue'], select(METRIC.queueLength, { queue: '=~"downloads|imports"' })), '{{queue}}')],
    }),
  ],
};

const imports: Section = {
  title: 'Imports',
  panels: [
    showTimeSeries({
      title: 'Imports that ended',
      description: 'Imports a second by source and by what became of them. Skipped: it was in the library already.',
      width: 16,
      unit: units.OpsPerSecond,
      min: 0,
      stacked: true,
      colors: BY_OUTCOME,
      empty: 'No imports yet',
      queries: [range(rateBy(['source', 'status'], METRIC.imports, CHOSEN), '{{source}}: {{status}}')],
    }),
    showBars({
      title: 'Imports by outcome',
      description: 'Imports that ended in the time that is shown.',
      width: 8,
      unit: units.Short,
      decimals: 0,
      min: 0,
      limits: NO_LIMITS,
      colors: BY_OUTCOME,
      empty: 'No imports in this time',
      queries: [instant(sumBy(['status'], `increase(${select(METRIC.imports, CHOSEN)}[$__range])`), '{{status}}')],
    }),
  ],
};

const library: Section = {
  title: 'Library and users',
  panels: [
    showTimeSeries({
      title: 'Tracks',
      description: 'Tracks in the library.',
      width: 6,
      unit: units.LocaleFormat,
      min: 0,
      empty: 'No process reports',
      queries: [range(maxBy([], select(METRIC.libraryTracks)), 'tracks')],
    }),
    showTimeSeries({
      title: 'Size',
      description: 'What the files of the library weigh.',
      width: 6,
      unit: units.BytesIEC,
      min: 0,
      empty: 'No process reports',
      queries: [range(maxBy([], select(METRIC.librarySize)), 'library')],
    }),
    showTimeSeries({
      title: 'Users',
      description: 'Users with a session.',
      width: 6,
      unit: units.Short,
      min: 0,
      empty: 'No process reports',
      queries: [range(maxBy([], select(METRIC.activeUsers, CHOSEN)), 'users')],
    }),
    showTimeSeries({
      title: 'WebSocket connections',
      description: 'Browsers that watch the progress of downloads.',
      width: 6,
      unit: units.Short,
      min: 0,
      empty: 'No process reports',
      queries: [range(sumBy([], select(METRIC.websocketConnections, CHOSEN)), 'connections')],
    }),
  ],
};

export const music = buildDashboard({
  uid: 'barbossa-music',
  title: 'Music',
  description: 'Downloads, imports, the library and its users.',
  variables: [chooseInstance(), chooseLabel('source', 'Source of downloads', 'source', METRIC.downloads)],
  sections: [downloads, imports, library],
});

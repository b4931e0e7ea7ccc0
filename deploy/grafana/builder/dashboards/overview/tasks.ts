import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Section } from '../../dashboard.js';
import { maxBy, quantileBy, rateBy } from '../../expressions.js';
import { ERROR_LINES } from '../../links.js';
import { UP_OR_DOWN } from '../../mappings.js';
import { METRIC, select } from '../../metrics.js';
import { limitsAbove, limitsBelow, showNumber, showTimeSeries } from '../../panels.js';
import { range } from '../../sources.js';
import { BAD, BY_OUTCOME } from '../../colors.js';

/** What waits. */
export const queues: Section = {
  title: 'Queues',
  panels: [
    showTimeSeries({
      title: 'Waiting tasks',
      description: 'Length of each queue. One that only grows has no worker, or one that is too slow.',
      width: 7,
      unit: units.Short,
      min: 0,
      empty: 'No process reports its queues',
      queries: [range(maxBy(['queue'], select(METRIC.queueLength)), '{{queue}}')],
    }),
    showTimeSeries({
      title: 'Oldest waiting job',
      description: 'How long the job that waits longest in each queue has been ready.',
      width: 7,
      unit: units.Seconds,
      min: 0,
      limits: limitsAbove(300, 900),
      empty: 'No queues in Redis',
      queries: [range(maxBy(['queue'], select(METRIC.oldestJobAge)), '{{queue}}')],
    }),
    showTimeSeries({
      title: 'Jobs by state',
      description: 'Jobs of each queue: waiting, with a priority, for later, at work, failed and kept.',
      width: 7,
      unit: units.Short,
      min: 0,
      empty: 'No queues in Redis',
      queries: [range(maxBy(['queue', 'state'], select(METRIC.queueJobs)), '{{queue}}: {{state}}')],
    }),
    showNumber({
      title: 'Readable',
      description: 'Whether the queues could be read when they last were to be. When not, their lines end.',
      width: 3,
      unit: units.NoUnit,
      limits: limitsBelow(1, 1),
      mappings: [UP_OR_DOWN],
      empty: 'No queues in Redis',
      queries: [range(`min(${select(METRIC.queuePollUp)})`, 'queues')],
    }),
  ],
};

/** What was done. */
export const tasks: Section = {
  title: 'Tasks',
  panels: [
    showTimeSeries({
      title: 'Tasks that ended',
      description: 'Tasks a second by what became of them.',
      width: 8,
      unit: units.OpsPerSecond,
      min: 0,
      stacked: true,
      colors: BY_OUTCOME,
      empty: 'No tasks yet',
      queries: [range(rateBy(['state'], METRIC.tasks, {}), '{{state}}')],
    }),
    showTimeSeries({
      title: 'Task duration (p95)',
      description: 'Nineteen of twenty tasks of a kind are done sooner.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      empty: 'No tasks yet',
      queries: [range(quantileBy(0.95, ['task'], METRIC.taskDuration, {}), '{{task}}')],
    }),
    showTimeSeries({
      title: 'Task failures',
      description: 'Failed tasks a second, by task and class of the exception.',
      width: 8,
      unit: units.OpsPerSecond,
      min: 0,
      bars: true,
      stacked: true,
      colors: BAD,
      empty: 'No task has failed',
      links: ERROR_LINES,
      queries: [range(rateBy(['task', 'exception'], METRIC.taskFailures, {}), '{{task}}: {{exception}}')],
    }),
  ],
};

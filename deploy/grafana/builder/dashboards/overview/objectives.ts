import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Section } from '../../dashboard.js';
import { errorRatio, sumBy } from '../../expressions.js';
import { METRIC, select, selectPart } from '../../metrics.js';
import { OBJECTIVES } from '../../objectives.js';
import { limitsAbove, limitsBelow, showNumber, showTimeSeries } from '../../panels.js';
import { instant, range } from '../../sources.js';

const { availability, fast, latencySeconds, window } = OBJECTIVES;
const percent = (part: number): string => `${Number((part * 100).toFixed(3))} %`;
const errorsOver = (time: string): string =>
  errorRatio((matchers) => `increase(${select(METRIC.requests, matchers)}[${time}])`);
const fastOver = (time: string): string => {
  // Prometheus 3 writes the bound of a bucket as a float: 1.0.
  const within = selectPart(METRIC.requestLatency, 'bucket', { le: `="${latencySeconds.toFixed(1)}"` });
  const all = selectPart(METRIC.requestLatency, 'count');
  return `${sumBy([], `increase(${within}[${time}])`)} / ${sumBy([], `increase(${all}[${time}])`)}`;
};

/** What is promised, and how much of the allowance is left. */
export const objectives: Section = {
  title: 'Objectives',
  panels: [
    showNumber({
      title: `Availability (${window})`,
      description: `Part of the requests that were not answered with 5xx. The objective is ${percent(availability)}.`,
      width: 6,
      height: 6,
      unit: units.PercentUnit,
      decimals: 2,
      max: 1,
      limits: limitsBelow(availability, availability - 0.01),
      empty: 'No requests yet',
      queries: [instant(`1 - ${errorsOver(window)}`, 'availability')],
    }),
    showNumber({
      title: 'Error budget left',
      description: `Of the failures that ${percent(availability)} over ${window} allow, the part that is not used up. Below zero the objective is missed.`,
      width: 6,
      height: 6,
      unit: units.PercentUnit,
      decimals: 1,
      max: 1,
      limits: limitsBelow(0.5, 0),
      empty: 'No requests yet',
      queries: [instant(`1 - (${errorsOver(window)}) / (1 - ${availability})`, 'left')],
    }),
    showNumber({
      title: `Answered within ${latencySeconds} s (${window})`,
      description: `Part of the requests that took at most ${latencySeconds} s. The objective is ${percent(fast)}.`,
      width: 6,
      height: 6,
      unit: units.PercentUnit,
      decimals: 2,
      max: 1,
      limits: limitsBelow(fast, fast - 0.05),
      empty: 'No requests yet',
      queries: [instant(fastOver(window), 'fast')],
    }),
    showTimeSeries({
      title: 'Burn rate of the error budget',
      description: `1 uses up the budget exactly in ${window}; 14.4 in two days, which pages somebody.`,
      width: 6,
      height: 6,
      unit: units.Short,
      min: 0,
      limits: limitsAbove(1, 14.4),
      empty: 'No requests yet',
      queries: ['1h', '6h'].map((time) => range(`(${errorsOver(time)}) / (1 - ${availability})`, `over ${time}`)),
    }),
  ],
};

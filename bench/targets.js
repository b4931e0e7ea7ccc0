/** What the package is to cost at most, held against a run; and why where it costs more. */
import { summarizeDifferences, summarizeRatios } from './statistics.js';
import { BASELINE, OURS, STOCK_ID } from './variants.js';

const valuesOf = (rounds, figure) => rounds.map((round) => round[figure]);

const ratio = (results, id, base, figure) =>
  summarizeRatios(valuesOf(results[id], figure), valuesOf(results[base], figure)).median;

const added = (results, figure) =>
  summarizeDifferences(valuesOf(results[OURS], figure), valuesOf(results[BASELINE], figure)).median;

/** `most`: the bound; `measure`: the figure of a run; `why`: what is known of the distance, where there is one. */
const TARGETS = [
  {
    section: 'requests',
    what: 'CPU of a request, to OpenTelemetry with layers ignored',
    most: 1,
    measure: ({ requests }) => ratio(requests, OURS, STOCK_ID, 'cpuMicros'),
    why: 'No reason is known: look at it.',
  },
  {
    section: 'requests',
    what: 'CPU of a request, to Express + winston (stretch)',
    most: 1.15,
    measure: ({ requests }) => ratio(requests, OURS, BASELINE, 'cpuMicros'),
    why: `Without sending the logs about 40 % of what is added goes (one ablation, on a busy machine). What the rest is made of is not resolved: single pieces (AsyncLocalStorage by itself, Express' routes, the events of messages) were taken out one by one, and the differences were smaller than the scatter between two processes of the same code. Counting the request takes a third of a microsecond in a loop of its own.`,
  },
  {
    section: 'startup',
    what: 'start-up added, ms',
    most: 100,
    digits: 0,
    measure: ({ startup }) => added(startup, 'firstStatementMs'),
    why: `It is mostly the loading of modules: some 270 files of OpenTelemetry beside our own. The exporters that nobody asked for, half of all files before, are not loaded any more. Bundling the rest into one file was not tried.`,
  },
  {
    section: 'logs',
    what: 'a winston line printed, spooled and sent, to winston writing to a file',
    most: 2,
    measure: ({ logs }) => ratio(logs, OURS, BASELINE, 'cpuMicros'),
    why: `By one CPU profile of what is added, about a third is making the record, a sixth encoding it, and the rest buffers, spool and HTTP. The row of stock OpenTelemetry has no spool. The ratio is a small figure over a small one: it was between 1.9 and 2.7 in runs of this bench on this machine.`,
  },
  {
    section: 'logs',
    what: 'a line of getLogger printed, spooled and sent, to winston writing to a file',
    most: 2,
    measure: ({ logs }) => ratio(logs, 'barbossa-logger', BASELINE, 'cpuMicros'),
    why: `As above, without what winston takes and with the JSON line that getLogger makes itself.`,
  },
  {
    section: 'logs',
    what: "a winston line that its level keeps out, µs beyond winston's own",
    most: 1,
    measure: ({ logs }) =>
      summarizeDifferences(valuesOf(logs[OURS], 'disabledMicros'), valuesOf(logs['winston-console'], 'disabledMicros'))
        .median,
    why: `Our share is the question whether the level is on; winston formats the line in any case.`,
  },
];

/** The targets of the sections that were run: figure, bound, and what is to be said where it was missed. */
export function judgeTargets(results, sections) {
  return TARGETS.filter(({ section }) => sections.includes(section)).map(({ measure, ...target }) => {
    const measured = measure(results);
    return { ...target, measured, met: measured <= target.most };
  });
}

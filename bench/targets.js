/** What the package is to cost at most, held against a run; and why where it costs more. */
import { summarize, summarizeRatios } from './statistics.js';
import { BASELINE, OURS, STOCK_ID } from './variants.js';

const valuesOf = (rounds, figure) => rounds.map((round) => round[figure]);

const ratio = (results, id, base, figure) =>
  summarizeRatios(valuesOf(results[id], figure), valuesOf(results[base], figure)).median;

const added = (results, figure) =>
  summarize(results[OURS].map((round, turn) => round[figure] - results[BASELINE][turn][figure])).median;

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
    why: `About half of what is added is the log record: its ids, which winston prints as well, its encoding, the spool and the
    request to the collector. The rest is the context that follows each request through its callbacks (AsyncLocalStorage, which on Node 20
    runs a hook for every asynchronous resource), the ids of trace and request, the header on the answer, and following Express' routers
    for the route template. No single function stands out: counting the request, once the dearest, is a third of a microsecond.`,
  },
  {
    section: 'startup',
    what: 'start-up added, ms',
    most: 100,
    digits: 0,
    measure: ({ startup }) => added(startup, 'firstStatementMs'),
    why: `It is the loading of modules: some 270 files of OpenTelemetry and 100 of our own. Exporters that nobody asked for, half of
    all files before, are not loaded any more. Less than that takes one file made of them all, which would hide the packages' versions
    from those who audit them.`,
  },
  {
    section: 'logs',
    what: 'a winston line printed, spooled and sent, to winston writing to a file',
    most: 2,
    measure: ({ logs }) => ratio(logs, OURS, BASELINE, 'cpuMicros'),
    why: `Per line it is about as much work again as winston's own: a record is made of it (a third), encoded as OTLP (a sixth), written to
    the spool and sent over HTTP (a third), and the ids that are added to it make winston's own text longer. The batch processor of
    stock OpenTelemetry, in the row above, has no spool and loses what it holds in a crash. In the first thousands of lines, until V8 has
    compiled everything, the distance is larger.`,
  },
  {
    section: 'logs',
    what: 'a line of getLogger printed, spooled and sent, to winston writing to a file',
    most: 2,
    measure: ({ logs }) => ratio(logs, 'barbossa-logger', BASELINE, 'cpuMicros'),
    why: 'As above; what winston takes is spared, and the redacted JSON line is made by us instead.',
  },
  {
    section: 'logs',
    what: "a winston line that its level keeps out, µs beyond winston's own",
    most: 1,
    measure: ({ logs }) =>
      summarize(logs[OURS].map((round, index) => round.disabledMicros - logs['winston-console'][index].disabledMicros))
        .median,
    why: 'Winston itself formats a line before its transports look at the level; ours asks the level first, and passes it on.',
  },
];

/** The targets of the sections that were run: figure, bound, and what is to be said where it was missed. */
export function judgeTargets(results, sections) {
  return TARGETS.filter(({ section }) => sections.includes(section)).map(({ measure, ...target }) => {
    const measured = measure(results);
    return { ...target, measured, met: measured <= target.most };
  });
}

/** The tables and what has to be known to read them, as Markdown. */
import { cpus, loadavg, totalmem } from 'node:os';
import { METHOD } from './method.js';
import { PIPELINES } from './sections/pipeline.js';
import { summarize, summarizeRatios } from './statistics.js';
import { judgeTargets } from './targets.js';
import { APPLICATIONS, BASELINE, LOGGERS, PACING, START_UPS } from './variants.js';

const LINE_CHARS = 120;
const MB = 1_000_000;

const number = (value, digits) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const range = ({ min, max }, digits) => `${number(min, digits)}–${number(max, digits)}`;
const valuesOf = (rounds, figure) => rounds.map((round) => round[figure]);
const medianOf = (rounds, figure, digits) => number(summarize(valuesOf(rounds, figure)).median, digits);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Median and range: two cells. */
function measured(values, digits) {
  const summary = summarize(values);
  return [number(summary.median, digits), range(summary, digits)];
}

/** Ratio to the baseline and its range: two cells. */
function compared(results, id, figure) {
  if (id === BASELINE) return ['1', ''];
  const ratio = summarizeRatios(valuesOf(results[id], figure), valuesOf(results[BASELINE], figure));
  return [`**${number(ratio.median, 2)}**`, range(ratio, 2)];
}

/** The share of all records of all rounds that reached the sink. */
function deliveredShare(rounds) {
  if (rounds[0].delivered === undefined) return '–';
  const [arrived, sent] = ['delivered', 'sent'].map((figure) => valuesOf(rounds, figure).reduce((a, b) => a + b, 0));
  // Rounded down: what lost a record did not deliver 100 %.
  return arrived === sent ? '100 %' : `${number(Math.floor((arrived / sent) * 10_000) / 100, 2)} %`;
}

function requestsTable(results) {
  return table(
    ['', 'CPU µs a request', 'min–max', 'to Express + winston', 'min–max', 'afterwards', 'log records delivered'],
    APPLICATIONS.map(({ id, title }) => [
      title,
      ...measured(valuesOf(results[id], 'cpuMicros'), 0),
      ...compared(results, id, 'cpuMicros'),
      medianOf(results[id], 'afterwardsMicros', 1),
      deliveredShare(results[id]),
    ]),
  );
}

function memoryTable(results) {
  const inMb = (id, figure) =>
    measured(
      valuesOf(results[id], figure).map((bytes) => bytes / MB),
      0,
    );
  return table(
    ['', 'RSS MB after the load', 'min–max', 'to Express + winston', 'min–max', 'RSS MB idle', 'min–max'],
    APPLICATIONS.map(({ id, title }) => [
      title,
      ...inMb(id, 'loadedBytes'),
      ...compared(results, id, 'loadedBytes'),
      ...inMb(id, 'idleBytes'),
    ]),
  );
}

function startUpTable(results) {
  const cells = (id, figure) => {
    const own = valuesOf(results[id], figure);
    const added = own.map((value, turn) => value - results[BASELINE][turn][figure]);
    return [...measured(own, 0), id === BASELINE ? '' : `**${number(summarize(added).median, 0)}**`];
  };
  return table(
    [
      '',
      'ms to the first statement',
      'min–max',
      'added',
      'CPU ms to there',
      'min–max',
      'added',
      'ms to the first answer',
      'min–max',
      'added',
    ],
    START_UPS.map(({ id, title }) => [
      title,
      ...['firstStatementMs', 'cpuMs', 'firstAnswerMs'].flatMap((figure) => cells(id, figure)),
    ]),
  );
}

function logsTable(results) {
  return table(
    [
      '',
      'CPU µs a line, delivery included',
      'min–max',
      'to winston with a file',
      'min–max',
      'the call alone µs',
      'a disabled call µs',
      'delivered',
    ],
    LOGGERS.filter(({ id }) => id !== PACING).map(({ id, title }) => [
      title,
      ...measured(valuesOf(results[id], 'cpuMicros'), 1),
      ...compared(results, id, 'cpuMicros'),
      medianOf(results[id], 'callMicros', 1),
      medianOf(results[id], 'disabledMicros', 2),
      deliveredShare(results[id]),
    ]),
  );
}

function scrapeTable(results) {
  return table(
    ['', 'ms a scrape', 'min–max', 'bytes'],
    APPLICATIONS.filter(({ metrics }) => metrics !== undefined).map(({ id, title }) => [
      title,
      ...measured(
        results[id].flatMap(({ scrapeMs }) => scrapeMs),
        2,
      ),
      medianOf(results[id], 'scrapeBytes', 0),
    ]),
  );
}

function pipelineTable(results) {
  const head = ['', 'CPU µs a record', 'min–max', 'peak RSS MB', 'taken a second', 'searchable a second', 'delivered'];
  return table(
    head,
    PIPELINES.map(({ id, title }) => [
      title,
      ...measured(valuesOf(results[id], 'cpuMicros'), 1),
      number(summarize(valuesOf(results[id], 'peakBytes')).median / MB, 0),
      medianOf(results[id], 'takenRate', 0),
      medianOf(results[id], 'searchableRate', 0),
      deliveredShare(results[id]),
    ]),
  );
}

function outageTable({ rows, written, dropped, delivered }) {
  const totals = `${number(written, 0)} lines were written, ${number(delivered, 0)} delivered after the outage or before it,
  ${number(dropped, 0)} counted as dropped when both bounds were reached.`;
  const lines = rows.map(({ minute, heapGrowthBytes, rssBytes, spoolBytes, dropped: soFar }) => [
    number(minute, 1),
    number(heapGrowthBytes / MB, 1),
    number(rssBytes / MB, 0),
    number(spoolBytes / MB, 1),
    number(soFar, 0),
  ]);
  const head = ['minute', 'heap MB above the start', 'RSS MB', 'spool MB', 'records dropped so far'];
  return `${table(head, lines)}\n\n${wrap(totals)}`;
}

/** In the order of the report; memory and scrapes come from the runs of `requests`. */
const SECTIONS = {
  requests: { title: 'CPU of a request', from: 'requests', render: requestsTable },
  startup: { title: 'Start-up', from: 'startup', render: startUpTable },
  memory: { title: 'Resident memory', from: 'requests', render: memoryTable },
  logs: { title: 'A log line', from: 'logs', render: logsTable },
  scrape: { title: 'A scrape', from: 'requests', render: scrapeTable },
  pipeline: { title: 'The collector', from: 'pipeline', render: pipelineTable },
  outage: { title: 'Memory during an outage', from: 'outage', render: outageTable },
};

/** A paragraph of any layout as lines of at most 120 characters. */
function wrap(text) {
  const lines = [''];
  for (const word of text.trim().split(/\s+/)) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (longer.length <= LINE_CHARS) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** Of what else ran meanwhile, which is what wall times and the caches' part of CPU times suffer from. */
function describeLoad() {
  const [, , load = 0] = loadavg();
  const free = load < cpus().length;
  return `The machine's load average over the last quarter of an hour was ${number(load, 1)}${
    free
      ? '.'
      : ': it was shared with other work, so trust the ratios more than the figures, and the milliseconds least.'
  }`;
}

function renderTargets(results, sections) {
  const targets = judgeTargets(results, sections);
  const rows = targets.map(({ what, most, measured: figure, met, digits = 2 }) => [
    what,
    number(most, digits),
    number(figure, digits),
    met ? 'met' : '**missed**',
  ]);
  const reasons = targets.filter(({ met }) => !met).map(({ what, why }) => wrap(`Missed, ${what}: ${why}`));
  return [
    `## Targets\n\n${table(['', 'at most', 'measured', ''], rows)}\n`,
    ...reasons.map((text) => `${text}\n`),
  ].join('\n');
}

/** The whole report. `results` has the rounds of `requests`, `startup` and `logs` by variant id, as far as they were run. */
export function renderReport({ results, options, command, startedAt, minutes }) {
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${number(totalmem() / 2 ** 30, 0)} GiB`;
  const sections = options.sections.map((name) => {
    const { title, from, render } = SECTIONS[name];
    return `## ${title}\n\n${render(results[from])}\n\n${wrap(METHOD[name](options, Object.values(results[from])[0]?.length))}\n`;
  });
  const about =
    wrap(`${startedAt.toISOString().slice(0, 10)}, ${machine}, ${process.platform}, Node.js ${process.version},
    ${number(minutes, 1)} minutes. Medians.
    ${describeLoad()} The versions of the peers are
    pinned in \`bench/package.json\`.`);
  return `# Performance

What the package costs, beside its peers in the same interleaved run. Generated; written by

    ${command}

${about}

${renderTargets(results, options.sections)}
${sections.join('\n')}`;
}

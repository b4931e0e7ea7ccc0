/** The tables and what has to be known to read them, as Markdown. */
import { cpus, loadavg, totalmem } from 'node:os';
import { METHOD } from './method.js';
import { PIPELINES } from './sections/pipeline.js';
import { median, summarize, summarizeDifferences, summarizeRatios } from './statistics.js';
import { judgeTargets } from './targets.js';
import { APPLICATIONS, BASELINE, INSTALLS, LOGGERS, PACING, START_UPS } from './variants.js';

const LINE_CHARS = 120;
const MB = 1_000_000;
const INTERVAL = '95 %';

const number = (value, digits) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const interval = ({ low, high }, digits) => `${number(low, digits)}–${number(high, digits)}`;
const valuesOf = (rounds, figure) => rounds.map((round) => round[figure]);
const medianOf = (rounds, figure, digits) => number(median(valuesOf(rounds, figure)), digits);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Median and its interval: two cells. */
function measured(values, digits) {
  const summary = summarize(values);
  return [number(summary.median, digits), interval(summary, digits)];
}

/** A ratio and its interval. Where 1 is in it nothing was shown. */
function printRatio(ratio) {
  const isDifferent = ratio.low > 1 || ratio.high < 1;
  return [isDifferent ? `**${number(ratio.median, 2)}**` : 'no difference', interval(ratio, 2)];
}

/** Ratio to the baseline and its interval: two cells. */
function compared(results, id, figure) {
  if (id === BASELINE) return ['1', ''];
  return printRatio(summarizeRatios(valuesOf(results[id], figure), valuesOf(results[BASELINE], figure)));
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
    ['', 'CPU µs a request', INTERVAL, 'to Express + winston', INTERVAL, 'afterwards', 'log records delivered'],
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
    ['', 'RSS MB after the load', INTERVAL, 'to Express + winston', INTERVAL, 'RSS MB idle', INTERVAL],
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
    const added = summarizeDifferences(own, valuesOf(results[BASELINE], figure));
    return [
      number(median(own), 0),
      ...(id === BASELINE ? ['', ''] : [`**${number(added.median, 0)}**`, interval(added, 0)]),
    ];
  };
  return table(
    [
      '',
      ...['ms to the first statement', 'CPU ms to there', 'ms to the first answer'].flatMap((what) => [
        what,
        'added',
        INTERVAL,
      ]),
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
      INTERVAL,
      'to winston with a file',
      INTERVAL,
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
    ['', 'ms a scrape', INTERVAL, 'bytes'],
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
  const head = ['', 'CPU µs a record', INTERVAL, 'peak RSS MB', 'taken a second', 'searchable a second', 'delivered'];
  return table(
    head,
    PIPELINES.map(({ id, title }) => [
      title,
      ...measured(valuesOf(results[id], 'cpuMicros'), 1),
      number(median(valuesOf(results[id], 'peakBytes')) / MB, 0),
      medianOf(results[id], 'takenRate', 0),
      medianOf(results[id], 'searchableRate', 0),
      deliveredShare(results[id]),
    ]),
  );
}

function installsTable(results) {
  return table(
    ['', 'MB', 'files', 'packages'],
    INSTALLS.map(({ id, title }) => {
      const [{ bytes, files, packages }] = results[id];
      return [title, number(bytes / MB, 1), number(files, 0), number(packages, 0)];
    }),
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

/** In the order of the report; memory and scrapes come from the runs of `requests`. `isOfNode`: for each Node. */
const SECTIONS = {
  requests: { title: 'CPU of a request', from: 'requests', render: requestsTable, isOfNode: true },
  startup: { title: 'Start-up', from: 'startup', render: startUpTable, isOfNode: true },
  memory: { title: 'Resident memory', from: 'requests', render: memoryTable, isOfNode: true },
  logs: { title: 'A log line', from: 'logs', render: logsTable, isOfNode: true },
  scrape: { title: 'A scrape', from: 'requests', render: scrapeTable, isOfNode: true },
  install: { title: 'An installation', from: 'install', render: installsTable },
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

/** What is to be reached, and what was on each Node. */
function renderTargets(runs, sections) {
  const judged = runs.map(({ results }) => judgeTargets(results, sections));
  const rows = judged[0].map(({ what, most, digits = 2 }, index) => [
    what,
    number(most, digits),
    ...judged.map((targets) => {
      const { measured: figure, met } = targets[index];
      return met ? number(figure, digits) : `**${number(figure, digits)}** missed`;
    }),
  ]);
  const missed = judged[0].filter((_, index) => judged.some((targets) => !targets[index].met));
  const head = ['', 'at most', ...runs.map(({ version }) => `Node ${version}`)];
  return [
    `## Targets\n\n${table(head, rows)}\n`,
    ...missed.map(({ what, why }) => `${wrap(`Missed, ${what}: ${why}`)}\n`),
  ].join('\n');
}

/** One section: its tables, one for each Node where it is of Nodes, and how it was measured. */
function renderSection(name, runs, options) {
  const { title, from, render, isOfNode } = SECTIONS[name];
  const shown = isOfNode ? runs : runs.slice(0, 1);
  const tables = shown.map(
    ({ version, results }) => `${isOfNode ? `Node ${version}:\n\n` : ''}${render(results[from])}\n`,
  );
  const rounds = Object.values(runs[0].results[from])[0]?.length;
  return `## ${title}\n\n${tables.join('\n')}\n${wrap(METHOD[name](options, rounds))}\n`;
}

/**
 * The whole report.
 * @param runs For each Node its `version` and its `results`: the rounds of each section by variant id, as far as they were
 * run. What does not depend on the Node is in the first.
 */
export function renderReport({ runs, options, command, startedAt, minutes }) {
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${number(totalmem() / 2 ** 30, 0)} GiB`;
  const about =
    wrap(`${startedAt.toISOString().slice(0, 10)}, ${machine}, ${process.platform}, ${number(minutes, 1)} minutes.
    Figures are medians; "95 %" is the interval in which the median lies with that confidence, by the bootstrap; where it holds
    the 1 of a ratio, no difference was shown. ${describeLoad()} The versions of the peers are pinned in \`bench/package.json\`.`);
  return `# Performance

What the package costs, beside its peers in the same interleaved run. Generated; written by

    ${command}

${about}

${renderTargets(runs, options.sections)}
${options.sections.map((name) => renderSection(name, runs, options)).join('\n')}`;
}

/** The table, for the terminal and for docs/reliability.md, where it stands between two comments. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const REPORT = new URL('../../docs/reliability.md', import.meta.url);
const BEGIN = '<!-- Table made by `npm run faults`. -->';
const END = '<!-- End of the table. -->';
const NAMES = { ours: 'barbossa-telemetry', stock: 'stock parts' };

const whole = (number) => number.toLocaleString('en-US');
const inMs = (value) => (value === undefined ? '–' : `${whole(Math.round(value))} ms`);
const inSeconds = (ms) => (ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`);

/** One line for the terminal while it runs. */
export function describeOutcome({ kind, sent, stored, duplicates, searchableMs, searchP99Ms, p99Ms, problems }) {
  const verdict = problems.length === 0 ? '' : `  ${kind === 'ours' ? 'NOT MET' : 'so'}: ${problems.join('; ')}`;
  const search = searchP99Ms === undefined ? '' : `, found after ${inMs(searchP99Ms)} (p99)`;
  return (
    `${NAMES[kind].padEnd(19)} ${whole(stored)} of ${whole(sent)} stored, ${whole(duplicates)} twice, ` +
    `all searchable: ${inSeconds(searchableMs)}${search}, p99 ${inMs(p99Ms)}${verdict}`
  );
}

/** The Markdown table; written to docs/reliability.md after a whole run. */
export function writeReport(results, { isWhole, startedAt, kinds }) {
  const table = renderTable(results);
  if (!isWhole || kinds.length < 2) return `\n${table}\n`;
  const text = readFileSync(REPORT, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [, after] = (rest ?? '').split(END);
  if (after === undefined) throw new Error('docs/reliability.md has lost the comments around its table');
  const minutes = Math.round((Date.now() - startedAt.getTime()) / 60_000);
  const where =
    `Run on ${startedAt.toISOString().slice(0, 10)} in ${minutes} minutes, Node ${process.versions.node}, ` +
    `${cpus().length} cores for all of it: both applications, both collectors and Elasticsearch.`;
  writeFileSync(REPORT, `${before}${BEGIN}\n\n${where}\n\n${table}\n\n${END}${after}`);
  return `\n${table}\n\nWritten to docs/reliability.md.\n`;
}

function renderTable(results) {
  const head = ['fault', 'must show', '', 'sent', 'stored', 'twice', 'all searchable after', "application's p99"];
  const rows = results.flatMap(({ scenario, outcomes }) =>
    outcomes.map((outcome, at) => [
      at === 0 ? scenario.fault : '',
      at === 0 ? scenario.must : '',
      NAMES[outcome.kind],
      whole(outcome.sent),
      outcome.stored === outcome.sent ? '**all**' : whole(outcome.stored),
      whole(outcome.duplicates),
      outcome.searchP99Ms === undefined
        ? inSeconds(outcome.searchableMs)
        : `${inSeconds(outcome.searchableMs)} (a line: p99 ${inMs(outcome.searchP99Ms)})`,
      inMs(outcome.p99Ms),
    ]),
  );
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column > 2 ? '---:' : '---'))), ...rows.map(line)].join('\n');
}

#!/usr/bin/env node
// Writes what is made from the code: docs/configuration.md, docs/metrics.md, Grafana's dashboards and Kibana's objects.
// With --check it writes nothing and fails where a file is not what it would write. Needs a build.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';
import { printValue } from '../dist/config/setting.js';
import { SETTINGS } from '../dist/config/settings.js';
import { CATALOGUE } from '../dist/metrics/catalogue.js';

const NOTE = '<!-- Made by `npm run docs` from the code. Do not edit. -->\n';

/** @param {readonly string[][]} rows */
function printTable(rows) {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const [head = [], ...body] = escaped.map((row) => `| ${row.join(' | ')} |`);
  return [head, `|${' --- |'.repeat(rows[0]?.length ?? 0)}`, ...body].join('\n');
}

/** A value in code quotes; words in plain. @param {import('../dist/config/setting.js').Setting<unknown>} row */
function printDefault(row) {
  if (row.fallbackText !== undefined) return row.fallbackText;
  const text = printValue(row.fallback);
  return text.startsWith('(') ? text : `\`${text}\``;
}

function printConfiguration() {
  const groups = Object.entries(SETTINGS).map(([title, group]) => {
    const rows = Object.values(group).map((row) => [
      `\`${row.variable}\``,
      row.about,
      row.allowed,
      row.unit ?? '',
      printDefault(row),
    ]);
    return `## ${title}\n\n${printTable([['variable', 'what it does', 'allowed', 'unit', 'default'], ...rows])}\n`;
  });
  return `${NOTE}
# Configuration

Everything is set by environment variables, read once at the start. Unset and blank mean the default. An unusable
value is one warning on stderr that names the variable, what it was, what is allowed and what is used instead; the
application runs in any case. Values of secret settings are never shown.

Variables of OpenTelemetry that are not listed here and belong to the span exporters (\`OTEL_EXPORTER_OTLP_TRACES_*\`,
\`OTEL_BSP_*\`, \`OTEL_SPAN_*\`) and to context propagation (\`OTEL_PROPAGATORS\`) are read by OpenTelemetry itself.

${groups.join('\n')}`;
}

function printMetrics() {
  const rows = Object.values(CATALOGUE).map((row) => [
    `\`${row.name}\``,
    row.kind === 'value' ? 'gauge' : row.kind,
    row.labels.map((label) => `\`${label}\``).join(', '),
    'unit' in row ? row.unit : '',
    row.help,
  ]);
  const buckets = Object.values(CATALOGUE)
    .filter((row) => 'buckets' in row)
    .map((row) => [`\`${row.name}\``, row.buckets.join(', ')]);
  return `${NOTE}
# Metrics

Served at \`/metrics\` of the admin server. The name of the OpenTelemetry instrument is the name in Prometheus. Who asks for
\`application/openmetrics-text\`, as Prometheus does, gets the same series with exemplars: the trace of a request in each bucket.

${printTable([['name', 'kind', 'labels', 'unit', 'what it counts'], ...rows])}

## Buckets

${printTable([['histogram', 'upper bounds'], ...buckets])}

## Rules

- \`endpoint\` is the route template with its mount path (\`/api/tracks/:id\`), or \`<unmatched>\` where no route took the
  request. It is never the path that was asked for.
- \`method\` is one of CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY and TRACE, or \`_OTHER\`.
- \`status\` is the HTTP status; 499 where the client went away before it had the whole answer. A request so malformed
  that Node refuses it before the application sees it counts as \`_OTHER\`, \`<unmatched>\`, with the status Node answers.
- A family has at most \`BARBOSSA_METRICS_MAX_SERIES\` series (2,000). What goes beyond is counted in one series with the
  label \`otel_metric_overflow="true"\`, and one warning says so.
- Label values from the application are strings of 1 to 120 characters; anything else becomes \`invalid\`, with a warning.
- Each process that reads queues has its own series of them: \`max by (queue)\` where there are several. They end while the
  queues cannot be read. \`barbossa_celery_queue_length\` is Celery's queues in all priorities, and of BullMQ waiting and
  prioritized.
- Every family is on the first page: with a zero where its label sets are known, else with its \`HELP\` and \`TYPE\` alone.

## From OpenTelemetry

Beside them stand the upstream families: \`http_server_request_duration\`, \`http_client_request_duration\`, \`nodejs_*\`
(event loop) and \`v8js_*\` (heap, garbage collection), as OpenTelemetry's semantic conventions describe them, and
\`target_info\` with what is known of the process.
`;
}

/** What a builder in deploy/ makes. @param {string} folder @returns {Promise<[file: string, text: string][]>} */
async function render(folder) {
  const { renderFiles } = await tsImport(`../${folder}/builder/index.ts`, import.meta.url);
  return renderFiles().map((/** @type {[string, string]} */ [name, text]) => [`${folder}/${name}`, text]);
}

/** @type {readonly (readonly [file: string, text: string])[]} */
const documents = [
  ['docs/configuration.md', printConfiguration()],
  ['docs/metrics.md', printMetrics()],
  ...(await render('deploy/grafana')),
  ...(await render('deploy/kibana')),
];
const check = process.argv.includes('--check');
let stale = 0;
for (const [file, text] of documents) {
  const url = new URL(`../${file}`, import.meta.url);
  if (!check) writeFileSync(url, text);
  else if (!existsSync(url) || readFileSync(url, 'utf8') !== text) {
    stale += 1;
    process.stderr.write(`${file} is not what the code says: run "npm run docs"\n`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;

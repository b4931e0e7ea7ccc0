#!/usr/bin/env node
// Writes what is made from the code: docs/configuration.md, docs/metrics.md, docs/processes.md, Grafana's dashboards and
// Kibana's objects, the rooms of src/ in CONTRIBUTING.md and for the linter, the fields of a log record in docs/logs.md and in
// Elasticsearch's index template, the chart's copies of what it ships.
// With --check it writes nothing and fails where a file is not what it would write. Needs a build.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';
import { listOtelVariables } from '../dist/config/otel-variables.js';
import { PROXY_VARIABLES } from '../dist/config/proxy.js';
import { printValue } from '../dist/config/setting.js';
import { SETTINGS } from '../dist/config/settings.js';
import { LOG_FIELDS } from '../dist/logs/fields.js';
import { PACKAGE_MANAGERS, TOOL_PACKAGES, WITHOUT_APPLICATION } from '../dist/start/left-alone.js';
import { CATALOGUE } from '../dist/metrics/catalogue.js';
import { listStrayFiles, makeChartFiles } from './chart/chart-files.js';
import { makeRules, printRooms } from './rooms/rooms.js';

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

A path that is relative begins in the folder that the application is started in, and leads there also after \`process.chdir\`. What
is read from a path has to be a file: from a pipe or a device (\`<(command)\` of a shell) nothing is read.

The last section has every variable of OpenTelemetry's, whether it holds, and why not. One that is set and does not hold is
one warning at the start.

${groups.join('\n')}
## Proxies

For log records. In lower case the variables hold too, and win. A proxy is an http:// or https:// URL, with its login where it
wants one (\`http://user:password@proxy:3128\`), which is never shown; SOCKS is not spoken. Where no endpoint is set, the collector is
on this machine and no proxy is used; an endpoint that is set is reached through the proxy unless \`NO_PROXY\` names its host, also
where that is \`localhost\`. An https proxy is trusted by the roots that Node trusts (\`NODE_EXTRA_CA_CERTS\`), not by those of
\`OTEL_EXPORTER_OTLP_CERTIFICATE\`. Spans are sent by OpenTelemetry's own exporters, which use no proxy.

${printTable([['variable', 'what it does'], ...Object.entries(PROXY_VARIABLES).map(([name, about]) => [`\`${name}\``, about])])}

## Variables of OpenTelemetry

All of the specification and of OpenTelemetry's packages for Node.js. *Ours* has its row above. *OpenTelemetry's* is read by the
OpenTelemetry inside, as it documents it. What does not hold has its reason. A name with \`OTEL_\` that is not here is told at the start, unless
it is for another language.

${printTable([['variable', 'holds', 'what it does, or why it does not hold'], ...listOtelVariables().map(printOtelVariable)])}
`;
}

const HOLDS = { ours: 'ours', sdk: "OpenTelemetry's", no: 'no' };

/** @param {import('../dist/config/otel-variables.js').OtelVariable} variable */
function printOtelVariable({ name, holds, about }) {
  const [first = ''] = about;
  return [
    `\`${name}\``,
    HOLDS[holds],
    { ours: 'See above.', sdk: about, no: `${first.toUpperCase()}${about.slice(1)}.` }[holds],
  ];
}

function printMetrics() {
  const rows = Object.values(CATALOGUE).map((row) => [
    `\`${row.name}\``,
    row.kind,
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

function printProcesses() {
  const code = (/** @type {readonly string[]} */ names) => names.map((name) => `\`${name}\``).join(', ');
  const rows = Object.entries(TOOL_PACKAGES).map(([kind, names]) => [kind, code(names)]);
  return `${NOTE}
# Which processes are left alone

A \`NODE_OPTIONS\` meant for the application reaches every Node that is started under it. These get no telemetry, and with
\`OTEL_LOG_LEVEL=debug\` one line says why; everything else is an application.

${printTable([
  ['what', 'which'],
  ['worker threads', 'all'],
  ['package managers, by the name of their script', code(PACKAGE_MANAGERS)],
  ['a Node that runs no application, by its option', code(WITHOUT_APPLICATION)],
  ...rows.map(([kind = '', names = '']) => [`${kind}: programs of the packages`, names]),
])}

What counts is the script that the application begins with. A process that a manager starts is an application: pm2's processes in
fork and in cluster mode, what nodemon, forever, ts-node-dev, node-dev, \`node --watch\` and tsx run. Its name, version and packages are the
application's, not the manager's. pm2's daemon and command are left alone.
`;
}

/**
 * A part of a document that people write, between two comments of its name.
 * @param {string} file @param {string} name @param {string} part @returns {[file: string, text: string]}
 */
function replacePart(file, name, part) {
  const [before, , after] = read(file).split(new RegExp(`<!-- (?:end of )?${name} -->`));
  if (after === undefined) throw new Error(`${file} has lost the comments around its ${name}`);
  return [file, `${before}<!-- ${name} -->\n\n${part}\n\n<!-- end of ${name} -->${after}`];
}

/** @param {string} file */
function read(file) {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}

/** As the formatter has it: columns are as wide as their longest cell. Neighbours of which the same is said share a row. */
function printLogFields() {
  const rows = [['field', 'what']];
  for (const { name, about } of LOG_FIELDS) {
    const last = rows.at(-1) ?? [];
    if (last[1] === about) last[0] += `, \`${name}\``;
    else rows.push([`\`${name}\``, about]);
  }
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  rows.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`).join('\n');
}

/** The mapping of the index template, whose settings people write. @returns {[file: string, text: string]} */
function replaceMapping() {
  const file = 'deploy/elasticsearch/index-template.json';
  const properties = LOG_FIELDS.flatMap((field) => {
    const own = [printProperty(field.name, field.mapping)];
    return 'alias' in field ? [...own, printProperty(field.alias, { type: 'alias', path: field.name })] : own;
  });
  const parts = /^([^]*\n {6}"properties": \{\n)[^]*?(\n {6}\}\n[^]*)$/.exec(read(file));
  if (parts === null) throw new Error(`${file} has lost its properties`);
  return [file, `${parts[1]}${properties.join(',\n')}${parts[2]}`];
}

/** One line, with an object for each part of a name with dots. @param {string} name @param {object} mapping */
function printProperty(name, mapping) {
  const [first = '', ...rest] = name.split('.');
  const value = rest.reduceRight((/** @type {object} */ inner, part) => ({ properties: { [part]: inner } }), mapping);
  return `        "${first}": ${JSON.stringify(value, undefined, 1).replace(/\n\s*/g, ' ')}`;
}

/** What a builder in deploy/ makes. @param {string} folder @returns {Promise<[file: string, text: string][]>} */
async function render(folder) {
  const { renderFiles } = await tsImport(`../${folder}/builder/index.ts`, import.meta.url);
  return renderFiles().map((/** @type {[string, string]} */ [name, text]) => [`${folder}/${name}`, text]);
}

const check = process.argv.includes('--check');
let stale = 0;

/** @param {string} file @param {string} text */
function writeOrCompare(file, text) {
  const url = new URL(`../${file}`, import.meta.url);
  if (!check) {
    mkdirSync(new URL('.', url), { recursive: true });
    writeFileSync(url, text);
  } else if (!existsSync(url) || readFileSync(url, 'utf8') !== text) {
    say(file, 'is not what the code says');
  }
}

/** @param {string} file @param {string} what */
function say(file, what) {
  stale += 1;
  process.stderr.write(`${file} ${what}: run "npm run docs"\n`);
}

/** @type {readonly (readonly [file: string, text: string])[]} */
const documents = [
  ['docs/configuration.md', printConfiguration()],
  ['docs/metrics.md', printMetrics()],
  ['docs/processes.md', printProcesses()],
  replacePart('CONTRIBUTING.md', 'rooms', printRooms()),
  replacePart('docs/logs.md', 'log fields', printLogFields()),
  replaceMapping(),
  ['scripts/rooms/oxlint.json', `${JSON.stringify(makeRules(), undefined, 2)}\n`],
  ...(await render('deploy/grafana')),
  ...(await render('deploy/kibana')),
];
for (const [file, text] of documents) writeOrCompare(file, text);
// After the others, of which it has copies.
for (const [file, text] of makeChartFiles()) writeOrCompare(file, text);
for (const file of listStrayFiles()) {
  if (check) say(file, 'has no source');
  else rmSync(new URL(`../${file}`, import.meta.url));
}
process.exitCode = stale === 0 ? 0 : 1;

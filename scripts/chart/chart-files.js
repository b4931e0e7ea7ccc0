import { readdirSync, readFileSync } from 'node:fs';
import { inProject } from '../project/root.js';
import { printValuesTable } from './values-table.js';

/** The chart, from the root of the checkout. */
const CHART = 'deploy/helm/barbossa-telemetry';

const COLLECTOR_FILES = [
  'agent.yaml',
  'agent-with-token.yaml',
  'container-logs.yaml',
  'gateway.yaml',
  'pod-logs.yaml',
  'with-tls.yaml',
  'with-token.yaml',
];

/**
 * A file of the chart.
 * @typedef {readonly [file: string, text: string]} ChartFile
 */

/** What the chart ships of the rest of the checkout, which is read outside it nowhere: Helm follows no link. @returns {ChartFile[]} */
export function copyChartFiles() {
  return [
    ...COLLECTOR_FILES.map((name) => copy(`otel-collector/${name}`, `collector/${name}`)),
    ...list('deploy/elasticsearch', /^(setup\.js|setup\/.+\.js|.+\.json)$/).map((name) =>
      copy(`deploy/elasticsearch/${name}`, `elasticsearch/${name}`),
    ),
    // Says that the programs beside it are ES modules.
    [`${CHART}/files/elasticsearch/package.json`, '{ "type": "module" }\n'],
    ...['alerts', 'rules'].flatMap((folder) =>
      list(`deploy/prometheus/${folder}`, /^(?!.*\.test\.yml$).*\.yml$/).map((name) =>
        copy(`deploy/prometheus/${folder}/${name}`, `prometheus/${folder}/${name}`),
      ),
    ),
    ...list('deploy/grafana/dashboards', /\.json$/).map((name) =>
      copy(`deploy/grafana/dashboards/${name}`, `grafana/${name}`),
    ),
  ];
}

/** All that is made of the chart: these copies, and the table of values in its README. @returns {ChartFile[]} */
export function makeChartFiles() {
  const values = readFileSync(inProject(CHART, 'values.yaml'), 'utf8');
  const readme = `${CHART}/README.md`;
  const [before, , after] = readFileSync(inProject(readme), 'utf8').split(/<!-- (?:values|end of values) -->/);
  if (after === undefined) throw new Error(`${readme} has lost the comments around its table of values`);
  const table = `<!-- values -->\n\n${printValuesTable(values)}\n\n<!-- end of values -->`;
  return [...copyChartFiles(), [readme, `${before}${table}${after}`]];
}

/** Copies in the chart whose source is gone. @returns {string[]} */
export function listStrayFiles() {
  const known = new Set(copyChartFiles().map(([file]) => file));
  return list(`${CHART}/files`, /\.\w+$/)
    .map((name) => `${CHART}/files/${name}`)
    .filter((file) => !known.has(file));
}

/** @param {string} source @param {string} target @returns {ChartFile} */
function copy(source, target) {
  return [`${CHART}/files/${target}`, readFileSync(inProject(source), 'utf8')];
}

/** Files below a folder, with slashes. @param {string} folder @param {RegExp} pattern */
function list(folder, pattern) {
  return readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => pattern.test(name))
    .sort();
}

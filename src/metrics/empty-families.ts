import type { MetricKind, MetricRow } from './catalogue.js';

const PROMETHEUS_TYPE: Readonly<Record<MetricKind, string>> = {
  counter: 'counter',
  histogram: 'histogram',
  'up-down counter': 'gauge',
  'observable gauge': 'gauge',
};

/**
 * Prometheus text with `# HELP` and `# TYPE` of each row that has no series in it yet, so that the first scrape
 * already shows every family. What is there stays as it is.
 */
export function addEmptyFamilies(text: string, rows: readonly MetricRow[]): string {
  const missing = rows.filter((row) => !hasFamily(text, row.name));
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return start + missing.map(describeFamily).join('');
}

function hasFamily(text: string, name: string): boolean {
  const line = `# TYPE ${name} `;
  return text.startsWith(line) || text.includes(`\n${line}`);
}

function describeFamily(row: MetricRow): string {
  const help = row.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  return `# HELP ${row.name} ${help}\n# TYPE ${row.name} ${PROMETHEUS_TYPE[row.kind]}\n`;
}

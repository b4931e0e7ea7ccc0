import type { MetricKind, MetricRow } from '../metrics/catalogue.js';

const PROMETHEUS_TYPE: Readonly<Record<MetricKind, string>> = {
  counter: 'counter',
  histogram: 'histogram',
  gauge: 'gauge',
  value: 'gauge',
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

const TYPE_LINE = '\n# TYPE ';
// A label value cannot look like this: its quotes are escaped.
const OVERFLOW_LABEL = 'otel_metric_overflow="true"';

/**
 * Names of the families that have reached the limit of series: the SDK counts what goes beyond it in one series
 * with the label `otel_metric_overflow`
 * (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute).
 */
export function findOverflow(text: string): string[] {
  const found: string[] = [];
  // With a line break in front, the first line is found as any other.
  const lines = `\n${text}`;
  let at = lines.indexOf(OVERFLOW_LABEL);
  while (at !== -1) {
    const typeAt = lines.lastIndexOf(TYPE_LINE, at);
    if (typeAt !== -1) found.push(lines.slice(typeAt + TYPE_LINE.length).split(' ', 1)[0] ?? '');
    const nextFamily = lines.indexOf(TYPE_LINE, at);
    at = nextFamily === -1 ? -1 : lines.indexOf(OVERFLOW_LABEL, nextFamily);
  }
  return found;
}

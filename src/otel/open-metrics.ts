/**
 * Prints what was collected as OpenMetrics 1.0, under the names that OpenTelemetry's serializer for Prometheus text gives:
 * which format a scraper asks for must not change what its series are called.
 */
import type { metrics } from '@opentelemetry/sdk-node';
import { isSpanContextValid, TraceFlags } from '@opentelemetry/api';
import type { MetricKind, MetricRow } from '../metrics/catalogue.js';
import type { Exemplar } from '../metrics/request-exemplar.js';
import { escapeQuoted, printBound, printLabels, printName, printValue } from './exposition-format.js';
import { loadMetrics } from './packages.js';
import type { HistogramValue } from './request-producer.js';

const TOTAL = '_total';
const OVERFLOW_LABEL = 'otel.metric.overflow';
const TRACE_ID_DIGITS = 32;
const MS_PER_SECOND = 1_000;

type Type = 'counter' | 'gauge' | 'histogram' | 'info' | 'unknown';

const TYPE_OF_KIND: Readonly<Record<MetricKind, Type>> = {
  counter: 'counter',
  histogram: 'histogram',
  'up-down counter': 'gauge',
  'observable gauge': 'gauge',
};

/** What UCUM's units are called at the end of a name. */
const UNIT_NAMES: Readonly<Record<string, string | undefined>> = { s: 'seconds', By: 'bytes' };

/** A family before it is known how it can be told. */
interface Described {
  /** As its samples are called; those of a histogram have a suffix more. */
  readonly name: string;
  readonly type: Type;
  readonly help: string;
  readonly unit: string;
}

/** Every family that was collected, then those of `rows` that have no series yet. */
export function printOpenMetrics(
  { resource, scopeMetrics }: metrics.ResourceMetrics,
  rows: readonly MetricRow[],
): string {
  const collected = scopeMetrics
    .flatMap((scope) => scope.metrics)
    .map((data) => ({ data, described: describeData(data) }))
    .filter(({ described: { name } }) => name !== '' && name !== '_');
  const empty = rows.map(describeRow);
  const described = [...collected.map((family) => family.described), ...empty];
  const taken = new Set(described.filter(({ type }) => type !== 'counter').map(({ name }) => name));
  // Two scopes may have an instrument of the same name; a family is told once.
  const samples = new Map<string, string>();
  for (const { data, described: of } of collected) {
    const head = printHead(of, taken);
    samples.set(head, (samples.get(head) ?? '') + printSamples(of.name, data));
  }
  const names = new Set(collected.map(({ described: { name } }) => name));
  for (const row of empty) if (!names.has(row.name)) samples.set(printHead(row, taken), '');
  const target = `# TYPE target info\n# HELP target Target metadata\ntarget_info${inBraces(printLabels(resource.attributes))} 1\n`;
  return `${target}${[...samples].map(([head, lines]) => head + lines).join('')}# EOF\n`;
}

/**
 * Names, as their samples have them, of the families that have reached the limit of series: what goes beyond it is in
 * one series (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute).
 */
export function findOverflow({ scopeMetrics }: metrics.ResourceMetrics): string[] {
  return scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter(({ dataPoints }) => dataPoints.some(({ attributes }) => attributes[OVERFLOW_LABEL] === true))
    .map((data) => describeData(data).name);
}

function describeData(data: metrics.MetricData): Described {
  const { name, description, unit } = data.descriptor;
  const type = typeOf(data);
  const printed = printName(name).replace(/^\d/, '_$&');
  const isShort = type === 'counter' && !printed.endsWith(TOTAL);
  return { name: isShort ? printed + TOTAL : printed, type, help: description, unit };
}

function describeRow({ name, kind, help, unit }: MetricRow): Described {
  return { name, type: TYPE_OF_KIND[kind], help, unit: unit ?? '' };
}

function typeOf(data: metrics.MetricData): Type {
  const { DataPointType } = loadMetrics();
  if (data.dataPointType === DataPointType.SUM) return data.isMonotonic ? 'counter' : 'gauge';
  if (data.dataPointType === DataPointType.GAUGE) return 'gauge';
  return data.dataPointType === DataPointType.HISTOGRAM ? 'histogram' : 'unknown';
}

/**
 * The lines before the samples. A counter's family is called as its samples without `_total`; where they do not end so,
 * or a family that is no counter has that name, nothing but `unknown` may be said of it.
 */
function printHead({ name, type, help, unit }: Described, taken: ReadonlySet<string>): string {
  const base = name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : '';
  const isUnknown = type === 'counter' && (base === '' || taken.has(base));
  const family = type === 'counter' && !isUnknown ? base : name;
  const lines = [`# TYPE ${family} ${isUnknown ? 'unknown' : type}`];
  const unitName = UNIT_NAMES[unit];
  if (unitName !== undefined && family.endsWith(`_${unitName}`)) lines.push(`# UNIT ${family} ${unitName}`);
  if (help !== '') lines.push(`# HELP ${family} ${escapeQuoted(help)}`);
  return `${lines.join('\n')}\n`;
}

function printSamples(name: string, data: metrics.MetricData): string {
  const { DataPointType } = loadMetrics();
  switch (data.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return data.dataPoints
        .map(({ attributes, value }) => `${name}${inBraces(printLabels(attributes))} ${printValue(value)}\n`)
        .join('');
    case DataPointType.HISTOGRAM:
      return data.dataPoints
        .map(({ attributes, value }) => printHistogram(name, printLabels(attributes), value))
        .join('');
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      // No text format has it, Prometheus' neither.
      return '';
  }
}

function printHistogram(name: string, labels: string, { buckets, count, sum, exemplars }: HistogramValue): string {
  let lines = '';
  let total = 0;
  const before = labels === '' ? '' : `${labels},`;
  for (const [at, inBucket] of buckets.counts.entries()) {
    total += inBucket;
    const bound = buckets.boundaries[at] ?? Infinity;
    const exemplar = exemplars?.[at];
    const end = exemplar === undefined ? '' : printExemplar(exemplar);
    lines += `${name}_bucket{${before}le="${printBound(bound)}"} ${total}${end}\n`;
    // The SDK may have a bound of its own there, with an empty bucket behind.
    if (bound === Infinity) break;
  }
  lines += `${name}_count${inBraces(labels)} ${count}\n`;
  return sum === undefined ? lines : `${lines}${name}_sum${inBraces(labels)} ${printValue(sum)}\n`;
}

/** At most 128 characters may be in its labels; these have 63. */
function printExemplar({ ids, value, atMs }: Exemplar): string {
  const traceId = ids.slice(0, TRACE_ID_DIGITS);
  const spanId = ids.slice(TRACE_ID_DIGITS);
  // A tracer that is not ours may give anything.
  if (!isSpanContextValid({ traceId, spanId, traceFlags: TraceFlags.NONE })) return '';
  const at = (atMs / MS_PER_SECOND).toFixed(3);
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${printValue(value)} ${at}`;
}

function inBraces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

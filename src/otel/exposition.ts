/**
 * Prints what was collected, in both text formats, under the names that OpenTelemetry's serializer for Prometheus text gives
 * (a test holds them against each other): which format a scraper asks for must not change what its series are called.
 */
import type { metrics } from '@opentelemetry/sdk-node';
import { isSpanContextValid, TraceFlags, type Attributes } from '@opentelemetry/api';
import type { MetricKind, MetricRow } from '../metrics/catalogue.js';
import { METER_NAME } from '../metrics/instruments.js';
import type { Exemplar } from '../metrics/request-exemplar.js';
import { escapeQuoted, escapeText, printBound, printLabels, printName, printValue } from './exposition-format.js';
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

/** What the formats are called: Prometheus text 0.0.4 and OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openMetrics';

/** Where text 0.0.4 has another word for it. */
const TYPE_IN_TEXT: Readonly<Record<Type, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  info: 'gauge',
  unknown: 'untyped',
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
export function printExposition(
  { resource, scopeMetrics }: metrics.ResourceMetrics,
  rows: readonly MetricRow[],
  format: ExpositionFormat,
): string {
  const collected = scopeMetrics
    .flatMap(({ scope, metrics: found }) => found.map((data) => ({ data, scope, described: describeData(data) })))
    .filter(({ described: { name } }) => name !== '' && name !== '_');
  const empty = rows.map(describeRow);
  const describeHead = format === 'text' ? printTextHead : makeHeadPrinter([...collected.map(getDescribed), ...empty]);
  // Two scopes may have an instrument of the same name; a family is told once.
  const samples = new Map<string, string>();
  for (const { data, scope, described: of } of collected) {
    const head = describeHead(of);
    const toLabels = scope.name === METER_NAME ? printOwnLabels : printLabels;
    samples.set(head, (samples.get(head) ?? '') + printSamples(of.name, data, { format, toLabels }));
  }
  const names = new Set(collected.map(({ described: { name } }) => name));
  for (const row of empty) if (!names.has(row.name)) samples.set(describeHead(row), '');
  let text = `${describeHead(TARGET[format])}target_info${inBraces(printLabels(resource.attributes))} 1\n`;
  for (const [head, lines] of samples) text += head + lines;
  return format === 'text' ? text : `${text}# EOF\n`;
}

const TARGET_INFO: Described = { name: 'target_info', type: 'info', help: 'Target metadata', unit: '' };
/** OpenMetrics calls a family of this type without the end of its samples' names. */
const TARGET: Readonly<Record<ExpositionFormat, Described>> = {
  text: TARGET_INFO,
  openMetrics: { ...TARGET_INFO, name: 'target' },
};

function getDescribed({ described }: { readonly described: Described }): Described {
  return described;
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

/** The lines before the samples, in text 0.0.4. */
function printTextHead({ name, type, help }: Described): string {
  return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${TYPE_IN_TEXT[type]}\n`;
}

/**
 * Makes what prints the lines before the samples in OpenMetrics. A counter's family is called as its samples without
 * `_total`; where they do not end so, or a family that is no counter has that name, nothing but `unknown` may be said of it.
 */
function makeHeadPrinter(all: readonly Described[]): (of: Described) => string {
  const taken = new Set(all.filter(({ type }) => type !== 'counter').map(({ name }) => name));
  return ({ name, type, help, unit }) => {
    const base = name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : '';
    const isUnknown = type === 'counter' && (base === '' || taken.has(base));
    const family = type === 'counter' && !isUnknown ? base : name;
    const lines = [`# TYPE ${family} ${isUnknown ? 'unknown' : type}`];
    const unitName = UNIT_NAMES[unit];
    if (unitName !== undefined && family.endsWith(`_${unitName}`)) lines.push(`# UNIT ${family} ${unitName}`);
    if (help !== '') lines.push(`# HELP ${family} ${escapeQuoted(help)}`);
    return `${lines.join('\n')}\n`;
  };
}

const ownLabels = new WeakMap<Attributes, string>();

/** Label sets of our own families are never changed, so each is printed once. */
function printOwnLabels(attributes: Attributes): string {
  let labels = ownLabels.get(attributes);
  if (labels === undefined) ownLabels.set(attributes, (labels = printLabels(attributes)));
  return labels;
}

interface Print {
  readonly format: ExpositionFormat;
  readonly toLabels: (attributes: Attributes) => string;
}

function printSamples(name: string, data: metrics.MetricData, { format, toLabels }: Print): string {
  const { DataPointType } = loadMetrics();
  let lines = '';
  switch (data.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      for (const { attributes, value } of data.dataPoints) {
        lines += `${name}${inBraces(toLabels(attributes))} ${printValue(value)}\n`;
      }
      return lines;
    case DataPointType.HISTOGRAM:
      for (const { attributes, value } of data.dataPoints) {
        lines += printHistogram(name, toLabels(attributes), value, format);
      }
      return lines;
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      // No text format has it.
      return '';
  }
}

function printHistogram(name: string, labels: string, value: HistogramValue, format: ExpositionFormat): string {
  const { buckets, count, sum, exemplars } = value;
  const bounds = printBounds(buckets.boundaries, format);
  const start = `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`;
  let lines = '';
  let total = 0;
  for (let at = 0; at < buckets.counts.length; at += 1) {
    total += buckets.counts[at] ?? 0;
    const exemplar = format === 'text' ? undefined : exemplars?.[at];
    lines += `${start}${bounds[at] ?? '+Inf'}"} ${total}${exemplar === undefined ? '' : printExemplar(exemplar)}\n`;
    // The SDK may have a bound of its own there, with an empty bucket behind.
    if ((buckets.boundaries[at] ?? Infinity) === Infinity) break;
  }
  lines += `${name}_count${inBraces(labels)} ${count}\n`;
  return sum === undefined ? lines : `${lines}${name}_sum${inBraces(labels)} ${printValue(sum)}\n`;
}

type Bounds = Readonly<Record<ExpositionFormat, readonly string[]>>;

/** All points of a family share one list of bounds. */
const printedBounds = new WeakMap<readonly number[], Bounds>();

function printBounds(boundaries: readonly number[], format: ExpositionFormat): readonly string[] {
  let printed = printedBounds.get(boundaries);
  if (printed === undefined) {
    printed = { text: boundaries.map(printValue), openMetrics: boundaries.map(printBound) };
    printedBounds.set(boundaries, printed);
  }
  return printed[format];
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

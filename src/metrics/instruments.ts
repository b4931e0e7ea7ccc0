import {
  metrics,
  type Attributes,
  type Context,
  type Counter,
  type Histogram,
  type Meter,
  type MetricOptions,
  type ObservableGauge,
  type UpDownCounter,
} from '@opentelemetry/api';
import { CATALOGUE, type InstrumentKey, type MetricKey, type MetricRow } from './catalogue.js';
import { OVERFLOW, SeriesLimit } from './series-limit.js';

/** The meter, and so the instrumentation scope, of every family in the catalogue. */
export const METER_NAME = 'barbossa-telemetry';

type Rows = typeof CATALOGUE;

/** The labels of a family: each of them, no other. */
export type LabelsOf<K extends MetricKey> = { readonly [L in Rows[K]['labels'][number]]: string };

// The context may be passed to spare the SDK from looking up the active one at each record.
type RecordArguments<K extends MetricKey> = [Rows[K]['labels'][number]] extends [never]
  ? [labels?: Readonly<Record<string, never>>, context?: Context]
  : [labels: LabelsOf<K>, context?: Context];

/** A counter, or a gauge that goes up and down by adding. */
export interface AddInstrument<K extends MetricKey> {
  add(value: number, ...rest: RecordArguments<K>): void;
}

/** A histogram. */
export interface RecordInstrument<K extends MetricKey> {
  record(value: number, ...rest: RecordArguments<K>): void;
}

type InstrumentOf<K extends InstrumentKey> = Rows[K]['kind'] extends 'counter' | 'up-down counter'
  ? AddInstrument<K>
  : Rows[K]['kind'] extends 'histogram'
    ? RecordInstrument<K>
    : ObservableGauge<LabelsOf<K>>;

/** One instrument for each row of the catalogue that is not counted otherwise, under the row's key. */
export type Instruments = { readonly [K in InstrumentKey]: InstrumentOf<K> };

const DEFAULT_MAX_SERIES = 2_000;

/** What all copies of this package in the process share: that metrics were started, and who observes what. */
interface SharedState {
  readonly maxSeries: number;
  /** Families that have or had an observer: they are zero no longer. */
  readonly observed: Set<MetricRow['name']>;
  /** The disposer of the current observer, by what it observes. */
  readonly observers: Map<string, () => void>;
}

// Symbol.for: where the application's bundle holds a copy of this package, that copy sees what the preload started.
const SHARED = Symbol.for('barbossa-telemetry.metrics');
const shared = globalThis as { [SHARED]?: SharedState };

let instruments: Instruments | undefined;

/**
 * Makes the instruments of every family, each with its limit of series. To be called once, when the global meter
 * provider is registered: the metrics API has no proxy, so an instrument that was made earlier would record nothing
 * for ever. A second call makes them anew from the provider that is registered then.
 * @param maxSeries Series of one family, the overflow series included. Default: 2,000.
 */
export function createInstruments(maxSeries: number = DEFAULT_MAX_SERIES): Instruments {
  shared[SHARED] = { maxSeries, observed: new Set(), observers: new Map() };
  instruments = makeInstruments(maxSeries);
  return instruments;
}

/** The instruments, or undefined while nothing was started: then there is nothing to record into. */
export function getInstruments(): Instruments | undefined {
  instruments ??= shared[SHARED] && makeInstruments(shared[SHARED].maxSeries);
  return instruments;
}

/** What the observers of this process are registered in; undefined while nothing was started. */
export function getSharedState(): SharedState | undefined {
  return shared[SHARED];
}

/**
 * Makes every known label set (`zeros` of the rows) appear on the first scrape with the value 0. Observable
 * gauges stay 0 until they have an observer; from then on they are what the observer says, or absent.
 */
export function recordZeros(): void {
  const all = getInstruments();
  if (all === undefined) return;
  for (const key of Object.keys(all) as InstrumentKey[]) {
    for (const labels of zerosOf(CATALOGUE[key])) recordZero(CATALOGUE[key], all[key], labels);
  }
}

type SyncInstrument = Pick<Counter | UpDownCounter, 'add'> | Pick<Histogram, 'record'>;
type AnyInstrument = SyncInstrument | ObservableGauge;

function zerosOf(row: MetricRow): NonNullable<MetricRow['zeros']> {
  return row.zeros ?? [];
}

function recordZero(row: MetricRow, instrument: AnyInstrument, labels: Readonly<Record<string, string>>): void {
  if ('add' in instrument) return instrument.add(0, labels);
  // A histogram has no zero that would not count as an observation.
  if (!('addCallback' in instrument)) return;
  instrument.addCallback((result) => {
    if (shared[SHARED]?.observed.has(row.name) !== true) result.observe(0, labels);
  });
}

function makeInstruments(maxSeries: number): Instruments {
  const meter = metrics.getMeter(METER_NAME);
  const rows = Object.entries<MetricRow>(CATALOGUE).filter(([, { ownSeries }]) => ownSeries !== true);
  const made = rows.map(([key, row]) => [key, makeInstrument(meter, row, maxSeries)] as const);
  return Object.fromEntries(made) as { [K in InstrumentKey]: AnyInstrument } as Instruments;
}

function makeInstrument(meter: Meter, row: MetricRow, maxSeries: number): AnyInstrument {
  const options: MetricOptions = { description: row.help, unit: row.unit ?? '' };
  switch (row.kind) {
    case 'counter':
      return limitSeries(row, maxSeries, meter.createCounter(row.name, options));
    case 'up-down counter':
      return limitSeries(row, maxSeries, meter.createUpDownCounter(row.name, options));
    case 'histogram':
      return limitSeries(row, maxSeries, meter.createHistogram(row.name, withBuckets(options, row.buckets)));
    case 'observable gauge':
      // The SDK's own limit holds for what is observed.
      return meter.createObservableGauge(row.name, options);
  }
}

function withBuckets(options: MetricOptions, buckets: MetricRow['buckets']): MetricOptions {
  return buckets === undefined ? options : { ...options, advice: { explicitBucketBoundaries: [...buckets] } };
}

function limitSeries(
  row: MetricRow,
  maxSeries: number,
  instrument: Counter | UpDownCounter | Histogram,
): SyncInstrument {
  if (row.labels.length === 0) return instrument;
  const limit = new SeriesLimit(row.name, maxSeries);
  const admit = (labels: Attributes = {}): Attributes => {
    if (labels === OVERFLOW) return labels;
    const key = row.labels.map((label) => labels[label]).join('\u0000');
    return limit.admit(key, () => ({ ...labels }));
  };
  if ('add' in instrument) return { add: (value, labels, context) => instrument.add(value, admit(labels), context) };
  return { record: (value, labels, context) => instrument.record(value, admit(labels), context) };
}

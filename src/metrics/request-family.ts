import type { Attributes } from '@opentelemetry/api';
import { chooseExemplar, type Exemplar } from './request-exemplar.js';
import { SeriesLimit } from './series-limit.js';

/** What was observed with one label set since the start. */
export interface RequestSeries {
  readonly attributes: Attributes;
  count: number;
  /** Of all observed values; 0 in a counter. */
  sum: number;
  /** Observations by bucket, those of lower buckets not included; the last is above every bound. Empty in a counter. */
  readonly bucketCounts: number[];
  /** By bucket: the request that stands for those in it. */
  readonly exemplars: (Exemplar | undefined)[];
}

/** What a family is, and what it is called. */
export interface RequestFamilyRow {
  readonly name: string;
  readonly help: string;
  /** UCUM; absent where the number has none. */
  readonly unit?: string;
  /** Upper bounds, ascending; absent for a counter. */
  readonly buckets?: readonly number[];
}

/**
 * A cumulative family that is kept by label set, for what happens with every request: whoever counts finds the series
 * once and adds to it. The SDK's own instruments sort and print the label set at each call.
 */
export class RequestFamily {
  readonly row: RequestFamilyRow;
  readonly #limit: SeriesLimit;
  readonly #series = new Map<Attributes, RequestSeries>();

  /** @param maxSeries The overflow series included. */
  constructor(row: RequestFamilyRow, maxSeries: number) {
    this.row = row;
    this.#limit = new SeriesLimit(row.name, maxSeries);
  }

  get series(): Iterable<RequestSeries> {
    return this.#series.values();
  }

  /** The series of a label set, or the overflow series where the family is full. */
  find(key: string, describeLabels: () => Attributes): RequestSeries {
    const attributes = this.#limit.admit(key, describeLabels);
    let series = this.#series.get(attributes);
    if (series === undefined) {
      const { buckets } = this.row;
      const bucketCounts = buckets === undefined ? [] : Array.from({ length: buckets.length + 1 }, () => 0);
      const exemplars = bucketCounts.map(() => undefined);
      this.#series.set(attributes, (series = { attributes, count: 0, sum: 0, bucketCounts, exemplars }));
    }
    return series;
  }
}

/** Adds an observation. @param buckets The upper bounds of the series' family. */
export function observe(
  series: RequestSeries,
  buckets: readonly number[],
  value: number,
  exemplar: Exemplar | undefined,
): void {
  let at = 0;
  // Bounds are inclusive. There are a dozen of them, and most values are below the first ones.
  while (at < buckets.length && value > (buckets[at] ?? 0)) at++;
  series.bucketCounts[at] = (series.bucketCounts[at] ?? 0) + 1;
  series.count += 1;
  series.sum += value;
  if (exemplar !== undefined) series.exemplars[at] = chooseExemplar(series.exemplars[at], exemplar);
}

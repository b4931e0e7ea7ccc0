import type { Attributes } from '@opentelemetry/api';
import { warnOnce } from '../diagnostics/diag.js';

/** The label set of everything beyond the limit, as the OpenTelemetry specification names it. */
export const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });

/**
 * Keeps a family within a number of series. The SDK's own limit counts what was new since the last scrape, so a
 * family that is scraped grows without end (measured: 2,000 new series with each scrape).
 *
 * It also hands out one object of attributes for each label set, so that the request path makes none.
 */
export class SeriesLimit {
  readonly #family: string;
  readonly #max: number;
  readonly #known = new Map<string, Attributes>();
  #warned = false;

  /** @param max Series of the family, the overflow series included. */
  constructor(family: string, max: number) {
    this.#family = family;
    this.#max = max;
  }

  /** The attributes to record with: those of `make`, or the overflow set where the family is full. */
  admit(key: string, make: () => Attributes): Attributes {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#max - 1) return this.#overflow();
    const attributes = make();
    this.#known.set(key, attributes);
    return attributes;
  }

  #overflow(): Attributes {
    if (!this.#warned) {
      this.#warned = true;
      // The name as it is scraped, so that the scrape does not warn again.
      warnOnce(
        `overflow:${this.#family.replaceAll('.', '_')}`,
        `${this.#family} has reached ${this.#max} series (BARBOSSA_METRICS_MAX_SERIES); ` +
          'new label sets are counted in the series otel_metric_overflow="true"',
      );
    }
    return OVERFLOW;
  }
}

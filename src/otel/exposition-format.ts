/** What the lines of an exposition are made of, as OpenTelemetry's serializer for Prometheus text writes it. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** A name of OpenTelemetry as a name of Prometheus. */
export function printName(name: string): string {
  return escapeText(name)
    .replace(/[^a-z0-9_]/gi, '_')
    .replace(/_{2,}/g, '_');
}

/** `a="1",b="2"`, or nothing. */
export function printLabels(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${printName(name)}="${escapeQuoted(printAttribute(value))}"`)
    .join(',');
}

function printAttribute(value: AttributeValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Text of HELP in text 0.0.4. */
export function escapeText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

/** Text between quotes; in OpenMetrics also that of HELP. */
export function escapeQuoted(text: string): string {
  return escapeText(text).replace(/"/g, '\\"');
}

/** The value of a sample. */
export function printValue(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** The digits after which a number is written with an exponent, and how small it is then. */
const MAX_DIGITS = 6;
const MIN_EXPONENT = -4;

/**
 * A bucket's bound as a label: `%g` of Go, with `.0` where it would look like an integer
 * (https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#considerations-canonical-numbers).
 */
export function printBound(bound: number): string {
  if (!Number.isFinite(bound)) return printValue(bound);
  const [mantissa = '', power = '0'] = bound.toExponential().split('e');
  const exponent = Number(power);
  if (bound !== 0 && (exponent < MIN_EXPONENT || exponent >= MAX_DIGITS)) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  // Within these bounds JavaScript writes no exponent.
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

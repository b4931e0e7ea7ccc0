/** Versions of OpenMetrics that are served; what is written is the same. */
export type OpenMetricsVersion = '1.0.0' | '0.0.1';

/** One media range of an Accept header. */
interface MediaRange {
  /** `text/plain`, in lower case. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-quality-values */
const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * The version of OpenMetrics that an Accept header asks for by name and wants at least as much as Prometheus text 0.0.4;
 * undefined for everything else, nonsense included: then it is that text.
 */
export function chooseOpenMetrics(accept: string | undefined): OpenMetricsVersion | undefined {
  const ranges = (accept ?? '').split(',').flatMap((part) => readRange(part) ?? []);
  let version: OpenMetricsVersion | undefined;
  let weight = 0;
  for (const range of ranges) {
    const named = readVersion(range);
    const isBetter = range.weight > weight || (range.weight === weight && weight > 0 && named === '1.0.0');
    if (named === undefined || !isBetter) continue;
    version = named;
    weight = range.weight;
  }
  return weight >= weighText(ranges) ? version : undefined;
}

/** A range, or undefined where it is unreadable. */
function readRange(text: string): MediaRange | undefined {
  const [type = '', ...rest] = text
    .toLowerCase()
    .split(';')
    .map((word) => word.trim());
  const parameters = new Map(rest.map(readParameter));
  const weight = parameters.get('q') ?? '1';
  return WEIGHT.test(weight) ? { type, parameters, weight: Number(weight) } : undefined;
}

function readParameter(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2).map((word) => word.trim());
  return [name, value.replace(/^"(.*)"$/, '$1')];
}

/** What a range wants of OpenMetrics, 1.0.0 where it does not say; undefined where it is no range for what we have. */
function readVersion({ type, parameters }: MediaRange): OpenMetricsVersion | undefined {
  if (type !== 'application/openmetrics-text' || !takesUtf8(parameters)) return undefined;
  const version = parameters.get('version') ?? '1.0.0';
  return version === '1.0.0' || version === '0.0.1' ? version : undefined;
}

/** The weight of Prometheus text: that of the range that names it most exactly. */
function weighText(ranges: readonly MediaRange[]): number {
  const exactness = ({ type, parameters }: MediaRange): number => {
    if (type === '*/*') return 1;
    if (type === 'text/*') return 2;
    if (type !== 'text/plain' || !takesUtf8(parameters)) return 0;
    const version = parameters.get('version');
    if (version === undefined) return 3;
    return version === '0.0.4' ? 4 : 0;
  };
  const matching = ranges.filter((range) => exactness(range) > 0);
  const most = Math.max(0, ...matching.map(exactness));
  return Math.max(0, ...matching.filter((range) => exactness(range) === most).map(({ weight }) => weight));
}

function takesUtf8(parameters: ReadonlyMap<string, string>): boolean {
  return (parameters.get('charset') ?? 'utf-8') === 'utf-8';
}

/**
 * A strict reader of OpenMetrics text: what the specification forbids is an error, also what Prometheus lets pass.
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */

/** A line with a value. */
export interface OpenSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: OpenExemplar;
}

/** What stands behind a `#` on a sample's line. */
export interface OpenExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampSeconds?: number;
}

/** A family with what is said of it. */
export interface OpenFamily {
  readonly name: string;
  readonly type: string;
  readonly help?: string;
  readonly unit?: string;
  readonly samples: readonly OpenSample[];
}

type Draft = { -readonly [K in keyof OpenFamily]: OpenFamily[K] } & { samples: OpenSample[] };

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  info: ['_info'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
};
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TEXT = String.raw`(?:[^\n"\\]|\\[n"\\])*`;
const LABELS = String.raw`(?:\{(?:[a-zA-Z_]\w*="${TEXT}"(?:,(?!\}))?)*\})?`;
const NUMBER = String.raw`[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|Inf)|NaN`;
const SAMPLE = new RegExp(
  `^(?<name>${NAME})(?<labels>${LABELS}) (?<value>${NUMBER})(?: # (?<marks>${LABELS}) (?<at>${NUMBER})(?: (?<time>${NUMBER}))?)?$`,
);
const METADATA = new RegExp(`^# (?<keyword>TYPE|UNIT|HELP) (?<name>${NAME}) (?<text>${TEXT})$`);
const LABEL = new RegExp(`(\\w+)="(${TEXT})"`, 'g');
const MAX_EXEMPLAR_CHARS = 128;

/** The families of an exposition, in their order. @throws {Error} That names the line which is not allowed. */
export function readOpenMetrics(text: string): OpenFamily[] {
  const lines = text.split('\n').slice(0, -2);
  if (!text.endsWith('# EOF\n')) throw new Error('the text does not end with "# EOF" and a line feed');
  const families = new Map<string, Draft>();
  let family: Draft | undefined;
  for (const line of lines) {
    try {
      const { keyword, name = '', text: said = '' } = METADATA.exec(line)?.groups ?? {};
      if (keyword === undefined) readSample(line, family);
      else family = readMetadata(families, family, keyword, { name, said });
    } catch (error) {
      throw new Error(`${String(error)}: ${line}`, { cause: error });
    }
  }
  const found = [...families.values()];
  for (const one of found) checkFamily(one);
  checkNames(found);
  return found;
}

function readMetadata(
  families: Map<string, Draft>,
  current: Draft | undefined,
  keyword: string,
  { name, said }: { name: string; said: string },
): Draft {
  if (keyword === 'TYPE') {
    if (families.has(name)) throw new Error('a family that was told before');
    if (SUFFIXES[said] === undefined) throw new Error('no type that we have');
    const started = { name, type: said, samples: [] };
    families.set(name, started);
    return started;
  }
  if (current?.name !== name || current.samples.length > 0) throw new Error('metadata that is not with its TYPE');
  const key = keyword === 'UNIT' ? 'unit' : 'help';
  if (current[key] !== undefined) throw new Error('metadata that is there twice');
  current[key] = unescapeText(said);
  if (key === 'unit' && !name.endsWith(`_${said}`)) throw new Error('a unit that does not end the name');
  return current;
}

function readSample(line: string, family: Draft | undefined): void {
  const groups = SAMPLE.exec(line)?.groups;
  if (groups === undefined) throw new Error('no line of OpenMetrics');
  const { name = '', labels = '', value = '', marks, at, time } = groups;
  const suffix = name.slice(family?.name.length);
  if (family === undefined || !name.startsWith(family.name) || SUFFIXES[family.type]?.includes(suffix) !== true) {
    throw new Error('a sample that its family cannot have');
  }
  const sample = { name, labels: readLabels(labels), value: readNumber(value) };
  if (marks === undefined) return void family.samples.push(sample);
  if (suffix !== '_bucket' && suffix !== '_total') throw new Error('an exemplar where none may be');
  const exemplar = {
    labels: readLabels(marks),
    value: readNumber(at ?? ''),
    ...(time === undefined ? {} : { timestampSeconds: readNumber(time) }),
  };
  if (countChars(exemplar.labels) > MAX_EXEMPLAR_CHARS) throw new Error('an exemplar with labels that are too long');
  family.samples.push({ ...sample, exemplar });
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(LABEL)) {
    if (name in labels) throw new Error(`the label ${name} twice`);
    labels[name] = unescapeText(value);
  }
  return labels;
}

function readNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function countChars(labels: Readonly<Record<string, string>>): number {
  return Array.from(Object.entries(labels).flat().join('')).length;
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_match, char: string) => (char === 'n' ? '\n' : char));
}

/** Whatever the order of the labels. */
function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return [name, ...Object.entries(labels).map((label) => JSON.stringify(label))].toSorted().join();
}

function checkFamily({ name, type, samples }: OpenFamily): void {
  const keys = new Set(samples.map((sample) => keyOf(sample.name, sample.labels)));
  if (keys.size !== samples.length) throw new Error(`${name} has a series twice`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is below zero`);
  if (type === 'info' && samples.some(({ value }) => value !== 1)) throw new Error(`${name} is not 1`);
  if (type === 'histogram') checkHistogram(name, samples);
}

/** Each of its metrics in one piece: buckets up to +Inf that never fall, that have the canonical bounds, and a count. */
function checkHistogram(name: string, samples: readonly OpenSample[]): void {
  const metrics = new Map<string, OpenSample[]>();
  let last = '';
  for (const sample of samples) {
    const { le: _bound, ...rest } = sample.labels;
    const key = keyOf('', rest);
    if (key !== last && metrics.has(key)) throw new Error(`${name}: the metric ${key} is interleaved with another`);
    metrics.set((last = key), [...(metrics.get(key) ?? []), sample]);
  }
  for (const metric of metrics.values()) {
    const buckets = metric.filter((sample) => sample.name.endsWith('_bucket'));
    const count = metric.find((sample) => sample.name.endsWith('_count'))?.value;
    let below = { bound: -Infinity, value: 0 };
    for (const { labels, value, exemplar } of buckets) {
      const bound = readBound(name, labels['le']);
      if (bound <= below.bound || value < below.value) throw new Error(`${name}: the buckets do not rise`);
      if (exemplar !== undefined && (exemplar.value > bound || exemplar.value <= below.bound)) {
        throw new Error(`${name}: the exemplar of le="${String(labels['le'])}" is not in its bucket`);
      }
      below = { bound, value };
    }
    if (below.bound !== Infinity) throw new Error(`${name} has no bucket +Inf`);
    if (below.value !== count) throw new Error(`${name} counts ${String(count)}, its buckets ${below.value}`);
  }
}

function readBound(name: string, le = ''): number {
  if (!/^(?:-?\d+\.\d+|-?\d(?:\.\d+)?e[+-]\d{2,}|\+Inf)$/.test(le)) throw new Error(`${name}: no bound: le="${le}"`);
  return readNumber(le);
}

/** What one family's samples may be called, no other may be. */
function checkNames(families: readonly OpenFamily[]): void {
  const owners = new Map<string, string>();
  for (const { name, type } of families) {
    for (const suffix of new Set(['', ...(SUFFIXES[type] ?? [])])) {
      const owner = owners.get(name + suffix);
      if (owner !== undefined) throw new Error(`${name} and ${owner} both have ${name}${suffix}`);
      owners.set(name + suffix, name);
    }
  }
}

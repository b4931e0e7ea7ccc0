/** A series of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Scrapes an admin server. */
export async function scrape(admin: string): Promise<Sample[]> {
  const response = await fetch(`${admin}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}: ${text}`);
  return text.split('\n').flatMap((line) => {
    const match = line.startsWith('#') ? null : SAMPLE.exec(line);
    if (match === null) return [];
    const labels: Record<string, string> = {};
    for (const [, key = '', value = ''] of (match[2] ?? '').matchAll(LABEL)) labels[key] = unescapeValue(value);
    return [{ name: match[1] ?? '', labels, value: Number(match[3]) }];
  });
}

function unescapeValue(text: string): string {
  return text.replace(/\\(.)/g, (_match, char: string) => (char === 'n' ? '\n' : char));
}

/** The series of a family whose labels include the given ones. */
export function select(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  const wanted = Object.entries(labels);
  return samples.filter(
    (sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value),
  );
}

/** Their sum. */
export function sum(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return select(samples, name, labels).reduce((total, sample) => total + sample.value, 0);
}

/** Scrapes until `isDone`, and gives the last scrape; fails at the deadline. */
export async function scrapeUntil(
  admin: string,
  isDone: (samples: Sample[]) => boolean,
  deadlineMs = 10_000,
): Promise<Sample[]> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const samples = await scrape(admin);
    if (isDone(samples)) return samples;
    if (Date.now() > endMs) {
      const seen = samples.filter(({ name }) => name.startsWith('barbossa_'));
      throw new Error(`not in ${deadlineMs} ms: ${JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CATALOGUE, type MetricRow } from '../../../src/metrics/catalogue.js';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
const rows = Object.entries<MetricRow>(CATALOGUE);

/** All code but the catalogue itself. */
const code = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('catalogue.ts'))
  .map((name) => readFileSync(`${SRC}${name}`, 'utf8'))
  .join('\n');

test.each(rows.filter(([, { ownSeries }]) => ownSeries !== true))('%s is recorded somewhere', (key) => {
  const ofAll = String.raw`nstruments(\(\))?\??\.${key}\b`;
  const alone = String.raw`\b${key}\.(add|record|addCallback)\(`;
  const isRecorded = new RegExp(`${ofAll}|${alone}`).test(code);
  expect(isRecorded, `nothing in src records into the instrument ${key}`).toBe(true);
});

test.each(rows.map(([, row]) => [row.name, row] as const))('%s is named by its kind and unit', (name, row) => {
  expect(name).toMatch(/^barbossa_[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
  if (row.kind === 'counter') expect(name).toMatch(/_total$/);
  if (row.unit === 's') expect(name).toMatch(/_seconds$/);
  if (row.unit === 'By') expect(name).toMatch(/_bytes$/);
  expect(row.help).toMatch(/^\S.*\.$/);
});

test.each(rows.map(([, row]) => [row.name, row] as const))('%s has labels of its own', (_name, { labels }) => {
  // The rest is Prometheus': of a target, of buckets, of its own.
  for (const label of labels) expect(label).toMatch(/^(?!(job|instance|host|le|quantile)$|__)[a-z][a-z0-9_]*$/);
  expect(new Set(labels).size).toBe(labels.length);
});

test('histograms have buckets, in their order, and nothing else has', () => {
  for (const [key, { kind, buckets }] of rows) {
    expect(buckets !== undefined, key).toBe(kind === 'histogram');
    expect(buckets ?? [], key).toEqual([...new Set(buckets)].toSorted((a, b) => a - b));
  }
});

test('a zero has the labels of its row; what is counted without labels begins with one', () => {
  for (const [key, { kind, labels, zeros = [] }] of rows) {
    for (const zero of zeros) expect(Object.keys(zero).toSorted(), key).toEqual(labels.toSorted());
    if (labels.length === 0 && kind.includes('counter')) expect(zeros, key).toEqual([{}]);
  }
});

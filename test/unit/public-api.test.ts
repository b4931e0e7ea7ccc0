import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as api from '../../src/index.js';
import * as domain from '../../src/metrics/domain.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['README.md', ...readdirSync(`${ROOT}docs`).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md') && name !== 'docs/extending.md')
  .map((name) => readFileSync(`${ROOT}${name}`, 'utf8'))
  .join('\n');
const tests = readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(test\.ts|[cm]?js)$/.test(name) && !name.includes('node_modules'))
  .map((name) => readFileSync(`${ROOT}test/${name}`, 'utf8'))
  .join('\n');
const functions = Object.entries(api).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));

test.each(functions)('%s is in README.md or docs/, and a test calls it', (name) => {
  expect(documents.includes(`${name}(`), `neither README.md nor docs/ has ${name}()`).toBe(true);
  expect(tests.includes(`${name}(`), `nothing in test/ calls ${name}()`).toBe(true);
});

test.each(Object.keys(domain))('%s of src/metrics/domain.ts is for everybody', (name) => {
  expect(Object.keys(api), 'src/index.ts').toContain(name);
});

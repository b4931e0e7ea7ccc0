import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as api from '../../src/index.js';
import * as domain from '../../src/metrics/domain.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${ROOT}README.md`, 'utf8');
const tests = readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(test\.ts|[cm]?js)$/.test(name) && !name.includes('node_modules'))
  .map((name) => readFileSync(`${ROOT}test/${name}`, 'utf8'))
  .join('\n');
const functions = Object.entries(api).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));

test.each(functions)('%s is in README.md, and a test calls it', (name) => {
  expect(readme.includes(`${name}(`), `README.md does not have ${name}()`).toBe(true);
  expect(tests.includes(`${name}(`), `nothing in test/ calls ${name}()`).toBe(true);
});

test.each(Object.keys(domain))('%s of src/metrics/domain.ts is for everybody', (name) => {
  expect(Object.keys(api), 'src/index.ts').toContain(name);
});

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { COLLECTOR_VERSION, ELASTICSEARCH_VERSION } from '../../../scripts/stack/versions.js';

const manifest = readFileSync(fromRoot('otel-collector/builder.yaml'), 'utf8');
const sums = readFileSync(fromRoot('otel-collector/go.sum'), 'utf8');
const modules = readModules(manifest, /- gomod: (\S+) v(\S+)/g).filter(
  ({ name }) => !name.startsWith('barbossa-telemetry/'),
);

/** The parts that are ours. */
const ownModules = ['patientkafka', 'patientstorage'].flatMap((part) =>
  readModules(
    readFileSync(fromRoot(`otel-collector/${part}/go.mod`), 'utf8'),
    /^\s((?:go\.opentelemetry\.io\/collector|github\.com\/open-telemetry\/opentelemetry-collector-contrib)\/\S+) v(\S+)$/gm,
  ).map((module) => ({ ...module, part })),
);

/** The stable parts of the collector have numbers of their own: 0.148 came with 1.54. */
const STABLE = /\/confmap\/provider\/|\/(component|consumer|extension|pdata|receiver)$/;

describe('the collector', () => {
  test.each(modules)('$name has the version of the manifest', ({ name, version }) => {
    expect(version).toBe(STABLE.test(name) ? stableVersion() : COLLECTOR_VERSION);
  });

  test.each(ownModules)('our $part is made for $name of that version', ({ name, version }) => {
    expect(version).toBe(STABLE.test(name) ? stableVersion() : COLLECTOR_VERSION);
  });

  test.each(modules)('$name has its sum in go.sum', ({ name, version }) => {
    expect(sums).toContain(`\n${name} v${version} h1:`);
  });

  test('is built by the builder of the same version', () => {
    const builder = readFileSync(fromRoot('otel-collector/builder/go.mod'), 'utf8');
    expect(builder).toContain(`go.opentelemetry.io/collector/cmd/builder v${COLLECTOR_VERSION}`);
  });
});

function readModules(text: string, pattern: RegExp): { name: string; version: string }[] {
  return Array.from(text.matchAll(pattern), ([, name = '', version = '']) => ({ name, version }));
}

function stableVersion(): string {
  const [, minor = ''] = COLLECTOR_VERSION.split('.');
  return `1.${Number(minor) - 94}.0`;
}

describe('deploy/ runs what the tests run', () => {
  test.each([
    ['the collector', /\botel\/opentelemetry-collector(?:-contrib)?:(\S+)/g, COLLECTOR_VERSION],
    ['Elasticsearch', /\belasticsearch\/elasticsearch(?:-wolfi)?:(\S+)/g, ELASTICSEARCH_VERSION],
  ])('%s', (_, image, version) => {
    for (const file of listFiles('deploy')) {
      const text = readFileSync(fromRoot(file), 'utf8');
      for (const [, found] of text.matchAll(image)) expect(`${file}: ${found}`).toBe(`${file}: ${version}`);
    }
  });
});

/** Files below a folder of the repository. */
function listFiles(folder: string): string[] {
  return readdirSync(fromRoot(folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((name) => existsSync(fromRoot(name)) && statSync(fromRoot(name)).isFile());
}

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listValues } from '../../../scripts/chart/values-table.js';
import { inProject } from '../../../scripts/project/root.js';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

const read = (name: string): string => readFileSync(inProject('deploy/helm/barbossa-telemetry', name), 'utf8');
const values = listValues(read('values.yaml'));
const schema = JSON.parse(read('values.schema.json')) as Schema;

/** Values that a schema names, with dots: those of its own maps, not those of a definition. */
function listSchemaValues({ properties = {} }: Schema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, value]) =>
    value.properties === undefined ? [`${prefix}${name}`] : listSchemaValues(value, `${prefix}${name}.`),
  );
}

test('the chart, its collector and its Node.js have the versions of the checkout', () => {
  const { version, appVersion } = parse(read('Chart.yaml')) as Record<string, string>;
  const { version: own } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string };
  expect([version, appVersion]).toEqual([own, own]);
  const image = String(values.find(({ path }) => path === 'setup.image')?.fallback);
  const compose = readFileSync(inProject('deploy/compose.yaml'), 'utf8');
  expect(compose).toContain(`&node-image ${image}\n`);
  expect(read('README.md')).toContain(`GO_IMAGE=${/&go-image (\S+)/.exec(compose)?.[1]} `);
});

describe('values.yaml', () => {
  test('has a value for each of values.schema.json, and no other', () => {
    // Helm gives every chart the map `global`.
    const known = listSchemaValues(schema).filter((path) => path !== 'global');
    expect(values.map(({ path }) => path).toSorted()).toEqual(known.toSorted());
  });

  test('says of every value what it is', () => {
    for (const { about } of values) expect(about).toMatch(/^\S.*[^\s,:]$/);
  });

  test('holds no secret: what is named after one is the name of one, or a key in it', () => {
    const secrets = values.filter(({ path }) => /pass|token|secret|certificate/i.test(path));
    for (const { path } of secrets) expect(path).toMatch(/(Secret|secretName|Secrets|Key|\.key)$/);
  });
});

describe('the table of values', () => {
  test('takes a map on one line as a value, and the comment of each', () => {
    const text = '# About all.\n\n# About a.\n# It goes on.\na: 1\n# A group.\nb:\n  # About c.\n  c: { d: 2 }\n';
    expect(listValues(text)).toEqual([
      { path: 'a', about: 'About a. It goes on.', fallback: 1 },
      { path: 'b.c', about: 'About c.', fallback: { d: 2 } },
    ]);
  });

  test('refuses a value without a comment, by its name', () => {
    expect(() => listValues('# About a.\na:\n  # About b.\n  b: 1\n  c: 2\n')).toThrow(
      'values.yaml has no comment on a.c',
    );
  });
});

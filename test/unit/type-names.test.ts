import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
/** At any depth of indentation: a type inside a function counts too. */
const DECLARATION =
  /^[ \t]*(?:export )?(?:declare )?(?:abstract )?(?:(?:interface|class|enum) (\w+)|type (\w+)(?: =|<))/gm;

/** The types that are declared more than once, each with the files that declare it. */
function findDoubled(sources: ReadonlyMap<string, string>): Record<string, string[]> {
  const files = new Map<string, string[]>();
  for (const [file, text] of sources) {
    for (const [, named, alias] of text.matchAll(DECLARATION)) {
      const name = named ?? alias ?? '';
      files.set(name, [...(files.get(name) ?? []), file]);
    }
  }
  return Object.fromEntries(Array.from(files).filter(([, found]) => found.length > 1));
}

test('no two types of src have one name, exported or not', () => {
  const names = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(names.length).toBeGreaterThan(100);
  expect(findDoubled(new Map(names.map((name) => [name, readFileSync(path.join(SRC, name), 'utf8')])))).toEqual({});
});

test('a doubled name is found, whatever kind of type it is', () => {
  const doubled = findDoubled(
    new Map([
      ['a.ts', 'export interface Line {\n}\nconst typeName = 1;\n// class Job\n'],
      ['b.ts', 'class Job {\n}\ntype Line<T> = T;\n'],
      ['c.ts', 'function make() {\n  class Job {}\n}\n'],
    ]),
  );
  expect(doubled).toEqual({ Line: ['a.ts', 'b.ts'], Job: ['b.ts', 'c.ts'] });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { loadConfig } from '../../../src/config/config.js';
import type { FollowedPackage } from '../../../src/hooks/module-hooks.js';
import { CATALOGUE } from '../../../src/metrics/catalogue.js';
import { hookPackages } from '../../../src/start/packages.js';

const hooked = vi.hoisted(() => ({ packages: [] as FollowedPackage[] }));
vi.mock('../../../src/hooks/unseen-packages.js', () => ({ reportUnseen: () => {} }));
vi.mock('../../../src/hooks/module-hooks.js', () => ({
  hookModules: (packages: readonly FollowedPackage[]) => {
    hooked.packages.push(...packages);
    return () => {};
  },
}));
hookPackages(loadConfig({}).config, '/');
const { packages } = hooked;

/** Comes with Express 5: nobody installs it. */
const OF_EXPRESS = 'router';

const NODE_MODULES = fromRoot('node_modules');

/** Folders of a package, under whichever names it is installed, by its major version. */
function findInstalled(name: string): Map<number, string> {
  const folders = readdirSync(NODE_MODULES)
    .flatMap((each) =>
      each.startsWith('@') ? readdirSync(path.join(NODE_MODULES, each)).map((one) => `${each}/${one}`) : [each],
    )
    .map((each) => path.join(NODE_MODULES, each))
    .filter((folder) => existsSync(path.join(folder, 'package.json')));
  const manifests = folders.map((folder) => {
    const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
    return { folder, ...(JSON.parse(text) as { name?: string; version?: string }) };
  });
  const same = manifests.filter((manifest) => manifest.name === name);
  return new Map(same.map(({ folder, version = '' }) => [Number.parseInt(version, 10), folder]));
}

test.each(packages)('$name: its files are patched in versions that are followed', ({ majors, files }) => {
  for (const file of files) for (const major of file.majors ?? []) expect(majors, file.file).toContain(major);
});

test.each(packages)('$name: something of it is patched, and people are told', ({ name, lost, files }) => {
  expect(files).not.toEqual([]);
  expect(lost).toMatch(/^its /);
  expect(CATALOGUE.instrumentationActive.help, 'src/metrics/catalogue.ts').toMatch(new RegExp(String.raw`\b${name}\b`));
  if (name === OF_EXPRESS) return;
  const { peerDependencies } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as {
    peerDependencies: Readonly<Record<string, string>>;
  };
  expect(Object.keys(peerDependencies)).toContain(name);
  const isNamed = new RegExp(String.raw`\b${name}\b`, 'i').test(readFileSync(fromRoot('README.md'), 'utf8'));
  expect(isNamed, `README.md does not name ${name}`).toBe(true);
});

test('a framework says its routes by setRoute, a logger hands its lines to takeLine', () => {
  const wiring = readFileSync(fromRoot('src/start/packages.ts'), 'utf8');
  const seams = { frameworks: /\b(?:set|setActive|ask)Route\(/, loggers: /\btakeLine\(/ } as const;
  for (const [room, seam] of Object.entries(seams)) {
    const files = Array.from(
      wiring.matchAll(new RegExp(`'\\.\\./(${room}/[\\w-]+)\\.js'`, 'g')),
      ([, file = '']) => file,
    );
    expect(files).not.toEqual([]);
    for (const file of files) {
      const text = readFileSync(fromRoot(`src/${file}.ts`), 'utf8');
      expect(text, `src/${file}.ts`).toMatch(seam);
    }
  }
});

test.each(packages.filter(({ name }) => name !== OF_EXPRESS))(
  '$name: an application of the tests uses it',
  ({ name }) => {
    const folder = fromRoot('test/integration/apps');
    const texts = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(folder, entry.name), 'utf8'));
    const isUsed = texts.some((text) => text.includes(`'${name}'`));
    expect(isUsed, `nothing in test/integration/apps loads ${name}`).toBe(true);
  },
);

const CASES = packages.flatMap(({ name, majors: known, files }) =>
  files.flatMap(({ majors = known, ...row }) => majors.map((major) => ({ ...row, name, major }))),
);

test.each(CASES)('$name $major: $file has what is patched in it', ({ name, major, file, patch }) => {
  const folder = findInstalled(name).get(major) ?? '';
  expect(folder, `${name} ${major} is not installed here: it has to be among devDependencies`).not.toBe('');
  const loaded: unknown = createRequire(import.meta.url)(path.join(folder, file));
  const missing: string[] = [];
  patch(loaded, (what) => void missing.push(what));
  expect(missing).toEqual([]);
});

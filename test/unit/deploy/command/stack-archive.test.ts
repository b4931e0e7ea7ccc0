// What `barbossa-telemetry deploy` writes is what the repository has, and nothing that lies about in a checkout.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { isShipped, makeStackFiles } from '../../../../scripts/project/stack-archive.js';
import { fromRoot } from '../../../../scripts/stack/paths.js';

const files = new Map(makeStackFiles().map((file) => [file.path, file]));
const textOf = (name: string): string => files.get(name)?.text ?? '';
/** Made for a site. */
const MADE = new Set(['README.md', 'deploy/.env.example', 'package.json']);
/** A link as its words. */
const withoutLinks = (text: string): string => text.replace(/!?\[([^\]]+)\]\([^)]*\)/g, '$1');

test('every file is as it is in the repository', () => {
  for (const { path: name, text } of files.values()) {
    if (MADE.has(name)) continue;
    const original = readFileSync(fromRoot(name), 'utf8');
    if (name.endsWith('.md')) expect(withoutLinks(text), name).toBe(withoutLinks(original));
    else expect(text, name).toBe(original);
  }
});

test('.env.example differs by the line that leaves the sample out', () => {
  const original = readFileSync(fromRoot('deploy/.env.example'), 'utf8').split('\n');
  const added = textOf('deploy/.env.example')
    .split('\n')
    .filter((line) => !original.includes(line));
  expect(added).toEqual(['COMPOSE_FILE=compose.yaml:compose.own-application.yaml']);
});

test.skipIf(!existsSync(fromRoot('.git')))('each file is in the repository, and each script is one that runs', () => {
  const listing = execFileSync('git', ['ls-files', '-s', 'deploy', 'otel-collector'], {
    cwd: fromRoot(''),
    encoding: 'utf8',
  });
  const tracked = new Map(
    Array.from(listing.matchAll(/^(\d+) \S+ \d\t(.+)$/gm), ([, mode = '', name = '']) => [name, mode] as const),
  );
  for (const { path: name, executable } of files.values()) {
    if (MADE.has(name)) continue;
    expect(tracked.get(name), name).toBe(executable === true ? '100755' : '100644');
  }
  // What stays is for the work on the package. A new file is in one of these, or it is given to the site.
  const left = [...tracked.keys()].filter((name) => !files.has(name));
  const work =
    /\.test\.yml$|_test\.go$|^deploy\/(grafana\/(asking|builder|draw|pictures)|kibana\/builder|sample|site)\/|^deploy\/(tsconfig\.json|prometheus\/known-series\.json)$/;
  expect(left.filter((name) => !work.test(name))).toEqual([]);
});

test.each([
  'deploy/.env',
  'deploy/secrets/smtp.password',
  'deploy/secrets/ca.crt',
  'deploy/notes.md',
  'deploy/compose.yaml.orig',
  'deploy/celery/__pycache__/barbossa_celery.cpython-311.pyc',
  'deploy/prometheus/.alerts.yml.swp',
  'otel-collector/gateway.yaml~',
])('%s stays in the checkout', (name) => {
  expect(isShipped(name)).toBe(false);
});

test('every folder and file that compose.yaml mounts or builds of is there, but for the sample', () => {
  const { services } = parse(textOf('deploy/compose.yaml'), { merge: true, maxAliasCount: -1 }) as {
    services: Record<
      string,
      { volumes?: (string | { type: string; source: string })[]; build?: { dockerfile: string } }
    >;
  };
  const places = Object.values(services).flatMap(({ volumes = [], build }) => [
    ...volumes.flatMap((volume) => (typeof volume === 'object' && volume.type === 'bind' ? [volume.source] : [])),
    ...(build === undefined ? [] : [`../${build.dockerfile}`]),
  ]);
  const missing = places
    .filter((place) => place.startsWith('.'))
    .map((place) => path.posix.join('deploy', place))
    .filter((place) => ![...files.keys()].some((name) => name === place || name.startsWith(`${place}/`)));
  expect(places.length).toBeGreaterThan(20);
  expect([...new Set(missing)]).toEqual(['deploy/sample/Dockerfile']);
});

test("what the collector's image is built of is there", () => {
  const dockerfile = textOf('deploy/collector/Dockerfile');
  const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm), ([, sources = '']) =>
    sources.split(' '),
  );
  expect(copied.flat().length).toBeGreaterThan(4);
  for (const source of copied.flat()) {
    expect(
      [...files.keys()].some((name) => name === source || name.startsWith(`${source}/`)),
      source,
    ).toBe(true);
  }
});

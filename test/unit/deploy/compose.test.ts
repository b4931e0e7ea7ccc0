import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { NODE_VERSIONS } from '../../../scripts/project/nodes.js';
import { inProject } from '../../../scripts/project/root.js';
import { ALERTMANAGER, ELASTICSEARCH_VERSION, NODE_EXPORTER, PROMETHEUS } from '../../../scripts/stack/versions.js';

const read = (file: string): string => readFileSync(inProject(file), 'utf8');
const FILES = readdirSync(inProject('deploy')).filter((name) => /^compose.*\.yaml$/.test(name));
const texts = FILES.map((name) => ({ name, text: read(`deploy/${name}`) }));
const base = texts.find(({ name }) => name === 'compose.yaml')?.text ?? '';
const { 'x-images': images } = parse(base, { merge: true, maxAliasCount: -1 }) as {
  'x-images': Record<string, string>;
};

/** What a file takes from the environment, without comments. */
function listVariables(text: string): string[] {
  const code = text.replaceAll(/^\s*#.*$/gm, '');
  return [...new Set(Array.from(code.matchAll(/(?<!\$)\$\{(\w+)/g), ([, name = '']) => name))];
}

describe('versions', () => {
  const tag = (image: string): string => images[image]?.split(':').at(-1) ?? '';

  test.each([
    ['elasticsearch', ELASTICSEARCH_VERSION],
    // Kibana refuses an older Elasticsearch.
    ['kibana', ELASTICSEARCH_VERSION],
    ['prometheus', `v${PROMETHEUS.version}`],
    ['alertmanager', `v${ALERTMANAGER.version}`],
    ['node-exporter', `v${NODE_EXPORTER.version}`],
  ])('%s is what the tests run', (image, version) => {
    expect(tag(image)).toBe(version);
  });

  test('Node is one that the integration tests run on', () => {
    expect(NODE_VERSIONS).toContain(tag('node').split('-')[0]);
  });

  test('the images built here have the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect([tag('sample'), tag('collector')]).toEqual([version, version]);
  });

  test('stand in one place: no image has a tag elsewhere', () => {
    for (const { text } of texts) {
      const services = text.slice(text.indexOf('\nservices:'));
      for (const [, image] of services.matchAll(/^\s+image: (.+)$/gm)) expect(image).toMatch(/^\*[\w-]+-image$/);
    }
    for (const file of ['deploy/sample/Dockerfile', 'deploy/collector/Dockerfile']) {
      for (const [, image] of read(file).matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/^\$\{\w+\}$|^scratch$/);
    }
  });
});

describe('.env.example', () => {
  const example = read('deploy/.env.example');
  const listed = Array.from(example.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm), ([, name = '']) => name);
  /** Read by compose itself. */
  const COMPOSE = ['COMPOSE_PROFILES', 'COMPOSE_FILE'];

  test('lists every variable of the compose files, and no other', () => {
    const used = texts.flatMap(({ text }) => listVariables(text));
    expect(listed.toSorted()).toEqual([...new Set([...used, ...COMPOSE])].toSorted());
  });

  test('holds no secret, and has no place for one', () => {
    expect(listed.filter((name) => /PASS|SECRET|TOKEN|KEY/.test(name.replace('BARBOSSA_SECRETS_DIR', '')))).toEqual([]);
  });

  test('names profiles and files that there are', () => {
    const files = /^#COMPOSE_FILE=(.+)$/m.exec(example)?.[1]?.split(':') ?? [];
    expect(files.toSorted()).toEqual(FILES.toSorted());
    expect(base).toContain(`profiles: [${/^COMPOSE_PROFILES=(\w+)$/m.exec(example)?.[1]}, logs]`);
  });
});

describe('no variable has a secret as its default', () => {
  test.each(texts)('$name', ({ text }) => {
    const defaults = Array.from(text.matchAll(/\$\{(\w+):?-([^}]*)\}/g), ([, name = '', value = '']) => ({
      name,
      value,
    }));
    expect(defaults.filter(({ name, value }) => /PASS|TOKEN|KEY/.test(name) && value !== '')).toEqual([]);
  });
});

describe('the image of the sample', () => {
  const sources = ['server.js', 'worker.js', ...listFiles('sample').filter((name) => name.endsWith('.js'))];
  const own = new Set([...builtinModules.map((name) => `node:${name}`), 'barbossa-telemetry']);

  test('has the packages that the sample imports, and no other of the development packages', () => {
    const imported = sources.flatMap((file) =>
      Array.from(read(file).matchAll(/(?:from|import) ?\(?'([^'.][^']*)'/g), ([, name = '']) => name),
    );
    const kept = /IMPORTED = \[(.*)\]/.exec(read('deploy/sample/keep-packages.js'))?.[1] ?? '';
    const names = Array.from(kept.matchAll(/'([^']+)'/g), ([, name = '']) => name);
    expect(names).toEqual([...new Set(imported.filter((name) => !own.has(name)))].toSorted());
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(names));
  });

  test('is built from files that its .dockerignore lets through', () => {
    for (const folder of ['sample', 'collector']) {
      const rules = read(`deploy/${folder}/Dockerfile.dockerignore`)
        .split('\n')
        .filter((line) => line !== '');
      expect(rules[0]).toBe('*');
      const allowed = rules.slice(1).map((rule) => rule.replace(/^!/, ''));
      const copied = Array.from(
        read(`deploy/${folder}/Dockerfile`).matchAll(/^COPY (?!--from)(.+) \S+$/gm),
        ([, all = '']) => all.split(' '),
      ).flat();
      const isAllowed = (file: string): boolean => allowed.some((rule) => file === rule || file.startsWith(`${rule}/`));
      expect(copied.filter((file) => !isAllowed(file))).toEqual([]);
      // And nothing is sent along that nobody copies.
      const isUsed = (rule: string): boolean => copied.some((file) => file === rule || file.startsWith(`${rule}/`));
      expect(allowed.filter((rule) => !isUsed(rule))).toEqual([]);
    }
  });
});

/** Files below a folder of the checkout. */
function listFiles(folder: string): string[] {
  return readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
}

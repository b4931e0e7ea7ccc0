// @needs compose files
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { listHostNames, readComposeModel, type Model, type Service } from '../../scripts/stack/compose-model.js';
import { fromRoot } from '../../scripts/stack/paths.js';
import { readDockerfile } from '../../scripts/stack/whole/dockerfile.js';

const read = (profile: string): Model => readComposeModel({ profile });

function listHosts({ services }: Model): Set<string> {
  return new Set(Object.entries(services).flatMap(([name, service]) => listHostNames(name, service)));
}

/** What Prometheus scrapes in a profile: the shipped file, and those of scrape/ that its container sees. */
function listTargets(service: Service): string[] {
  const text = (file: string): string => readFileSync(fromRoot(`deploy/prometheus/${file}`), 'utf8');
  const isMasked = service.tmpfs?.some((each) => each.startsWith('/etc/prometheus/scrape:')) ?? false;
  const files = ['prometheus.yml', ...(isMasked ? [] : ['scrape/logs.yml'])];
  return files.flatMap((file) => {
    const { scrape_configs: jobs } = parse(text(file)) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    return jobs.flatMap(({ static_configs: groups }) => groups.flatMap(({ targets }) => targets));
  });
}

describe.each(['all', 'metrics'])('Prometheus in profile %s', (profile) => {
  const model = read(profile);
  const hosts = listHosts(model);
  const entry = Object.entries(model.services).find(([name, service]) =>
    listHostNames(name, service).includes('prometheus'),
  );
  const prometheus = entry?.[1];
  if (prometheus === undefined) throw new Error('no Prometheus');

  test('scrapes services that are there, and every one that has metrics', () => {
    const targets = listTargets(prometheus).map((target) => target.split(':')[0] ?? '');
    expect(targets.filter((host) => !hosts.has(host))).toEqual([]);
    const watched = ['web', 'worker', 'collector', 'container-logs', 'prometheus', 'alertmanager', 'grafana'];
    const expected = [...watched, 'node-exporter', 'postgres-exporter', 'redis-exporter'].filter((name) =>
      hosts.has(name),
    );
    expect(targets.toSorted()).toEqual(expected.toSorted());
  });
});

describe('what a configuration takes from the environment is given', () => {
  const { services } = read('all');
  const listUsed = (file: string): string[] =>
    Array.from(
      readFileSync(fromRoot(`deploy/${file}`), 'utf8').matchAll(/(?<!\$)\$\{?(BARBOSSA_\w+)/g),
      ([, name = '']) => name,
    );

  test.each([
    ['prometheus', 'prometheus/prometheus.yml'],
    ['grafana', 'grafana/provisioning/datasources/barbossa.yaml'],
  ])('%s', (name, file) => {
    const used = listUsed(file);
    expect(used.length).toBeGreaterThan(0);
    expect(Object.keys(services[name]?.environment ?? {})).toEqual(expect.arrayContaining(used));
  });
});

test('every file of /run/secrets that is named somewhere is made, or is for the site to give', () => {
  const { services } = read('all');
  const makers = ['setup/secrets.sh', 'elasticsearch/prepare.sh'].map((file) =>
    readFileSync(fromRoot(`deploy/${file}`), 'utf8'),
  );
  const named = [
    JSON.stringify(services),
    ...['sample/with-secrets.sh', 'redis/start.sh', 'postgres/init.sh', 'kibana/start.sh', 'kibana/kibana.yml'].map(
      (file) => readFileSync(fromRoot(`deploy/${file}`), 'utf8'),
    ),
  ].flatMap((text) => [...text.matchAll(/\/run\/secrets\/([a-z][\w-]*\.\w+)|\{([a-z-]+\.password)\}/g)]);
  const names = [...new Set(named.map(([, file, place]) => file ?? place ?? ''))];
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect(makers.join('\n')).toContain(name);
});

test('what lasts is in a volume with a name', () => {
  const { services, volumes } = read('all');
  const kept = Object.entries({
    elasticsearch: '/usr/share/elasticsearch/data',
    prometheus: '/prometheus',
    alertmanager: '/alertmanager',
    grafana: '/var/lib/grafana',
    postgres: '/var/lib/postgresql/data',
    redis: '/data',
    collector: '/var/lib/otelcol',
    'container-logs': '/var/lib/container-logs',
    web: '/var/spool/barbossa',
    worker: '/var/spool/barbossa',
  });
  const sources = kept.map(([name, target]) => services[name]?.volumes?.find((mount) => mount.target === target));
  for (const mount of sources) expect(mount).toMatchObject({ type: 'volume' });
  const named = sources.map((mount) => mount?.source ?? '');
  // Nobody shares one: two applications with one spool would send each other's records.
  expect(new Set(named).size).toBe(kept.length);
  expect(Object.keys(volumes)).toEqual(expect.arrayContaining(named));
});

test('the logs of PostgreSQL and Redis carry the labels that container-logs reads', () => {
  const { services } = read('all');
  for (const name of ['postgres', 'redis']) {
    expect(services[name]?.labels).toMatchObject({ 'barbossa.logs': 'stdout' });
    const wanted = ['barbossa.logs', 'barbossa.role', 'com.docker.compose.service'];
    expect(services[name]?.logging?.options?.['labels']?.split(',')).toEqual(wanted);
  }
  // What sends OTLP is not read twice.
  const others = Object.entries(services).filter(([name]) => !['postgres', 'redis'].includes(name));
  expect(others.filter(([, { labels = {} }]) => 'barbossa.logs' in labels)).toEqual([]);
});

describe('images that are built', () => {
  const built = Object.entries(read('all').services).flatMap(([name, { build, user, image }]) =>
    build === undefined ? [] : [{ name, build, user, image }],
  );

  test.each(built)(
    '$name: its Dockerfile is there, unprivileged, with a health check and a program that gets signals',
    ({ build }) => {
      const file = path.relative(fromRoot(''), path.join(build.context, build.dockerfile));
      const { user, healthCheck, entrypoint } = readDockerfile(file);
      expect(user).toMatch(/^[1-9]\d+:[1-9]\d+$/);
      expect(healthCheck).toContain('CMD [');
      expect(entrypoint).toBeInstanceOf(Array);
    },
  );

  test.each(built)("$name: its version is the package's", ({ image }) => {
    const { version } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { version: string };
    expect(image.split(':')[1]).toBe(version);
  });
});

test('.env.example as it is starts all of it', () => {
  const example = readComposeModel({ envFile: '.env.example' });
  expect(Object.keys(example.services).toSorted()).toEqual(Object.keys(read('all').services).toSorted());
});

test('every value of .env.example is the default', () => {
  const text = readFileSync(fromRoot('deploy/.env.example'), 'utf8');
  const env = Object.fromEntries(
    Array.from(text.matchAll(/^#(BARBOSSA_\w+)=(.+)$/gm), ([, name = '', value = '']) => [name, value]),
  );
  const { services } = readComposeModel({ profile: 'all', env: { ...env, BARBOSSA_WATCHDOG: '' } });
  expect(services).toEqual(read('all').services);
});

test('a variable that has no default and is not set is an error', () => {
  expect(() => readComposeModel({ profile: 'all', files: ['compose.yaml', 'compose.own-elasticsearch.yaml'] })).toThrow(
    /where your Elasticsearch is/,
  );
});

test('the lines of the README bring an application in', () => {
  const text = readFileSync(fromRoot('deploy/README.md'), 'utf8');
  const fragment = /```yaml\n(services:\n.*?)```/s.exec(text)?.[1] ?? '';
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-fragment-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'compose.yaml');
  writeFileSync(file, fragment.replace('path/to/', fromRoot('')));
  const { services, networks } = readComposeModel({ files: [file] });
  const [[, service] = ['', undefined]] = Object.entries(services);
  // The host that prometheus.yml scrapes, in the network that compose.yaml makes.
  expect(service?.networks?.['barbossa']?.aliases).toEqual(['web']);
  expect(networks['barbossa']?.name).toBe(read('all').networks['default']?.name);
  expect(service?.environment).toMatchObject({
    NODE_OPTIONS: '--import barbossa-telemetry/register',
    OTEL_EXPORTER_OTLP_ENDPOINT: read('all').services['web']?.environment?.['OTEL_EXPORTER_OTLP_ENDPOINT'],
    OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
  });
  const spool = service?.environment?.['BARBOSSA_LOG_SPOOL_DIR'];
  expect(service?.volumes?.map(({ target }) => target)).toEqual([spool, '/run/secrets/barbossa']);
});

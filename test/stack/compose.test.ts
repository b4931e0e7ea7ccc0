// @needs compose files
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { listHostNames, readComposeModel, type Model, type Service } from '../../scripts/stack/compose-model.js';
import { fromRoot } from '../../scripts/stack/paths.js';

const BASE = 'compose.yaml';
const PROFILES = ['all', 'metrics', 'logs'];
const OVERLAYS = ['compose.own-elasticsearch.yaml', 'compose.own-prometheus.yaml', 'compose.own-application.yaml'];
/** What the overlays ask for. */
const SITE = {
  BARBOSSA_ELASTICSEARCH_URL: 'https://logs.example.com:9200',
  BARBOSSA_PROMETHEUS_URL: 'http://metrics.example.com:9090',
};

/** Each profile alone, with each overlay, and with all of them. */
const VARIANTS = PROFILES.flatMap((profile) =>
  [[], ...OVERLAYS.map((overlay) => [overlay]), OVERLAYS].map((overlays) => ({
    name: [profile, ...overlays].join(' + '),
    profile,
    overlays,
  })),
);

function read(profile: string, overlays: readonly string[] = []): Model {
  return readComposeModel({ profile, files: [BASE, ...overlays], env: overlays.length > 0 ? SITE : {} });
}

function listHosts({ services }: Model): Set<string> {
  return new Set(Object.entries(services).flatMap(([name, service]) => listHostNames(name, service)));
}

/** Hosts with ports in a text, as `elasticsearch:9200`, of what is reached by a name. */
function findHosts(text: string): string[] {
  return Array.from(text.matchAll(/(?<![\w.-])([a-z][a-z-]*):\d{4,5}\b/g), ([, host = '']) => host).filter(
    (host) => host !== 'localhost',
  );
}

/** What setup/hand-out.sh puts into the folder of each. */
const HANDED = new Map(
  Array.from(
    readFileSync(fromRoot('deploy/setup/hand-out.sh'), 'utf8').matchAll(/^hand ([\w-]+) (.+)$/gm),
    ([, name = '', files = '']) => [name, files.split(' ')] as const,
  ),
);

const isJob = ({ restart }: Service): boolean => restart === 'no';
const isRoot = ({ user = '' }: Service): boolean => user === '' || /^(0|root)(:|$)/.test(user);

describe.each(VARIANTS)('$name', ({ profile, overlays }) => {
  const model = read(profile, overlays);
  const services = Object.entries(model.services);

  test('who it is and what it may', () => {
    for (const [name, service] of services) {
      expect(service.user, name).toMatch(/^\d+:\d+$/);
      // As root only with a reason, and with no capability but those that are named.
      if (isRoot(service)) expect(service['x-root-reason'], name).toMatch(/\w+ \w+ \w+/);
      else expect(service.cap_add ?? [], name).toEqual([]);
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(service.privileged ?? false, name).toBe(false);
      expect(JSON.stringify(service.volumes ?? []), name).not.toContain('docker.sock');
    }
  });

  test('an exact image, a limit, a restart policy, logs that do not grow', () => {
    for (const [name, service] of services) {
      expect(service.image, name).toMatch(/:v?\d+\.\d+\.?\d*[\w.-]*$/);
      expect(Number(service.mem_limit), name).toBeGreaterThanOrEqual(64 * 1024 * 1024);
      expect(service.restart, name).toBe(isJob(service) ? 'no' : 'unless-stopped');
      expect(service.logging, name).toMatchObject({
        driver: 'json-file',
        options: { 'max-size': expect.any(String) as string, 'max-file': expect.any(String) as string },
      });
    }
  });

  test('no secret in its environment', () => {
    for (const [name, service] of services) {
      for (const [variable, value] of Object.entries(service.environment ?? {})) {
        if (variable.endsWith('_FILE')) expect(value, name).toMatch(/^$|^\/run\/secrets\/[\w.-]+$/);
        else expect(variable, name).not.toMatch(/PASS|SECRET|TOKEN|API_?KEY/);
        // A URL has a place for a password, which is filled in where it is used.
        for (const [, password] of (value ?? '').matchAll(/:\/\/[^\s/@]*:([^\s/@]*)@/g)) {
          expect(password, name).toMatch(/^\{[\w.-]+\}$/);
        }
      }
    }
  });

  test('it mounts its own secrets only, and the key of the authority nobody but the job that signs', () => {
    for (const [name, { volumes = [] }] of services) {
      const sources = volumes.filter(({ type }) => type === 'volume').map(({ source }) => source);
      expect(sources.includes('authority'), name).toBe(name === 'certificates');
      const mounts = volumes.filter(({ source }) => source === 'secrets');
      if (['secrets', 'certificates'].includes(name)) continue;
      const own = ['web', 'worker'].includes(name.replace(/-metrics$/, ''))
        ? 'application'
        : name.replace(/-metrics$/, '');
      for (const mount of mounts) {
        expect(mount, name).toMatchObject({
          target: '/run/secrets',
          read_only: true,
          volume: { subpath: `for/${own}` },
        });
        expect(HANDED.get(own)?.length, name).toBeGreaterThan(0);
      }
    }
  });

  test('who is root reads no secret but its own', () => {
    const running = services.filter(([, service]) => isRoot(service) && !isJob(service)).map(([name]) => name);
    expect(running.filter((name) => name !== 'container-logs')).toEqual([]);
    expect(HANDED.get('container-logs')).toEqual(['writer.password', 'ca.crt']);
    const { cap_add: added = [] } = model.services['container-logs'] ?? {};
    expect(added.filter((name) => name !== 'DAC_READ_SEARCH')).toEqual([]);
  });

  test('log records go to the collector with a token and over TLS', () => {
    for (const [name, { environment = {} }] of services) {
      if (environment['OTEL_EXPORTER_OTLP_ENDPOINT'] === undefined) continue;
      expect(environment['OTEL_EXPORTER_OTLP_ENDPOINT'], name).toMatch(/^https:/);
      expect(environment['BARBOSSA_LOG_TOKEN_FILE'], name).toBe('/run/secrets/collector.token');
      if (environment['OTEL_LOGS_EXPORTER'] === 'none') continue;
      expect(environment['OTEL_EXPORTER_OTLP_CERTIFICATE'], name).toBe('/run/secrets/stack-ca.crt');
    }
    for (const [name, { command, environment = {} }] of services) {
      const endpoint = environment['BARBOSSA_COLLECTOR_OTLP_ENDPOINT'];
      if (endpoint?.startsWith('127.0.0.1:') !== false) continue;
      expect(command, name).toEqual(
        expect.arrayContaining(['--config=/etc/otelcol/with-token.yaml', '--config=/etc/otelcol/with-tls.yaml']),
      );
    }
  });

  test('an admin server that is open to the network asks for a login', () => {
    for (const [name, { environment = {} }] of services) {
      if (environment['OTEL_EXPORTER_PROMETHEUS_HOST'] === undefined) continue;
      expect(environment['BARBOSSA_ADMIN_LOGIN_FILE'], name).toBe('/run/secrets/metrics.token');
      // The names that prometheus.yml has.
      expect(environment['BARBOSSA_ADMIN_HOSTS'], name).toBe('web,worker');
    }
  });

  test('no program is given a password as an argument', () => {
    for (const [name, { command, entrypoint, healthcheck }] of services) {
      const words = [...(entrypoint ?? []), ...(command ?? []), ...(healthcheck?.test ?? [])].join(' ');
      expect(words, name).not.toMatch(/(?:^|\s)(?:-u|--user|-a|--pass\S*|-p)[ =]|:\/\/[^\s/@]*:[^\s/@]+@/);
    }
  });

  test('a health check for what runs on', () => {
    for (const [name, service] of services) {
      if (isJob(service)) continue;
      expect(service.healthcheck?.test[0], name).toMatch(/^CMD(-SHELL)?$/);
      expect(service.healthcheck?.test.length, name).toBeGreaterThan(1);
    }
  });

  test('it waits for jobs to be done, and for servers to be healthy', () => {
    const wrong = services.flatMap(([name, service]) =>
      Object.entries(service.depends_on ?? {}).flatMap(([needed, { condition, required }]) => {
        const other = model.services[needed];
        if (other === undefined) return required ? [`${name} needs ${needed}, which is not there`] : [];
        const right = isJob(other) ? 'service_completed_successfully' : 'service_healthy';
        return condition === right ? [] : [`${name} waits for ${needed}: ${condition}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('what reads a secret waits until it is there', () => {
    const readers = services.filter(
      ([name, { volumes = [] }]) => name !== 'secrets' && volumes.some(({ source }) => source === 'secrets'),
    );
    const needs = (name: string): string[] => {
      const needed = Object.keys(model.services[name]?.depends_on ?? {});
      return [...needed, ...needed.flatMap(needs)];
    };
    for (const [name] of readers) expect([name, ...needs(name)]).toContain('secrets');
  });

  test('only what people open is published, on 127.0.0.1', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    for (const { host_ip: address } of published) expect(address).toBe('127.0.0.1');
    if (overlays.includes('compose.own-prometheus.yaml')) return;
    expect(
      published.map(({ target }) => target).filter((port) => ![8080, 3000, 5601, 9090, 9093].includes(port)),
    ).toEqual([]);
  });

  test('every file and folder of the checkout that it mounts is there', () => {
    const missing = services.flatMap(([name, { volumes = [] }]) =>
      volumes
        .filter(({ type, source = '' }) => type === 'bind' && source.startsWith(fromRoot('')) && !existsSync(source))
        .map(({ source }) => `${name}: ${source}`),
    );
    expect(missing).toEqual([]);
  });

  test('every host in its environment and commands is a service', () => {
    const hosts = listHosts(model);
    const own = overlays.includes('compose.own-application.yaml') ? ['postgres', 'redis'] : [];
    for (const [name, { environment = {}, command, entrypoint }] of services) {
      const named = findHosts([...Object.values(environment), ...(command ?? []), ...(entrypoint ?? [])].join('\n'));
      // Grafana's data sources name them in any case, and show that nobody answers.
      const absent = name === 'grafana' ? ['elasticsearch', 'prometheus'] : own;
      // Without the log pipeline the name of the collector stays, and is not used.
      const unused = environment['OTEL_LOGS_EXPORTER'] === 'none' ? ['collector'] : [];
      const optional = new Set([...absent, ...unused]);
      expect(named.filter((host) => !hosts.has(host) && !optional.has(host)).map((host) => `${name}: ${host}`)).toEqual(
        [],
      );
    }
  });
});

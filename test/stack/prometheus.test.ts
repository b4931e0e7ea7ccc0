// @needs Prometheus, Alertmanager, node exporter, Redis, Redis exporter, PostgreSQL, PostgreSQL exporter, mount namespaces
import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { readRules } from '../../scripts/rules/rule-files.js';
import { startAlertmanager } from '../../scripts/stack/alertmanager.js';
import { startNodeExporter, startPostgresExporter, startRedisExporter } from '../../scripts/stack/exporters.js';
import { fromRoot } from '../../scripts/stack/paths.js';
import { startPostgres } from '../../scripts/stack/postgres.js';
import { startPrometheus, type Prometheus } from '../../scripts/stack/prometheus.js';
import { startRedis } from '../../scripts/stack/redis.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';

/** The targets of deploy/prometheus/ have fixed ports: each has an address of its own, which no other test takes. */
const HOSTS = {
  prometheus: '127.0.13.1',
  alertmanager: '127.0.13.2',
  'node-exporter': '127.0.13.3',
  'redis-exporter': '127.0.13.4',
  'postgres-exporter': '127.0.13.5',
};
const LINKS = { BARBOSSA_GRAFANA_URL: 'https://grafana.example', BARBOSSA_RUNBOOKS_URL: 'https://runbooks.example' };
/** Two scrapes, an evaluation, and what a busy machine adds. */
const SEEN_MS = 90_000;

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function stopAtEnd<T extends { readonly stop: () => Promise<void> }>(server: T): T {
  onTestFinished(() => server.stop());
  return server;
}

async function listRules(prometheus: Prometheus): Promise<Rule[]> {
  const { groups } = (await prometheus.ask('rules')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** The value of the first series, as Prometheus writes it. */
async function readValue(prometheus: Prometheus, query: string): Promise<string | undefined> {
  return (await prometheus.query(query))[0]?.value[1];
}

test('Prometheus loads the files of deploy/, keeps what they say and evaluates every rule', async () => {
  const prometheus = stopAtEnd(await startPrometheus({ env: LINKS }));
  const rules = await waitUntil(
    async () => {
      const found = await listRules(prometheus);
      return found.every(({ health }) => health !== 'unknown') && found;
    },
    { what: 'every rule evaluated', timeoutMs: SEEN_MS },
  );
  expect(rules.filter(({ health }) => health !== 'ok')).toStrictEqual([]);
  expect(rules.map(({ name }) => name).sort()).toStrictEqual(
    readRules()
      .map(({ alert, record }) => alert ?? record ?? '')
      .sort(),
  );
  const { yaml } = (await prometheus.ask('status/config')) as { yaml: string };
  expect(yaml).toContain('max_exemplars: 100000');
  const { storageRetention } = (await prometheus.ask('status/runtimeinfo')) as { storageRetention: string };
  expect(storageRetention).toBe('30d or 10GiB');
  const { activeTargets } = (await prometheus.ask('targets')) as { activeTargets: { labels: { instance: string } }[] };
  const text = readFileSync(fromRoot('deploy/prometheus/prometheus.yml'), 'utf8');
  for (const { labels } of activeTargets.filter(({ labels: { instance } }) => !instance.endsWith(':8888'))) {
    expect(text).toContain(labels.instance);
  }
  expect(activeTargets).toHaveLength(10);
});

test('Prometheus understands every query of a runbook', async () => {
  const prometheus = stopAtEnd(await startPrometheus());
  const folder = fromRoot('deploy/runbooks');
  const texts = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  const queries = texts.flatMap((text) =>
    Array.from(text.matchAll(/^```promql\n([^`]+)```$/gm), ([, query]) => query ?? ''),
  );
  expect(queries.length).toBeGreaterThan(texts.length);
  for (const query of queries) await expect(prometheus.query(query)).resolves.toBeInstanceOf(Array);
});

test('the databases stop: their exporters say so, the alerts reach Alertmanager, and end when they are back', async () => {
  const redis = stopAtEnd(await startRedis());
  const postgres = stopAtEnd(await startPostgres());
  await postgres.query("CREATE ROLE monitor LOGIN PASSWORD 'spyglass' IN ROLE pg_monitor");
  const url = `postgresql://monitor:spyglass@127.0.0.1:${postgres.port}/postgres`;
  stopAtEnd(await startNodeExporter({ address: HOSTS['node-exporter'], port: 9100 }));
  stopAtEnd(await startRedisExporter({ address: HOSTS['redis-exporter'], port: 9121, url: redis.url }));
  stopAtEnd(await startPostgresExporter({ address: HOSTS['postgres-exporter'], port: 9187, url }));
  const alertmanager = stopAtEnd(await startAlertmanager({ address: HOSTS.alertmanager, port: 9093 }));
  const prometheus = stopAtEnd(
    await startPrometheus({ hosts: HOSTS, address: HOSTS.prometheus, port: 9090, env: LINKS }),
  );
  const poll = (what: string, probe: () => Promise<boolean>, timeoutMs = SEEN_MS): Promise<unknown> =>
    waitUntil(probe, { what, timeoutMs, everyMs: 500 });
  const listAlerts = async (): Promise<Alert[]> => (await alertmanager.list()) as Alert[];
  const findAlert = async (name: string): Promise<Alert | undefined> =>
    (await listAlerts()).find(({ labels }) => labels['alertname'] === name);

  await poll('both are up', async () => {
    const [pg, rd] = await Promise.all([readValue(prometheus, 'pg_up'), readValue(prometheus, 'redis_up')]);
    return pg === '1' && rd === '1';
  });
  await poll('the watchdog is there', async () => (await findAlert('Watchdog')) !== undefined);
  expect((await findAlert('Watchdog'))?.labels).toStrictEqual({ alertname: 'Watchdog', severity: 'info' });

  await Promise.all([redis.kill(), postgres.kill()]);
  for (const name of ['DatabaseConnectionFailure', 'RedisConnectionFailure']) {
    await poll(`${name} fires`, async () => (await findAlert(name)) !== undefined, 2 * SEEN_MS);
  }
  // The exporters themselves are there, and say so.
  expect(await readValue(prometheus, 'up{job="postgres"}')).toBe('1');
  expect(await findAlert('DatabaseConnectionFailure')).toMatchObject({
    labels: { severity: 'critical', job: 'postgres', instance: 'postgres-exporter:9187', host: 'barbossa' },
    annotations: {
      summary: 'PostgreSQL cannot be reached',
      runbook_url: 'https://runbooks.example/DatabaseConnectionFailure.md',
      dashboard_url: 'https://grafana.example/d/barbossa-overview',
    },
  });

  await Promise.all([redis.start(), postgres.start()]);
  const firing = 'ALERTS{alertname=~"(Database|Redis)ConnectionFailure",alertstate="firing"}';
  await poll('both end', async () => (await prometheus.query(firing)).length === 0);
}, 420_000);

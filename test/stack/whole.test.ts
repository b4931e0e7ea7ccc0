// @needs containers, compose files, collector, Elasticsearch, Prometheus, Alertmanager, node exporter, Redis exporter, PostgreSQL exporter, PostgreSQL, Redis, Celery
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { CATALOGUE, type MetricRow } from '../../src/metrics/catalogue.js';
import { ContainerLog } from './container-log.js';
import type { Container } from '../../scripts/stack/whole/running-container.js';
import { startWholeRun, type WholeRun } from './whole/whole-run.js';

const TRAFFIC_SECONDS = 45;
/** A scrape is every 15 s; queues that are to be found may be found a minute later. */
const SEEN = { timeout: 100_000, interval: 1_000 };
/** Labels that Prometheus adds, and what is a histogram's own. */
const ADDED = new Set(['__name__', 'job', 'instance', 'host', 'le']);

function usesSecrets({ service }: Container): boolean {
  return (service.volumes ?? []).some(({ source }) => source === 'secrets');
}

let run: WholeRun;
beforeAll(async () => {
  run = await startWholeRun({ env: { BARBOSSA_CELERY_EVENTS: 'on' } });
  try {
    await run.drive(TRAFFIC_SECONDS);
  } catch (error) {
    await run.stop();
    throw error;
  }
  return () => run.stop();
}, 400_000);

test('what has no program here is what no registry of packages has', () => {
  expect(run.whole.leftOut.toSorted()).toEqual(['grafana', 'kibana', 'kibana-setup']);
});

test('every target of prometheus.yml is up, but for Grafana, which is not here', async () => {
  const readTargets = async (): Promise<[string, string][]> => {
    const { activeTargets } = (await run.askPrometheus('targets')) as {
      activeTargets: { labels: Record<string, string>; health: string }[];
    };
    return activeTargets.map(({ labels, health }) => [labels['instance'] ?? '', health]);
  };
  await expect.poll(async () => (await readTargets()).filter(([, health]) => health === 'unknown'), SEEN).toEqual([]);
  const targets = await readTargets();
  expect(targets.length).toBeGreaterThan(8);
  expect(targets.filter(([, health]) => health !== 'up')).toEqual([['grafana:3000', 'down']]);
});

describe('each family of the catalogue is in Prometheus, with the labels of the contract', () => {
  const rows: readonly MetricRow[] = Object.values(CATALOGUE);
  test.each(rows)('$name', async ({ name, kind, labels }) => {
    const query = kind === 'histogram' ? `${name}_bucket` : name;
    await expect.poll(async () => (await run.query(query)).length, SEEN).toBeGreaterThan(0);
    for (const { metric } of await run.query(query)) {
      const own = Object.keys(metric).filter((label) => !ADDED.has(label));
      expect(own.toSorted()).toEqual(labels.toSorted());
    }
  });
});

test('no rule fails, and the watchdog has come to Alertmanager', async () => {
  expect((await run.query('sum(prometheus_rule_evaluation_failures_total)'))[0]?.value[1]).toBe('0');
  const { groups } = (await run.askPrometheus('rules')) as { groups: { rules: { health: string; name: string }[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.filter(({ health }) => health === 'err')).toEqual([]);
  const listAlerts = async (): Promise<string[]> => {
    const answer = await fetch(`${run.whole.urlOf('alertmanager', 9093)}/api/v2/alerts`);
    return ((await answer.json()) as { labels: { alertname: string } }[]).map(({ labels }) => labels.alertname);
  };
  await expect.poll(listAlerts, SEEN).toContain('Watchdog');
});

test('the exporters have got to their servers, and the applications to theirs', async () => {
  for (const query of ['pg_up', 'redis_up', 'min(barbossa_health_check_status)']) {
    expect((await run.query(query)).map(({ value }) => value[1])).toEqual(['1']);
  }
});

test('a download: one search finds the lines of the web process and of the worker', async () => {
  const { whole, findDocuments } = run;
  const headers = { 'content-type': 'application/json' };
  const post = async (
    path: string,
    body: object,
    more: Record<string, string> = {},
  ): Promise<Record<string, unknown>> => {
    const init = { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) };
    return (await (await fetch(whole.urlOf('web', 8080) + path, init)).json()) as Record<string, unknown>;
  };
  const { token } = await post('/api/login', { user: 'anne', password: 'black-pearl' });
  const requestId = randomUUID();
  const download = { artist: 'Doldrums', title: 'short 8', source: 'bandcamp' };
  await post('/api/downloads', download, { authorization: `Bearer ${String(token)}`, 'x-request-id': requestId });
  const indices = async (): Promise<string[]> => {
    const found = await findDocuments(`request_id:"${requestId}"`);
    return [...new Set(found.map(({ _index: index }) => index.replace(/-\d.*$/, '')))].toSorted();
  };
  await expect.poll(indices, SEEN).toEqual(['barbossa-logs', 'celery-logs']);
});

test("a line of PostgreSQL's container is found too", async () => {
  const mark = randomUUID();
  const labels = { 'barbossa.logs': 'stdout', 'com.docker.compose.service': 'postgres' };
  const log = new ContainerLog(run.whole.containerLogs, 'a1', labels);
  log.write(`2026-11-25 18:00:00.000 UTC [1] ERROR:  no such table ${mark}\n`);
  await expect.poll(async () => (await run.findDocuments(`"${mark}"`)).length, SEEN).toBe(1);
  const [document] = await run.findDocuments(`"${mark}"`);
  expect(document?._source).toMatchObject({ 'service.name': 'postgres', level: 'ERROR' });
});

describe('containers', () => {
  test('each is healthy by its own health check', async () => {
    for (const name of run.whole.names) {
      const { service, checkHealth } = run.whole.get(name);
      if (service.healthcheck !== undefined) expect(await checkHealth(), name).toMatchObject({ code: 0 });
    }
  });

  test('a health check is not one more application', async () => {
    const { output } = await run.whole.get('web').checkHealth();
    expect(output).toMatch(/^200: /);
    expect(output).not.toContain('[barbossa-telemetry]');
  });

  test('a secret can be read by its readers only', async () => {
    const { names, get } = run.whole;
    // The jobs have ended.
    const containers = names.filter((name) => get(name).running && usesSecrets(get(name)));
    const canRead = async (name: string, secret: string): Promise<boolean> =>
      (await get(name).execute(['cat', `/run/secrets/${secret}`])).code === 0;
    const readers: Record<string, string[]> = {
      'database-admin.password': ['postgres'],
      'database.password': ['postgres', 'web', 'worker'],
      'database-monitor.password': ['postgres', 'postgres-exporter'],
      'redis.password': ['redis', 'web', 'worker'],
      'redis-exporter.json': ['redis-exporter'],
      'writer.password': ['collector', 'container-logs'],
      'collector.token': ['collector', 'web', 'worker'],
      'collector.key': ['collector'],
      'metrics.token': ['prometheus', 'web', 'worker'],
      'reader.password': [],
      'setup.password': [],
      'grafana.password': [],
      'kibana.token': [],
      'kibana-user.password': [],
      'config/certs/node.key': ['elasticsearch'],
      'ca/ca.key': [],
      '../authority/ca.key': [],
      'ca.crt': ['collector', 'container-logs', 'elasticsearch'],
      'stack-ca.crt': ['web', 'worker'],
    };
    for (const [secret, expected] of Object.entries(readers)) {
      const found: string[] = [];
      for (const name of containers) if (await canRead(name, secret)) found.push(name);
      expect(found.toSorted(), secret).toEqual(expected.toSorted());
    }
  });

  test('nothing can be written but where it is meant to be', async () => {
    for (const name of ['web', 'collector', 'elasticsearch', 'postgres', 'redis', 'prometheus', 'alertmanager']) {
      const { code, output } = await run.whole.get(name).execute(['touch', '/etc/passwd', '/bin/evil']);
      expect(code, name).not.toBe(0);
      expect(output).toMatch(/Read-only file system/);
    }
  });

  test('after a restart PostgreSQL and Redis have what they had', async () => {
    const tracks = async (): Promise<unknown> => {
      const answer = await fetch(`${run.whole.urlOf('web', 8080)}/api/tracks?size=1`);
      return ((await answer.json()) as { total?: number }).total;
    };
    const before = await tracks();
    for (const name of ['postgres', 'redis']) {
      await run.whole.get(name).kill();
      await run.whole.get(name).start();
    }
    await expect.poll(tracks, SEEN).toBe(before);
    const jobs = await run.whole
      .get('redis')
      .execute(['/bin/sh', '-c', 'REDISCLI_AUTH=$(cat /run/secrets/redis.password) redis-cli -h redis --raw dbsize']);
    expect(Number(jobs.output)).toBeGreaterThan(0);
  });
});

// @needs Docker, compose files, collector, Elasticsearch, Prometheus, Alertmanager, node exporter, Redis exporter, PostgreSQL exporter
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { startComposeRun, type ComposeRun, type Load } from './support/run.js';

const SEEN = { timeout: 120_000, interval: 1_000 };
const FAULT_MS = 400_000;
/** The kernel's numbers of the capabilities that compose.yaml gives. */
const CAPABILITIES: Record<string, bigint> = { CHOWN: 0n, DAC_OVERRIDE: 1n, DAC_READ_SEARCH: 2n, FOWNER: 3n };
/** A file as hand-out.sh lays it out, by who mounts it. */
const SECRETS: Record<string, string[]> = {
  web: ['collector.token', 'database.password', 'metrics.token', 'redis.password', 'stack-ca.crt'],
  worker: ['collector.token', 'database.password', 'metrics.token', 'redis.password', 'stack-ca.crt'],
  postgres: ['database-admin.password', 'database-monitor.password', 'database.password'],
  'postgres-exporter': ['database-monitor.password'],
  redis: ['redis.password'],
  'redis-exporter': ['redis-exporter.json'],
  prometheus: ['metrics.token'],
  alertmanager: [],
  'node-exporter': [],
  collector: ['ca.crt', 'collector.crt', 'collector.key', 'collector.token', 'writer.password'],
  'container-logs': ['ca.crt', 'writer.password'],
  elasticsearch: [
    'ca.crt',
    'config/certs/ca.crt',
    'config/certs/node.crt',
    'config/certs/node.key',
    'config/service_tokens',
    'config/users',
    'config/users_roles',
  ],
};
const JOBS = ['certificates', 'elasticsearch-setup', 'secrets'];

let run: ComposeRun;
beforeAll(async () => {
  run = await startComposeRun();
  return () => run.stack.stop();
});

const names = Object.keys(SECRETS).toSorted();

function serviceOf(name: string): ComposeRun['stack']['model']['services'][string] {
  const service = run.stack.model.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
}

async function logOneRequest(): Promise<string> {
  const id = `once-${crypto.randomUUID()}`;
  await expect
    .poll(
      async () => (await run.ask('http://127.0.0.1:8080/api/tracks?size=1', '--header', `x-request-id: ${id}`)).status,
      SEEN,
    )
    .toBe(200);
  return id;
}

describe('up', () => {
  test('what is left out is what no registry of packages has', () => {
    expect(run.stack.leftOut.map((image) => image.replace(/:.*/, '')).toSorted()).toEqual([
      'docker.elastic.co/kibana/kibana',
      'grafana/grafana',
    ]);
  });

  test('every service is healthy, every job has ended well', async () => {
    const all = await run.stack.list();
    expect(all.map(({ name }) => name).toSorted()).toEqual([...names, ...JOBS].toSorted());
    for (const { name, state, exitCode, health } of all) {
      const isJob = JOBS.includes(name);
      expect({ name, state, exitCode, health }).toEqual({
        name,
        state: isJob ? 'exited' : 'running',
        exitCode: 0,
        health: isJob ? '' : 'healthy',
      });
    }
  });

  test('nothing was killed for its memory, and nothing had to be started twice', async () => {
    for (const name of names) {
      const { State: state, RestartCount: restarts } = await run.stack.inspect(name);
      expect({ name, oom: state.OOMKilled, restarts }).toEqual({ name, oom: false, restarts: 0 });
    }
  });
});

describe('a container', () => {
  test.each(names)('%s: its user, its capabilities, no way to more', async (name) => {
    const { user = '', cap_add: added = [] } = serviceOf(name);
    const [uid = '', gid = ''] = user.split(':');
    const allowed = added.reduce((mask, capability) => mask | (1n << (CAPABILITIES[capability] ?? 63n)), 0n);
    const processes = await run.listProcesses(name);
    expect(processes.length).toBeGreaterThan(0);
    for (const status of processes) {
      expect(status).toMatchObject({ uids: new Set([uid]), gids: new Set([gid]), seccomp: '2' });
      expect(status.hasNoNewPrivileges).toBe(true);
      expect(status.bounding).toBe(allowed);
      expect(status.effective & ~allowed).toBe(0n);
    }
  });

  test.each(names)('%s: its root is read-only, to root too', async (name) => {
    const [first] = await run.listProcesses(name);
    const root = `/proc/${first?.pid}/root`;
    const text = await run.stack.daemon.runOnHost('/bin/sh', ['-c', `touch ${root}/new ${root}/etc/new 2>&1 || true`]);
    expect(text.match(/Read-only file system/g)).toHaveLength(2);
  });

  test.each(names)('%s: reads its own secrets and no others', async (name) => {
    const [first] = await run.listProcesses(name);
    if (first === undefined) throw new Error('it has no process');
    // Whoever they belong to: it is the user of the container, with its capabilities, who looks.
    const limits = serviceOf(name)
      .cap_add?.map((capability) => `,+${capability.toLowerCase()}`)
      .join('');
    const become = `setpriv --reuid ${[...first.uids].join('')} --regid ${[...first.gids].join('')} --clear-groups`;
    const look = `${become} --bounding-set=-all${limits ?? ''} find . -type f -readable -printf '%P\\n'`;
    const script = `cd /proc/${first.pid}/root/run/secrets 2>/dev/null || exit 0; exec ${look}`;
    const text = await run.stack.daemon.runOnHost('/bin/sh', ['-c', script]);
    const found = text.split('\n').filter((line) => line !== '');
    expect(found.toSorted()).toEqual(SECRETS[name]);
  });

  test.each(names)('%s: its limits are set', async (name) => {
    const { HostConfig: config } = await run.stack.inspect(name);
    expect(config.Memory).toBeGreaterThan(0);
    expect(config.PidsLimit).toBeGreaterThan(0);
    expect(config.Privileged).toBe(false);
  });
});

describe('from outside', () => {
  test('the host shows three ports of those that are here, on 127.0.0.1', async () => {
    const text = await run.stack.daemon.runOnHost('cat', ['/proc/net/tcp', '/proc/net/tcp6']);
    const listening = text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map(([, local = '']) => local);
    const [loopback, others] = [/^0100007F:/, /./].map((pattern) => listening.filter((local) => pattern.test(local)));
    expect(loopback?.map((local) => Number.parseInt(local.split(':')[1] ?? '', 16)).toSorted()).toEqual([
      8080, 9090, 9093,
    ]);
    expect(others).toEqual(loopback);
  });

  test('no password in any list of processes, in docker inspect or in what was logged', async () => {
    const { stack } = run;
    const secrets = stack
      .listSecrets()
      .filter((file) => !file.endsWith('.crt'))
      .map((file) => ({ file, text: stack.readSecret(file).trim() }))
      .filter(({ text }) => text.length >= 8);
    expect(secrets.length).toBeGreaterThan(10);
    const seen: string[] = [];
    // Health checks come and go, one every ten seconds.
    for (const until = Date.now() + 25_000; Date.now() < until;) {
      seen.push(await stack.daemon.runOnHost('ps', ['-eo', 'args', '-ww']));
    }
    expect(seen.join('')).toContain('redis-cli');
    const ids = (await stack.list()).map(({ id }) => id);
    const inspected = await stack.daemon.execute(['inspect', ...ids]);
    const logged = await stack.compose('logs', '--no-color');
    const found = secrets.filter(({ text }) => [...seen, inspected, logged].some((place) => place.includes(text)));
    expect(found.map(({ file }) => file)).toEqual([]);
  });

  test('every target of Prometheus is up, but for Grafana, which is not here', async () => {
    const readTargets = async (): Promise<[string, string][]> => {
      const { body } = await run.ask('http://127.0.0.1:9090/api/v1/targets');
      const { data } = JSON.parse(body) as {
        data: { activeTargets: { labels: Record<string, string>; health: string }[] };
      };
      return data.activeTargets.map(({ labels, health }) => [labels['instance'] ?? '', health]);
    };
    await expect
      .poll(async () => (await readTargets()).filter(([, health]) => health !== 'up'), SEEN)
      .toEqual([['grafana:3000', 'down']]);
    expect((await readTargets()).length).toBeGreaterThan(8);
  });

  test('the watchdog has come to Alertmanager', async () => {
    const listAlerts = async (): Promise<string[]> => {
      const { body } = await run.ask('http://127.0.0.1:9093/api/v2/alerts');
      return (JSON.parse(body) as { labels: { alertname: string } }[]).map(({ labels }) => labels.alertname);
    };
    await expect.poll(listAlerts, SEEN).toContain('Watchdog');
  });
});

describe('logs', () => {
  test('a line that the sample logs is found, once', async () => {
    const id = await logOneRequest();
    const find = async (): Promise<unknown[]> =>
      (await run.search({ query: { term: { request_id: id } } })).map(({ _source: source }) => source['service.name']);
    await expect.poll(find, SEEN).toEqual(['barbossa']);
  });

  test("a line of PostgreSQL's container is found, with its service, its level and its container", async () => {
    const mark = `mark-${crypto.randomUUID()}`;
    const sql = `SELECT * FROM "${mark}"`;
    await expect(
      run.stack.daemon.execute(['exec', run.stack.nameOf('postgres'), 'psql', '-U', 'postgres', '-c', sql]),
    ).rejects.toThrow('does not exist');
    const { Id: id } = await run.stack.inspect('postgres');
    const find = async (): Promise<unknown[]> =>
      (await run.search({ query: { match_phrase: { message: mark } } }))
        .map(({ _source: source }) => source)
        .filter(({ level }) => level === 'ERROR')
        .map(({ 'service.name': service, extras }) => [service, JSON.stringify(extras).includes(id.slice(0, 12))]);
    await expect.poll(find, SEEN).toEqual([['postgres', true]]);
  });

  test("lines of Redis' container are found", async () => {
    const query = {
      bool: { filter: [{ term: { 'service.name': 'redis' } }, { match_phrase: { message: 'Ready to accept' } }] },
    };
    await expect.poll(async () => (await run.search({ query })).length, SEEN).toBe(1);
  });
});

/** How often each id of a load is stored. */
async function countStored({ prefix }: Load): Promise<Map<string, number>> {
  const found = await run.search({
    _source: ['request_id'],
    query: { bool: { filter: [{ prefix: { request_id: prefix } }, { term: { logger: 'http' } }] } },
  });
  const counts = new Map<string, number>();
  for (const { _source: source } of found) {
    const id = String(source['request_id']);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Ends a load: each id that was answered is stored, once. `mayLack` are those that a kill may take. */
async function expectAllOnce(load: Load, mayLack: (answeredMs: number) => boolean = () => false): Promise<void> {
  await load.end();
  expect(load.answered.size).toBeGreaterThan(100);
  const missing = async (): Promise<string[]> => {
    const counts = await countStored(load);
    return [...load.answered.keys()].filter((id) => !counts.has(id) && !mayLack(load.answered.get(id) ?? 0));
  };
  await expect.poll(missing, { timeout: 240_000, interval: 2_000 }).toEqual([]);
  const counts = await countStored(load);
  expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
  expect(counts.size).toBeLessThan(10_000);
}

async function untilHealthy(name: string): Promise<void> {
  const read = async (): Promise<string> => (await run.stack.inspect(name)).State.Health?.Status ?? 'none';
  await expect.poll(read, { timeout: 240_000, interval: 500 }).toBe('healthy');
}

describe('faults under load', () => {
  test('nothing: each line once', { timeout: FAULT_MS }, async () => {
    const load = run.startLoad();
    await sleep(10_000);
    await expectAllOnce(load);
  });

  test('docker kill of web: all but what it was at when it died', { timeout: FAULT_MS }, async () => {
    const load = run.startLoad();
    await sleep(8_000);
    const beforeMs = Date.now();
    await run.stack.daemon.execute(['kill', run.stack.nameOf('web')]);
    const afterMs = Date.now();
    await run.stack.daemon.execute(['start', run.stack.nameOf('web')]);
    await untilHealthy('web');
    await sleep(5_000);
    // docs/reliability.md: the last 25 ms before the kill, which came between these two.
    await expectAllOnce(load, (answeredMs) => answeredMs > beforeMs - 100 && answeredMs < afterMs);
  });

  test.each(['collector', 'elasticsearch'])(
    'docker kill of %s: each line once',
    { timeout: FAULT_MS },
    async (name) => {
      const load = run.startLoad();
      await sleep(5_000);
      await run.stack.daemon.execute(['kill', run.stack.nameOf(name)]);
      await sleep(10_000);
      await run.stack.daemon.execute(['start', run.stack.nameOf(name)]);
      await untilHealthy(name);
      await sleep(3_000);
      await expectAllOnce(load);
    },
  );

  test('a collector whose process dies is started again by Docker: each line once', { timeout: FAULT_MS }, async () => {
    const load = run.startLoad();
    await sleep(3_000);
    const processes = await run.listProcesses('collector');
    await run.stack.daemon.runOnHost('kill', ['-s', 'KILL', ...processes.map(({ pid }) => pid)]);
    const count = async (): Promise<number> => (await run.stack.inspect('collector')).RestartCount;
    await expect.poll(count, SEEN).toBe(1);
    await untilHealthy('collector');
    await sleep(3_000);
    await expectAllOnce(load);
  });

  test.each(['collector', 'elasticsearch'])(
    'docker network disconnect of %s for 20 s: each line once',
    { timeout: FAULT_MS },
    async (name) => {
      const load = run.startLoad();
      await sleep(3_000);
      await run.stack.daemon.execute(['network', 'disconnect', 'barbossa', run.stack.nameOf(name)]);
      await sleep(20_000);
      // By the name that compose gave it there.
      await run.stack.daemon.execute(['network', 'connect', '--alias', name, 'barbossa', run.stack.nameOf(name)]);
      await sleep(5_000);
      await expectAllOnce(load);
    },
  );

  test(
    'docker compose stop under load: all end within their grace, each line once',
    { timeout: FAULT_MS },
    async () => {
      const load = run.startLoad();
      await sleep(5_000);
      await run.stack.compose('stop');
      const ended = await run.stack.list();
      // 137: it had to be killed.
      const killed = ended.filter(({ exitCode }) => exitCode === 137);
      expect(killed.map(({ name }) => name)).toEqual([]);
      expect(ended.filter(({ state }) => state !== 'exited')).toEqual([]);
      await run.stack.up();
      await expectAllOnce(load);
    },
  );
});

describe('the end', () => {
  test('up after down: what was stored is there, and new lines come', { timeout: FAULT_MS }, async () => {
    const before = await logOneRequest();
    const count = async (id: string): Promise<number> =>
      (await run.search({ query: { term: { request_id: id } } })).length;
    await expect.poll(() => count(before), SEEN).toBe(1);
    await run.stack.compose('down');
    expect(await run.stack.list()).toEqual([]);
    await run.stack.up();
    const after = await logOneRequest();
    await expect.poll(() => count(after), SEEN).toBe(1);
    expect(await count(before)).toBe(1);
  });

  test('the daemon leaves no process, mount, control group and folder behind', { timeout: FAULT_MS }, async () => {
    const { folder, controlGroup } = run.stack.daemon;
    await run.stack.stop();
    const commands = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const file = path.join('/proc', pid, 'cmdline');
        return existsSync(file) ? [readFileSync(file, 'utf8')] : [];
      });
    expect(commands.filter((command) => command.includes(folder))).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('docker-data');
    expect(existsSync(folder)).toBe(false);
    const hierarchies = ['.', ...readdirSync('/sys/fs/cgroup')];
    expect(hierarchies.filter((each) => existsSync(path.join('/sys/fs/cgroup', each, controlGroup)))).toEqual([]);
  });
});

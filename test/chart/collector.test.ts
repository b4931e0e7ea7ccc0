// @needs Helm, collector
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildConfigArgs, startCollector } from '../../scripts/stack/collector.js';
import { COLLECTOR_BINARY } from '../../scripts/stack/paths.js';
import { CASES } from './support/cases.js';
import { listPods } from './support/faults.js';
import { GatewayDouble } from './support/gateway.js';
import { LEAST, render } from './support/render.js';

const TOKEN = 'a-token';
/** Takes the way of a compression and a binary encoding out of what the double has to read. */
const READABLE = 'exporters: { otlp_http/gateway: { encoding: json, compression: none } }\n';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-agent-'));
  mkdirSync(join(folder, 'secrets'));
  for (const name of ['writer.password', 'collector.token']) writeFileSync(join(folder, 'secrets', name), TOKEN);
  writeFileSync(join(folder, 'readable.yaml'), READABLE);
  return () => rmSync(folder, { recursive: true, force: true });
});

test.each(CASES)('the collector takes what each pod is told: $title', ({ values, release }) => {
  const pods = listPods(render([LEAST, values], release)).filter(({ owner }) => owner.kind !== 'Job');
  for (const { owner, spec } of pods) {
    const [{ args = [], env = [] } = {}] = spec.containers;
    const configs = args.flatMap((arg) => /^--config=\/etc\/otelcol\/(.+)$/.exec(arg)?.[1] ?? []);
    const gates = args.filter((arg) => arg.startsWith('--feature-gates='));
    const told: Record<string, string> = {};
    for (const { name, value = '' } of env) told[name] = value.replace('/run/secrets', join(folder, 'secrets'));
    const { status, stderr } = spawnSync(COLLECTOR_BINARY, ['validate', ...gates, ...buildConfigArgs(configs)], {
      encoding: 'utf8',
      env: {
        BARBOSSA_ELASTICSEARCH_PASSWORD_FILE: join(folder, 'secrets/writer.password'),
        BARBOSSA_COLLECTOR_TOKEN_FILE: join(folder, 'secrets/collector.token'),
        ...told,
      },
    });
    expect({ name: owner.metadata.name, status, stderr }).toEqual({ name: owner.metadata.name, status: 0, stderr: '' });
  }
});

/** An agent before a gateway that answers as it is told; both go at the end of the tests of its group. */
async function startAgent(configs: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const gateway = new GatewayDouble();
  const url = await gateway.start();
  const agent = await startCollector({
    configs: ['agent.yaml', ...configs, 'agent-with-token.yaml', join(folder, 'readable.yaml')],
    elasticsearch: { url },
    env: {
      BARBOSSA_GATEWAY_URL: url,
      BARBOSSA_COLLECTOR_TOKEN_FILE: join(folder, 'secrets/collector.token'),
      ...env,
    },
  });
  const stop = async (): Promise<void> => {
    gateway.stop();
    await agent.stop();
  };
  return { gateway, agent, stop };
}

type Agent = Awaited<ReturnType<typeof startAgent>>;

describe('an agent', () => {
  let running: Agent;
  beforeAll(async () => {
    running = await startAgent([]);
    return running.stop;
  });

  async function send(token: string): Promise<number> {
    const { status } = await fetch(`${running.agent.url}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'hello' } }] }] }],
      }),
    });
    return status;
  }

  test('hands on what it takes, with its token, and answers when the gateway has it', async () => {
    expect(await send(TOKEN)).toBe(200);
    expect(running.gateway.taken.map(({ body }) => body)).toEqual(['hello']);
    expect(running.gateway.logins).toEqual([`Bearer ${TOKEN}`]);
  });

  test('takes nothing without the token', async () => {
    const before = running.gateway.logins.length;
    expect(await send('another')).toBe(401);
    expect(running.gateway.logins).toHaveLength(before);
  });

  test.each([503, 401])(
    'says what the gateway says (%i), once, so that the sender keeps the record',
    async (status) => {
      const before = running.gateway.logins.length;
      running.gateway.answers.push(status);
      expect(await send(TOKEN)).toBe(status);
      expect(running.gateway.logins).toHaveLength(before + 1);
    },
  );
});

describe('the files of the kubelet', () => {
  const UID = '6b1f8a8e-0000-4000-8000-000000000001';
  let running: Agent;
  let pods: string;

  function makeLog(pod: string, container: string): string {
    const place = join(pods, `music_${pod}_${UID}`, container);
    mkdirSync(place, { recursive: true });
    return join(place, '0.log');
  }

  beforeAll(async () => {
    pods = join(folder, 'pods');
    const redis = makeLog('redis-0', 'redis');
    writeFileSync(redis, '2026-11-29T10:00:00.100000000Z stdout F 1:M before it was rotated\n');
    renameSync(redis, `${redis}.20261129-100001`);
    writeFileSync(`${redis}.20261129-090000.gz`, 'compressed');
    const lines = [
      '2026-11-29T10:00:01.100000000Z stderr F ERROR it broke',
      '2026-11-29T10:00:01.200000000Z stderr F Traceback (most recent call last):',
      '2026-11-29T10:00:01.300000000Z stderr F ValueError: bad',
      '2026-11-29T10:00:02.100000000Z stdout P INFO cut ',
      '2026-11-29T10:00:02.200000000Z stdout P twice ',
      '2026-11-29T10:00:02.300000000Z stdout F [as if it began here',
      '2026-11-29T10:00:03.100000000Z stdout F {"level":"WARNING","message":"of JSON","request_id":"r-1"}',
    ];
    writeFileSync(redis, `${lines.join('\n')}\n`);
    writeFileSync(makeLog('celery-7', 'worker'), '2026-11-29T10:00:04.100000000Z stdout F [INFO] a task\n');
    writeFileSync(makeLog('other-0', 'other'), '2026-11-29T10:00:05.100000000Z stdout F INFO not asked for\n');
    running = await startAgent(['container-logs.yaml', 'pod-logs.yaml'], {
      BARBOSSA_POD_LOGS: JSON.stringify(['redis-*', 'celery-*'].map((pod) => join(pods, `music_${pod}_*/*/*.log*`))),
      BARBOSSA_POD_LOG_WORKERS: '^(?:music/celery-[^/]*/[^/]*)$',
    });
    return running.stop;
  });

  test('become records, each once', async () => {
    await expect.poll(() => running.gateway.taken.length, { timeout: 20_000 }).toBe(5);
    const byBody = new Map(running.gateway.taken.map((record) => [record.body, record]));
    expect(new Set(byBody.keys())).toEqual(
      new Set([
        '1:M before it was rotated',
        'ERROR it broke',
        'INFO cut twice [as if it began here',
        '[INFO] a task',
        'of JSON',
      ]),
    );
    expect(byBody.get('ERROR it broke')).toMatchObject({
      attributes: {
        'exception.stacktrace': 'Traceback (most recent call last):\nValueError: bad',
        container: 'redis',
        'k8s.namespace.name': 'music',
        'k8s.pod.name': 'redis-0',
        stream: 'stderr',
        'log.record.uid': `${UID}/redis/0/2026-11-29T10:00:01.100000000Z/0`,
      },
      resource: { 'service.name': 'redis' },
    });
    // Rotation has not changed its id.
    expect(byBody.get('1:M before it was rotated')?.attributes['log.record.uid']).toBe(
      `${UID}/redis/0/2026-11-29T10:00:00.100000000Z/0`,
    );
    expect(byBody.get('of JSON')?.attributes).toMatchObject({ request_id: 'r-1' });
    expect(byBody.get('[INFO] a task')?.resource).toMatchObject({
      'barbossa.role': 'worker',
      'service.name': 'worker',
    });
    expect(byBody.get('of JSON')?.resource['barbossa.role']).toBeUndefined();
  });

  test('wait while the gateway is away', async () => {
    running.gateway.answers.push(503, 503);
    writeFileSync(makeLog('redis-1', 'redis'), '2026-11-29T10:00:06.100000000Z stdout F INFO during an outage\n');
    const find = (): number => running.gateway.taken.filter(({ body }) => body === 'INFO during an outage').length;
    await expect.poll(find, { timeout: 20_000 }).toBe(1);
    expect(running.gateway.answers).toEqual([]);
  });
});

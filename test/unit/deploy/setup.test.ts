import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { ElasticsearchDouble } from './elasticsearch-double.js';

const POLICY = '/_ilm/policy/barbossa-logs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-setup-'));
  writeFileSync(join(folder, 'password'), 'secret-password\n');
  return () => rmSync(folder, { recursive: true, force: true });
});

/** Runs setup.js. */
function run(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<{ code: number; lines: string[] }> {
  const settings = { BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE: join(folder, 'password'), ...env };
  const script = fromRoot('deploy/elasticsearch/setup.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: settings, timeout: 20_000 }, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.trimEnd().split('\n');
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), lines });
    });
  });
}

interface Policy {
  policy: { phases: { delete: { min_age: string } } };
}

describe('the ILM policy', () => {
  test('is stored with the days that a site wants, and left alone the second time', async () => {
    const server = await ElasticsearchDouble.start();
    const env = { BARBOSSA_ELASTICSEARCH_URL: server.url, BARBOSSA_LOG_RETENTION_DAYS: '7' };
    const first = await run(env);
    expect(first.lines).toContain('setup: ILM policy barbossa-logs (deleted after 7 days): created');
    expect(first).toMatchObject({ code: 0 });
    expect((server.stored.get(POLICY) as unknown as Policy).policy.phases.delete.min_age).toBe('7d');
    expect(server.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(2);

    const second = await run(env);
    expect(second.lines).toStrictEqual([
      'setup: ILM policy barbossa-logs (deleted after 7 days): unchanged',
      'setup: index template barbossa-logs: unchanged',
      'setup: new indices barbossa-logs-*,celery-logs-*: get this template',
      'setup: existing indices: 0',
      'setup: done',
    ]);
    expect(server.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(2);
  });

  test('that somebody changed is told and put right', async () => {
    const server = await ElasticsearchDouble.start();
    const env = { BARBOSSA_ELASTICSEARCH_URL: server.url };
    await run(env);
    (server.stored.get(POLICY) as unknown as Policy).policy.phases.delete.min_age = '1d';
    const { code, lines } = await run(env);
    expect(lines[0]).toBe(
      'setup: ILM policy barbossa-logs (deleted after 30 days): somebody has changed it (phases.delete.min_age is "1d"); put right',
    );
    expect(code).toBe(0);
    expect((server.stored.get(POLICY) as unknown as Policy).policy.phases.delete.min_age).toBe('30d');
  });
});

describe('tiers', () => {
  const PHASES = { BARBOSSA_LOG_WARM_DAYS: '2', BARBOSSA_LOG_COLD_DAYS: '9' };
  const phasesOf = (server: ElasticsearchDouble) => (server.stored.get(POLICY) as unknown as Policy).policy.phases;

  test('are phases of the policy, and go again', async () => {
    const server = await ElasticsearchDouble.start();
    const first = await run({ BARBOSSA_ELASTICSEARCH_URL: server.url, ...PHASES });
    expect(first.lines[0]).toBe(
      'setup: ILM policy barbossa-logs (warm after 2, cold after 9, deleted after 30 days): created',
    );
    expect(phasesOf(server)).toMatchObject({ warm: { min_age: '2d' }, cold: { min_age: '9d' } });

    const second = await run({ BARBOSSA_ELASTICSEARCH_URL: server.url });
    expect(second.lines[0]).toMatch(
      / \(deleted after 30 days\): somebody has changed it \(phases\.(warm|cold) was added\)/,
    );
    expect(Object.keys(phasesOf(server)).sort()).toStrictEqual(['delete', 'hot']);
  });

  test.each([
    [{ BARBOSSA_LOG_WARM_DAYS: '30' }, 'BARBOSSA_LOG_WARM_DAYS is 30 and BARBOSSA_LOG_RETENTION_DAYS is 30'],
    [{ ...PHASES, BARBOSSA_LOG_WARM_DAYS: '9' }, 'BARBOSSA_LOG_WARM_DAYS is 9 and BARBOSSA_LOG_COLD_DAYS is 9'],
    [{ BARBOSSA_LOG_COLD_DAYS: '40' }, 'BARBOSSA_LOG_COLD_DAYS is 40 and BARBOSSA_LOG_RETENTION_DAYS is 30'],
  ])('out of order are refused: %j', async (env, said) => {
    const { code, lines } = await run(env);
    expect(lines).toStrictEqual([`setup: failed: ${said}; allowed: fewer days than that`]);
    expect(code).toBe(1);
  });
});

describe('data streams', () => {
  const STREAMS = { BARBOSSA_LOG_TARGET: 'datastream', BARBOSSA_LOG_NAMESPACE: 'attic' };

  test('have a policy that begins a new index each day, and a template of the same fields', async () => {
    const server = await ElasticsearchDouble.start();
    const env = { BARBOSSA_ELASTICSEARCH_URL: server.url, ...STREAMS };
    const first = await run(env);
    expect(first).toStrictEqual({
      code: 0,
      lines: [
        'setup: ILM policy barbossa-log-streams (deleted after 30 days): created',
        'setup: index template barbossa-log-streams: created',
        'setup: new indices logs-barbossa-*,logs-barbossa.worker-*: get this template',
        'setup: existing indices: 0',
        'setup: done',
      ],
    });
    expect(server.stored.get('/_ilm/policy/barbossa-log-streams')).toMatchObject({
      policy: { phases: { hot: { actions: { rollover: { max_age: '1d' } } } } },
    });
    expect(server.stored.get('/_index_template/barbossa-log-streams')).toMatchObject({
      data_stream: {},
      index_patterns: ['logs-barbossa-*', 'logs-barbossa.worker-*'],
      template: {
        settings: { index: { lifecycle: { name: 'barbossa-log-streams' } } },
        mappings: { properties: { '@timestamp': { type: 'date' }, timestamp: { type: 'alias', path: '@timestamp' } } },
      },
    });
    expect(server.requests).toContain('POST /_index_template/_simulate_index/logs-barbossa.worker-attic');
    const second = await run(env);
    expect(second.lines[1]).toBe('setup: index template barbossa-log-streams: unchanged');
  });

  test('of a name that an index has: it is said, and nothing is stored', async () => {
    const server = await ElasticsearchDouble.start();
    server.indices = ['logs-barbossa-attic'];
    const { code, lines } = await run({ BARBOSSA_ELASTICSEARCH_URL: server.url, ...STREAMS });
    expect(lines).toStrictEqual([
      expect.stringMatching(/^setup: failed: logs-barbossa-attic is an index or an alias, where a data stream/),
    ]);
    expect(code).toBe(1);
    expect(server.stored.size).toBe(0);
  });
});

test('an index has as many copies as a site wants', async () => {
  const server = await ElasticsearchDouble.start();
  await run({ BARBOSSA_ELASTICSEARCH_URL: server.url, BARBOSSA_LOG_REPLICAS: '2' });
  expect(JSON.stringify(server.stored.get('/_index_template/barbossa-logs'))).toContain('"number_of_replicas":"2"');
});

test('it waits for a server that is not ready, and says so once', async () => {
  const server = await ElasticsearchDouble.start();
  server.unready = [503, 503];
  const { code, lines } = await run({ BARBOSSA_ELASTICSEARCH_URL: server.url });
  expect(lines.filter((line) => line.includes('waiting'))).toStrictEqual([
    `setup: waiting for ${server.url}: status yellow`,
  ]);
  expect(code).toBe(0);
});

describe('a setting that cannot be used is named, and nothing is asked of the server', () => {
  test.each([
    ['BARBOSSA_LOG_RETENTION_DAYS', 'a month', /BARBOSSA_LOG_RETENTION_DAYS is "a month"; allowed: a whole number/],
    ['BARBOSSA_LOG_RETENTION_DAYS', '0', /BARBOSSA_LOG_RETENTION_DAYS is "0"/],
    ['BARBOSSA_LOG_TARGET', 'stream', /BARBOSSA_LOG_TARGET is "stream"; allowed: daily, datastream/],
    ['BARBOSSA_LOG_NAMESPACE', 'My-Space', /BARBOSSA_LOG_NAMESPACE is "My-Space"; allowed: 1 to 100 small letters/],
    ['BARBOSSA_LOG_REPLICAS', '-1', /BARBOSSA_LOG_REPLICAS is "-1"; allowed: a whole number from 0 to 9/],
    ['BARBOSSA_SETUP_WAIT_SECONDS', '-1', /BARBOSSA_SETUP_WAIT_SECONDS is "-1"/],
    [
      'BARBOSSA_ELASTICSEARCH_URL',
      'localhost:9200',
      /BARBOSSA_ELASTICSEARCH_URL is "localhost:9200"; allowed: an http/,
    ],
    ['BARBOSSA_ELASTICSEARCH_CA_FILE', '/does/not/exist', /BARBOSSA_ELASTICSEARCH_CA_FILE: .* '\/does\/not\/exist'/],
    ['BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE', '/does/not/exist', /SETUP_PASSWORD_FILE: .*'\/does\/not\/exist'/],
  ])('%s=%s', async (variable, value, said) => {
    const server = await ElasticsearchDouble.start();
    const { code, lines } = await run({ BARBOSSA_ELASTICSEARCH_URL: server.url, [variable]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(said);
    expect(code).toBe(1);
    expect(server.requests).toStrictEqual([]);
  });

  test('an argument that is none', async () => {
    const { code, lines } = await run({}, ['--with-ilm']);
    expect(lines.join('\n')).toMatch(/setup: failed: Unknown option '--with-ilm'/);
    expect(code).toBe(1);
  });
});

test('the password is never said', async () => {
  const server = await ElasticsearchDouble.start();
  const { lines } = await run({ BARBOSSA_ELASTICSEARCH_URL: server.url });
  expect(lines.join('\n')).not.toContain('secret-password');
});

import { expect, test } from 'vitest';
import { sendJson, startFaultServer } from '../unit/health/fault-server.js';
import { findUrls, startApp } from './support/app-process.js';
import { startEcho } from './support/echo-server.js';
import { scrape, scrapeUntil, select, sum, type Sample } from './support/metrics.js';
import { startReceiver } from './support/otlp-receiver.js';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> & {
    readonly checks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const STATUS = 'barbossa_health_check_status';
const COUNT = 'barbossa_health_check_duration_seconds_count';

test('the preload serves health without a change to the application', async () => {
  const app = startApp('bare.js', { env: { MUSIC_PATH: '/' } });
  const { admin } = await findUrls(app);
  expect(await ask(`${admin}/health/live`)).toEqual({ status: 200, body: { status: 'alive' } });
  expect(await ask(`${admin}/health/ready`)).toMatchObject({ status: 200, body: { status: 'ready', checks: {} } });
  const { body } = await ask(`${admin}/health`);
  expect(Object.keys(body.checks ?? {})).toEqual(['disk']);
  expect(body.checks?.['disk']).toMatchObject({ free_bytes: expect.any(Number) as number });
  const page = await (await fetch(admin)).text();
  for (const path of ['/health', '/health/live', '/health/ready']) expect(page).toContain(`href="${path}"`);
});

test('the application mounts it, with the same checks; its requests are counted under their paths', async () => {
  const app = startApp('health.mjs', { env: { EXTRA: 'broken' } });
  const { url, admin } = await findUrls(app);
  const mounted = await ask(`${url}/health`);
  expect(mounted).toMatchObject({
    status: 200,
    body: {
      status: 'healthy',
      checks: {
        throws: { status: 'degraded', error: 'failed' },
        never: { status: 'degraded', error: 'timeout' },
        nonsense: { status: 'degraded', error: 'invalid answer' },
      },
    },
  });
  expect(JSON.stringify(mounted)).not.toContain('example');
  expect((await ask(`${admin}/health`)).body.checks).toEqual(mounted.body.checks);
  expect((await fetch(`${url}/internal/health/ready`)).status).toBe(200);
  expect((await fetch(`${url}/internal/health`)).status).toBe(200);
  const endpoints = ['/health', '/internal/health', '/internal/health/ready'];
  const samples = await scrapeUntil(admin, (all) => sum(all, 'barbossa_requests_total') === endpoints.length);
  const counted = select(samples, 'barbossa_requests_total').map(({ labels }) => labels['endpoint']);
  expect(counted.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(endpoints);
  for (const check of ['throws', 'never', 'nonsense']) {
    expect(select(samples, STATUS, { check })).toMatchObject([{ value: 0 }]);
    expect(sum(samples, COUNT, { check })).toBeGreaterThan(0);
  }
});

test('metrics are fresh without anybody asking', async () => {
  const env = { MUSIC_PATH: '/', BARBOSSA_HEALTH_INTERVAL_MS: '1000', BARBOSSA_HEALTH_CACHE_MS: '0' };
  const { admin } = await findUrls(startApp('bare.js', { env }));
  const ran =
    (times: number) =>
    (samples: Sample[]): boolean =>
      sum(samples, COUNT, { check: 'disk' }) >= times;
  const samples = await scrapeUntil(admin, ran(3), 15_000);
  expect(select(samples, STATUS, { check: 'disk' })).toHaveLength(1);
});

test('what checks ask is no traffic of the application, and carries no trace', async () => {
  const echo = await startEcho();
  const app = startApp('health.mjs', { env: { ECHO: echo, OTEL_TRACES_EXPORTER: 'console' } });
  const { url, admin } = await findUrls(app);
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  await fetch(`${url}/health`, { headers });
  const seen = (await (await fetch(`${url}/seen`)).json()) as Record<string, Record<string, string>>;
  expect(Object.keys(seen).toSorted()).toEqual(['fetch', 'http']);
  for (const received of Object.values(seen)) {
    expect(received).toHaveProperty('host');
    expect(received).not.toHaveProperty('traceparent');
  }
  expect(select(await scrape(admin), 'http_client_request_duration_count')).toEqual([]);
  // Spans of servers are printed, and none of clients.
  await app.waitFor(/kind: 1,/);
  expect(app.stdout()).not.toMatch(/kind: 2,/);
});

test('from SIGTERM on it is not ready and still alive, while the application takes its time', async () => {
  const app = startApp('health.mjs');
  const { url, admin } = await findUrls(app);
  expect((await ask(`${url}/health/ready`)).status).toBe(200);
  app.child.kill('SIGTERM');
  await app.waitFor(/told to end/);
  for (const base of [url, admin]) {
    expect(await ask(`${base}/health/ready`)).toMatchObject({
      status: 503,
      body: { status: 'not ready', reason: 'shutting down' },
    });
    expect((await ask(`${base}/health/live`)).status).toBe(200);
    expect((await ask(`${base}/health`)).status).toBe(200);
  }
  app.child.kill('SIGINT');
  expect(await app.exited).toEqual({ code: 0, signal: null });
});

test('checks that hang do not keep a process alive that has nothing more to do', async () => {
  const env = { EXTRA: 'ends', MUSIC_PATH: '/', BARBOSSA_HEALTH_TIMEOUT_MS: '10000' };
  const app = startApp('health.mjs', { env });
  await app.waitFor(/nothing to do/);
  expect(await app.exited).toEqual({ code: 0, signal: null });
});

test('a question that Plex does not answer, and a connection that Lidarr keeps, do neither', async () => {
  const plex = await startFaultServer(() => {});
  const lidarr = await startFaultServer(sendJson({ version: '2.0.0' }));
  const env = { PLEX_URL: plex.url, LIDARR_URL: lidarr.url, BARBOSSA_HEALTH_TIMEOUT_MS: '10000' };
  const app = startApp('health.mjs', { env });
  const { url } = await findUrls(app);
  await expect.poll(() => Math.min(plex.requests.length, lidarr.requests.length), { timeout: 10_000 }).toBe(1);
  const startMs = performance.now();
  await fetch(`${url}/end`);
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - startMs).toBeLessThan(8_000);
});

test('a failure and a recovery are told in the log, on stderr and over OTLP, to no request', async () => {
  const receiver = await startReceiver();
  const app = startApp('health.mjs', { env: { EXTRA: 'broken', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  const { url } = await findUrls(app);
  await ask(`${url}/health`);
  const line = 'health check throws: degraded (failed): no route to cache.example';
  await app.waitFor(new RegExp(`warn: ${line.replace(/[()]/g, '\\$&')}`));
  await receiver.waitFor((records) => records.some(({ body }) => body === line));
  const record = receiver.records.find(({ body }) => body === line);
  expect(record).toMatchObject({
    scope: 'barbossa.health',
    severityText: 'WARNING',
    attributes: { check: 'throws', status: 'degraded', error: 'failed' },
  });
  expect(record?.attributes).not.toHaveProperty('request_id');
});

test('without the preload the pages work all the same, and nothing runs in the background', async () => {
  const app = startApp('health.mjs', { nodeOptions: [], env: { EXTRA: 'broken', MUSIC_PATH: '/' } });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  expect(await ask(`${url}/health/ready`)).toMatchObject({ status: 200, body: { checks: {} } });
  const { body } = await ask(`${url}/health`);
  expect(Object.keys(body.checks ?? {})).toEqual(['throws', 'never', 'nonsense', 'disk']);
});

test('a server that this package cannot check is one line, and no check; what is not asked for is not checked', async () => {
  const app = startApp('bare.js', {
    env: {
      DATABASE_URL: 'mysql://a:secret@db/c',
      REDIS_URL: 'redis://127.0.0.1:1',
      BARBOSSA_HEALTH_CHECKS: 'database',
    },
  });
  const { admin } = await findUrls(app);
  expect(await ask(`${admin}/health`)).toMatchObject({ status: 200, body: { checks: {} } });
  expect(app.stderr()).toContain('DATABASE_URL is not usable (value not shown)');
  expect(app.stderr()).not.toContain('secret');
});

// @needs PostgreSQL
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres, type Postgres } from '../../scripts/stack/postgres.js';
import type { HealthCheck } from '../../src/health/check.js';
import { registerDatabaseCheck } from '../../src/health/register-check.js';
import { getChecks } from '../../src/health/registry.js';
import { countResources, makeBuiltInCheck, readTimes, SLACK_MS, startHealthApp, TIMEOUT_MS } from './health-checks.js';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres({ settings: { max_connections: '6', superuser_reserved_connections: '2' } });
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  postgres.resume();
  if (!postgres.running) await postgres.start();
});

const OURS = "usename = 'barbossa'";

async function countConnections(): Promise<number> {
  return Number(await postgres.query(`SELECT count(*) FROM pg_stat_activity WHERE ${OURS}`));
}

test('it is asked over one connection, which is kept', async () => {
  const { ask } = await startHealthApp({ DATABASE_URL: postgres.url });
  for (let round = 0; round < 30; round += 1) {
    expect(await ask()).toMatchObject({ status: 200, body: { checks: { database: { status: 'healthy' } } } });
  }
  expect(await countConnections()).toBe(1);
  expect(await postgres.query(`SELECT application_name FROM pg_stat_activity WHERE ${OURS}`)).toBe('barbossa-health');
});

test('it goes down and comes back', async () => {
  const { app, ask } = await startHealthApp({ DATABASE_URL: postgres.url });
  expect((await ask('/health/ready')).status).toBe(200);
  await postgres.kill();
  const down = { status: 503, body: { checks: { database: { status: 'unhealthy', error: 'refused' } } } };
  await expect.poll(() => ask('/health/ready'), { timeout: 10_000 }).toMatchObject(down);
  const page = await ask();
  expect(page).toMatchObject({ ...down, body: { ...down.body, status: 'unhealthy' } });
  expect(page.text).not.toContain('127.0.0.1');
  expect(page.text).not.toContain(String(postgres.port));
  expect((await ask('/health/live')).status).toBe(200);
  await app.waitFor(/warn: health check database: unhealthy \(refused\): .*127\.0\.0\.1/);
  await postgres.start();
  await expect.poll(async () => (await ask('/health/ready')).status, { timeout: 10_000 }).toBe(200);
  await app.waitFor(/info: health check database: healthy/);
});

test('it hangs: an answer by the deadline, the application goes on, and all is well when it goes on too', async () => {
  const { url, ask } = await startHealthApp({ DATABASE_URL: postgres.url });
  expect((await ask()).status).toBe(200);
  postgres.pause();
  for (let round = 0; round < 3; round += 1) {
    const pages = await Promise.all(Array.from({ length: 20 }, () => ask('/health/ready')));
    for (const { status, body, elapsedMs } of pages) {
      expect({ status, body }).toMatchObject({
        status: 503,
        body: { checks: { database: { status: 'unhealthy', error: 'timeout' } } },
      });
      expect(elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    }
    expect((await fetch(`${url}/seen`)).status).toBe(200);
  }
  postgres.resume();
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
  await expect.poll(countConnections, { timeout: 10_000 }).toBe(1);
});

test('it refuses the password, which is shown nowhere', async () => {
  const { app, ask } = await startHealthApp({ DATABASE_URL: postgres.urlWith('dead men tell tales') });
  const page = await ask();
  expect(page).toMatchObject({
    status: 503,
    body: { checks: { database: { status: 'unhealthy', error: 'authentication' } } },
  });
  await app.waitFor(/warn: health check database: unhealthy \(authentication\): 28P01: password authentication failed/);
  expect(page.text + app.stderr() + app.stdout()).not.toMatch(/dead.{1,3}men/);
  expect(await countConnections()).toBe(0);
});

test('it is out of connections', async () => {
  const crowd = Array.from({ length: 4 }, () => new Client({ connectionString: postgres.url }));
  onTestFinished(async () => {
    await Promise.all(crowd.map((client) => client.end()));
  });
  for (const client of crowd) await client.connect();
  const { ask } = await startHealthApp({ DATABASE_URL: postgres.url });
  expect(await ask()).toMatchObject({
    status: 503,
    body: { checks: { database: { status: 'unhealthy', error: 'out of connections' } } },
  });
  await crowd[0]?.end();
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
});

test('a kept connection that was ended meanwhile is made anew in the same run', async () => {
  const { ask } = await startHealthApp({ DATABASE_URL: postgres.url });
  for (let round = 0; round < 5; round += 1) {
    expect((await ask()).status).toBe(200);
    await postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS}`);
  }
  expect((await ask()).status).toBe(200);
});

test('its name is not found', async () => {
  const { ask } = await startHealthApp({ DATABASE_URL: 'postgresql://a:b@name-of-nobody.invalid/c' });
  const page = await ask();
  expect(page.body.checks['database']).toMatchObject({ status: 'unhealthy', error: 'name not found' });
  expect(page.text).not.toContain('nobody');
});

test('somebody else answers', async () => {
  const other = createServer((_request, response) => void response.end());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.close();
    other.closeAllConnections();
  });
  const { port } = other.address() as AddressInfo;
  const { ask } = await startHealthApp({ DATABASE_URL: `postgresql://a:b@127.0.0.1:${port}/c` });
  expect((await ask()).body.checks['database']).toMatchObject({ status: 'unhealthy', error: 'connection lost' });
});

test('1,000 rounds of failures leave no socket, no timer and no connection behind', async () => {
  const before = countResources();
  const refusing = makeBuiltInCheck({ DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/c' });
  for (const { error } of await readTimes(refusing, 700)) expect(error).toBe('refused');
  const wrong = makeBuiltInCheck({ DATABASE_URL: postgres.urlWith('wrong') });
  for (const { error } of await readTimes(wrong, 300)) expect(error).toBe('authentication');
  refusing.close();
  wrong.close();
  await expect.poll(countResources).toBeLessThanOrEqual(before);
  await expect.poll(countConnections).toBe(0);
});

test('what it keeps while it works, hangs and works again is one connection', async () => {
  const check = makeBuiltInCheck({ DATABASE_URL: postgres.url, BARBOSSA_HEALTH_TIMEOUT_MS: '50' });
  const before = countResources();
  await expect.poll(async () => (await check.read()).status).toBe('healthy');
  postgres.pause();
  for (const { error } of await readTimes(check, 20)) expect(error).toBe('timeout');
  expect(countResources()).toBeLessThanOrEqual(before + 1);
  postgres.resume();
  await expect.poll(async () => (await check.read()).status, { timeout: 10_000 }).toBe('healthy');
  await expect.poll(countConnections, { timeout: 10_000 }).toBe(1);
});

describe("the application's own", () => {
  /** The check `database` through a client. */
  function register(client: Parameters<typeof registerDatabaseCheck>[0]): HealthCheck {
    onTestFinished(registerDatabaseCheck(client, { cacheMs: 0, timeoutMs: 500 }));
    const check = getChecks().get('database');
    if (check === undefined) throw new Error('no check');
    return check;
  }

  function makePool(): Pool {
    const pool = new Pool({ connectionString: postgres.url, max: 2 });
    pool.on('error', () => {});
    onTestFinished(() => pool.end());
    return pool;
  }

  test('pool is used and given back', async () => {
    const pool = makePool();
    const check = register(pool);
    for (const { status } of await readTimes(check, 50)) expect(status).toBe('healthy');
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
  });

  test('pool that is exhausted: the check waits once, by its deadline, and disturbs nobody', async () => {
    const pool = makePool();
    const taken = [await pool.connect(), await pool.connect()];
    const check = register(pool);
    for (const { error } of await readTimes(check, 5)) expect(error).toBe('timeout');
    expect(pool.waitingCount).toBe(1);
    expect((await taken[0]?.query('SELECT 7 AS n'))?.rows).toEqual([{ n: 7 }]);
    for (const client of taken) client.release();
    await expect.poll(async () => (await check.read()).status).toBe('healthy');
    expect([pool.totalCount, pool.waitingCount]).toEqual([2, 0]);
  });

  test('pool whose server hangs: the connection that does not answer is taken out', async () => {
    const pool = makePool();
    const check = register(pool);
    expect(await check.read()).toMatchObject({ status: 'healthy' });
    postgres.pause();
    for (const { error } of await readTimes(check, 3)) expect(error).toBe('timeout');
    expect(pool.totalCount).toBeLessThanOrEqual(1);
    postgres.resume();
    await expect.poll(async () => (await check.read()).status, { timeout: 10_000 }).toBe('healthy');
    expect((await pool.query('SELECT 7 AS n')).rows).toEqual([{ n: 7 }]);
  });

  test('client is asked, and left alone where it does not answer', async () => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    onTestFinished(() => client.end());
    const check = register(client);
    expect(await check.read()).toMatchObject({ status: 'healthy' });
    postgres.pause();
    for (const { error } of await readTimes(check, 3)) expect(error).toBe('timeout');
    postgres.resume();
    await expect.poll(async () => (await check.read()).status, { timeout: 10_000 }).toBe('healthy');
    expect((await client.query('SELECT 7 AS n')).rows).toEqual([{ n: 7 }]);
  });
});

// @needs Redis
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis, type Redis as RedisServer } from '../../scripts/stack/redis.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import { registerRedisCheck } from '../../src/health/register-check.js';
import { getChecks } from '../../src/health/registry.js';
import { countResources, makeBuiltInCheck, readTimes, SLACK_MS, startHealthApp, TIMEOUT_MS } from './health-checks.js';

type Options = Parameters<typeof startRedis>[0];

/** Starts a Redis for the running test. */
async function serve(options: Options = {}): Promise<RedisServer> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

/** Connections but the one that asks. */
async function countConnections(redis: RedisServer): Promise<number> {
  const list = await redis.command('CLIENT', 'LIST');
  return list.trim().split('\n').length - 1;
}

/** A page whose check `redis` has failed. */
function failed(error: string): object {
  return { status: 503, body: { status: 'unhealthy', checks: { redis: { status: 'unhealthy', error } } } };
}

test('it is asked over one connection, which is kept; readiness does not need it', async () => {
  const redis = await serve();
  const { ask } = await startHealthApp({ REDIS_URL: redis.url });
  for (let round = 0; round < 30; round += 1) {
    expect(await ask()).toMatchObject({ status: 200, body: { checks: { redis: { status: 'healthy' } } } });
  }
  expect(await countConnections(redis)).toBe(1);
  await redis.kill();
  await expect.poll(() => ask(), { timeout: 10_000 }).toMatchObject(failed('refused'));
  expect(await ask('/health/ready')).toMatchObject({ status: 200, body: { checks: {} } });
  await redis.start();
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
});

test('it hangs: an answer by the deadline, and all is well when it goes on', async () => {
  const redis = await serve();
  const { url, ask } = await startHealthApp({ REDIS_URL: redis.url });
  expect((await ask()).status).toBe(200);
  redis.pause();
  for (let round = 0; round < 3; round += 1) {
    for (const page of await Promise.all(Array.from({ length: 20 }, () => ask()))) {
      expect(page).toMatchObject(failed('timeout'));
      expect(page.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    }
    expect((await fetch(`${url}/seen`)).status).toBe(200);
  }
  redis.resume();
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
  await expect.poll(() => countConnections(redis)).toBe(1);
});

test('it asks for a password that is not given, or for another one; neither it nor the place is shown', async () => {
  const redis = await serve({ password: 'black pearl' });
  const without = await startHealthApp({ REDIS_URL: `redis://127.0.0.1:${redis.port}` });
  expect(await without.ask()).toMatchObject(failed('authentication'));
  await without.app.waitFor(/health check redis: unhealthy \(authentication\): .*NOAUTH/);
  const wrong = await startHealthApp({ REDIS_URL: `redis://:white-pearl@127.0.0.1:${redis.port}` });
  const page = await wrong.ask();
  expect(page).toMatchObject(failed('authentication'));
  await wrong.app.waitFor(/health check redis: unhealthy \(authentication\): .*WRONGPASS/);
  expect(page.text).not.toMatch(/pearl|127\.0\.0\.1/);
  expect(wrong.app.stderr()).not.toContain('pearl');
  const right = await startHealthApp({ REDIS_URL: redis.url });
  expect((await right.ask()).status).toBe(200);
});

test('a password that it does not need is no failure, and nothing is written to the console', async () => {
  const redis = await serve();
  const { app, ask } = await startHealthApp({ REDIS_URL: `redis://:unneeded@127.0.0.1:${redis.port}` });
  expect((await ask()).status).toBe(200);
  expect(app.stderr()).not.toContain('WARN');
});

test('a user of ACL who may only ping', async () => {
  const redis = await serve();
  await redis.command('ACL', 'SETUSER', 'look-out', 'on', '>crow:nest', '+ping');
  const { ask } = await startHealthApp({ REDIS_URL: `redis://look-out:crow%3Anest@127.0.0.1:${redis.port}` });
  expect((await ask()).status).toBe(200);
  await redis.command('ACL', 'SETUSER', 'look-out', '-ping');
  expect(await ask()).toMatchObject(failed('authentication'));
});

test('it is out of memory: what is written to it is refused', async () => {
  const redis = await serve({ args: ['--maxmemory', '4mb', '--maxmemory-policy', 'noeviction'] });
  const { ask } = await startHealthApp({ REDIS_URL: redis.url });
  expect((await ask()).status).toBe(200);
  for (let n = 0; ; n += 1) {
    const answer = await redis.command('SET', `key-${n}`, 'x'.repeat(4_096));
    if (answer.startsWith('-OOM')) break;
    expect(answer).toBe('OK');
  }
  // At the limit itself a client's buffer more or less decides.
  await redis.command('CONFIG', 'SET', 'maxmemory', '3mb');
  expect(await ask()).toMatchObject(failed('out of memory'));
  await redis.command('FLUSHALL');
  expect((await ask()).status).toBe(200);
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  expect((await ask()).status).toBe(200);
});

test('it fails over: the server of the URL becomes a replica, and then comes back', async () => {
  const [master, replica] = [await serve(), await serve()];
  await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
  const isLinked = async (): Promise<boolean> =>
    (await replica.command('INFO', 'replication')).includes('master_link_status:up');
  await waitUntil(isLinked, { what: 'the replica follows' });
  const { ask } = await startHealthApp({ REDIS_URL: master.url });
  expect((await ask()).status).toBe(200);
  // Its master counts it as there when it has said so once.
  await waitUntil(async () => (await master.command('FAILOVER')) === 'OK', { what: 'the failover begins' });
  await expect.poll(() => ask(), { timeout: 20_000 }).toMatchObject(failed('read-only'));
  expect(await master.command('SET', 'a', 'b')).toMatch(/^-READONLY/);
  await master.command('REPLICAOF', 'NO', 'ONE');
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
});

test('a replica without its master that answers nobody', async () => {
  const redis = await serve({ args: ['--replica-serve-stale-data', 'no'] });
  const { ask } = await startHealthApp({ REDIS_URL: redis.url });
  await redis.command('REPLICAOF', '127.0.0.1', '1');
  const { status, body } = await ask();
  expect(status).toBe(503);
  expect(['starting', 'read-only']).toContain(body.checks['redis']?.error);
});

test('it takes no more clients', async () => {
  const redis = await serve({ args: ['--maxclients', '2'] });
  const crowd = [1, 2].map(() => new Redis(redis.port, '127.0.0.1', { retryStrategy: () => null }));
  onTestFinished(() => {
    for (const client of crowd) client.disconnect();
  });
  for (const client of crowd) await client.ping();
  const { ask } = await startHealthApp({ REDIS_URL: redis.url });
  const page = await ask();
  expect(page.status).toBe(503);
  // Redis says so and closes; which of both is seen first is the network's choice.
  expect(['out of connections', 'connection lost']).toContain(page.body.checks['redis']?.error);
  crowd[0]?.disconnect();
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
});

test('its name is not found', async () => {
  const { ask } = await startHealthApp({ REDIS_URL: 'redis://name-of-nobody.invalid' });
  const page = await ask();
  expect(page).toMatchObject(failed('name not found'));
  expect(page.text).not.toContain('nobody');
});

test('1,000 rounds of failures leave no socket, no timer and no connection behind', async () => {
  const redis = await serve({ password: 'black pearl' });
  const before = countResources();
  const refusing = makeBuiltInCheck({ REDIS_URL: 'redis://127.0.0.1:1' });
  for (const { error } of await readTimes(refusing, 500)) expect(error).toBe('refused');
  const wrong = makeBuiltInCheck({ REDIS_URL: `redis://:wrong@127.0.0.1:${redis.port}` });
  for (const { error } of await readTimes(wrong, 500)) expect(error).toBe('authentication');
  refusing.close();
  wrong.close();
  await expect.poll(countResources).toBeLessThanOrEqual(before);
  await expect.poll(() => countConnections(redis)).toBe(0);
});

test('what it keeps while it works, hangs and works again is one connection', async () => {
  const redis = await serve();
  const check = makeBuiltInCheck({ REDIS_URL: redis.url, BARBOSSA_HEALTH_TIMEOUT_MS: '50' });
  const before = countResources();
  await expect.poll(async () => (await check.read()).status).toBe('healthy');
  redis.pause();
  for (const { error } of await readTimes(check, 20)) expect(error).toBe('timeout');
  expect(countResources()).toBeLessThanOrEqual(before + 1);
  redis.resume();
  await expect.poll(async () => (await check.read()).status, { timeout: 10_000 }).toBe('healthy');
  await expect.poll(() => countConnections(redis)).toBe(1);
});

test("the application's own client, as queues need it: down, up again, hanging", async () => {
  const redis = await serve();
  const client = new Redis(redis.port, '127.0.0.1', { maxRetriesPerRequest: null });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  onTestFinished(registerRedisCheck(client, { cacheMs: 0, timeoutMs: 300 }));
  const check = getChecks().get('redis');
  if (check === undefined) throw new Error('no check');
  const becomesHealthy = (): Promise<void> =>
    expect.poll(async () => (await check.read()).status, { timeout: 10_000 }).toBe('healthy');
  await becomesHealthy();
  await redis.kill();
  for (const { error } of await readTimes(check, 3)) expect(error).toBe('timeout');
  await redis.start();
  await becomesHealthy();
  redis.pause();
  for (const { error } of await readTimes(check, 3)) expect(error).toBe('timeout');
  redis.resume();
  await becomesHealthy();
  expect(await client.set('a', 'b')).toBe('OK');
  expect(await countConnections(redis)).toBe(1);
});

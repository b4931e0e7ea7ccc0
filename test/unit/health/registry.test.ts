import { expect, onTestFinished, test } from 'vitest';
import { HEALTH_PAGES, type HealthAnswer } from '../../../src/health/pages.js';
import { registerDatabaseCheck, registerRedisCheck, registerHealthCheck } from '../../../src/health/register-check.js';
import { addBuiltInChecks, getChecks, markTerminating, observeChecks } from '../../../src/health/registry.js';
import { captureStderr } from '../metrics/test-meter.js';
import { makePromise } from './test-checks.js';

type Check = Parameters<typeof registerHealthCheck>[1];
type Options = Parameters<typeof registerHealthCheck>[2];

/** Registers a check for the running test. */
function register(name: string, check: Check, options: Options = {}): () => void {
  const dispose = registerHealthCheck(name, check, { cacheMs: 0, ...options });
  onTestFinished(dispose);
  return dispose;
}

function ask(path: string): Promise<HealthAnswer> {
  const page = HEALTH_PAGES.find((candidate) => candidate.path === path);
  if (page === undefined) throw new Error(`no page ${path}`);
  return page.answer();
}

const fails = (): never => {
  throw new Error('down');
};

test('with nothing to check the process is healthy, ready and alive', async () => {
  const document = { checks: {}, duration_ms: expect.any(Number) as number, checked_at: expect.any(String) as string };
  expect(await ask('/health')).toEqual({ status: 200, document: { status: 'healthy', ...document } });
  expect(await ask('/health/ready')).toEqual({ status: 200, document: { status: 'ready', ...document } });
  expect(await ask('/health/live')).toEqual({ status: 200, document: { status: 'alive' } });
});

test('a document has each check with its status, its figures, how long it took and when it was', async () => {
  register('cache', () => ({ status: 'warning', hit_percent: 12.5, is_cold: true, host: 'cache.example' }));
  register('mail', fails);
  const { status, document } = await ask('/health');
  const when = { duration_ms: expect.any(Number) as number, checked_at: expect.stringMatching(/Z$/) as string };
  expect(status).toBe(200);
  expect(document).toEqual({
    status: 'healthy',
    checks: {
      cache: { status: 'warning', hit_percent: 12.5, is_cold: true, ...when },
      mail: { status: 'degraded', error: 'failed', ...when },
    },
    ...when,
  });
});

test.each([
  ['healthy', false, 200, 200],
  ['warning', true, 200, 200],
  ['degraded', true, 200, 200],
  ['unhealthy', false, 503, 200],
  ['unhealthy', true, 503, 503],
] as const)('a check that is %s (critical: %s): /health %i, /health/ready %i', async (answer, critical, all, ready) => {
  register('one', () => answer, { critical });
  expect((await ask('/health')).status).toBe(all);
  expect((await ask('/health/ready')).status).toBe(ready);
  expect((await ask('/health/live')).status).toBe(200);
});

test('a failure is degraded, that of a critical check unhealthy', async () => {
  const dispose = register('one', fails);
  expect(await ask('/health')).toMatchObject({ status: 200, document: { checks: { one: { status: 'degraded' } } } });
  dispose();
  register('one', fails, { critical: true });
  expect(await ask('/health')).toMatchObject({ status: 503, document: { checks: { one: { status: 'unhealthy' } } } });
  expect(await ask('/health/ready')).toMatchObject({
    status: 503,
    document: { status: 'not ready', checks: { one: { status: 'unhealthy', error: 'failed' } } },
  });
});

test('readiness asks the critical checks alone; a slow other one does not hold it up', async () => {
  register('slow', () => new Promise<never>(() => {}), { timeoutMs: 5_000 });
  register('quick', () => true, { critical: true });
  const { document } = await ask('/health/ready');
  expect(Object.keys(document['checks'] as object)).toEqual(['quick']);
});

test('a check of the same name replaces the older, with one warning; a late result of that is dropped', async () => {
  const lines = captureStderr();
  const { promise, resolve } = makePromise<boolean>();
  const disposeFirst = register('twice', () => promise);
  const late = ask('/health');
  register('twice', () => 'warning');
  disposeFirst();
  resolve(false);
  await late;
  expect(await ask('/health')).toMatchObject({ document: { checks: { twice: { status: 'warning' } } } });
  const replaced = lines.filter((line) => line.includes('registered again'));
  expect(replaced).toEqual([expect.stringContaining('the health check twice was registered again')]);
  expect(lines.join('\n')).not.toContain('degraded');
});

test('a line is written when a result is another than before', async () => {
  const lines = captureStderr();
  const results: Check[] = [() => true, () => true, fails, fails, () => 'warning', () => true];
  register('often', (signal) => results.shift()?.(signal));
  while (results.length > 0) await ask('/health');
  expect(lines).toEqual([
    '[barbossa-telemetry] warn: health check often: degraded (failed): down',
    '[barbossa-telemetry] warn: health check often: warning',
    '[barbossa-telemetry] info: health check often: healthy',
  ]);
});

test.each([
  ['name', () => registerHealthCheck('a b', () => true)],
  ['name', () => registerHealthCheck('__proto__', () => true)],
  ['name', () => registerHealthCheck(7 as never, () => true)],
  ['check', () => registerHealthCheck('one', undefined as never)],
  ['options', () => registerHealthCheck('one', () => true, null as never)],
  ['options.critical', () => registerHealthCheck('one', () => true, { critical: 'yes' as never })],
  ['options.timeoutMs', () => registerHealthCheck('one', () => true, { timeoutMs: 0 })],
  ['options.timeoutMs', () => registerHealthCheck('one', () => true, { timeoutMs: 10_001 })],
  ['options.cacheMs', () => registerHealthCheck('one', () => true, { cacheMs: Number.NaN })],
  ['client', () => registerDatabaseCheck({} as never)],
  ['client', () => registerRedisCheck(undefined as never)],
])('a wrong argument is named: %s', (argument, call) => {
  expect(call).toThrow(TypeError);
  expect(call).toThrow(new RegExp(`: ${argument} must be`));
  expect(getChecks().size).toBe(0);
});

test('checks of the environment are added once, and are replaced without a word', async () => {
  const lines = captureStderr();
  const base = { critical: false, failure: 'degraded', timeoutMs: 1_000, cacheMs: 0 } as const;
  const disposeOwn = register('own', () => 'warning');
  let closed = 0;
  const add = (): void =>
    addBuiltInChecks(() => [
      { ...base, name: 'own', run: () => true },
      { ...base, name: 'database', run: () => true, close: () => void (closed += 1) },
    ]);
  add();
  add();
  expect(await ask('/health')).toMatchObject({ document: { checks: { own: { status: 'warning' } } } });
  const dispose = registerDatabaseCheck({ query: () => Promise.reject(new Error('down')) }, { cacheMs: 0 });
  onTestFinished(dispose);
  expect(closed).toBe(1);
  // The database is critical where nothing else is said.
  expect(await ask('/health/ready')).toMatchObject({ status: 503 });
  dispose();
  disposeOwn();
  expect(getChecks().size).toBe(0);
  expect(lines.filter((line) => line.includes('registered again'))).toEqual([]);
});

test('an observer hears of checks that are there, that come, and of each run', async () => {
  register('before', () => true);
  const added: string[] = [];
  const runs: string[] = [];
  const stop = observeChecks({
    onAdd: ({ definition }) => void added.push(definition.name),
    onReport: ({ definition }, { status }) => void runs.push(`${definition.name} ${status}`),
    onServe: () => {},
  });
  register('after', fails);
  await ask('/health');
  stop();
  await ask('/health');
  expect(added).toEqual(['before', 'after']);
  expect(runs.toSorted()).toEqual(['after degraded', 'before healthy']);
});

// The last one: nothing takes it back.
test('from the first SIGTERM on it is not ready, and nobody is asked', async () => {
  let runs = 0;
  const { promise, resolve } = makePromise<void>();
  register(
    'one',
    () => {
      runs += 1;
      return promise;
    },
    { critical: true },
  );
  const underWay = ask('/health/ready');
  markTerminating();
  resolve();
  expect(await underWay).toMatchObject({ status: 503, document: { status: 'not ready' } });
  expect(await ask('/health/ready')).toMatchObject({
    status: 503,
    document: { status: 'not ready', reason: 'shutting down', checks: {} },
  });
  expect(runs).toBe(1);
  expect((await ask('/health')).status).toBe(200);
  expect((await ask('/health/live')).status).toBe(200);
});

// @needs PostgreSQL, Redis
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { findUrls, startApp } from '../integration/support/app-process.js';
import { scrape, scrapeUntil, select, sum } from '../integration/support/metrics.js';
import { startReceiver } from '../integration/support/otlp-receiver.js';
import { LONG, ROOT, SHORT, startSample, waitForState, type Sample } from './sample-app.js';

/** Nobody listens there. */
const NO_COLLECTOR = 'http://127.0.0.1:9';

test('a download: one request id on the lines of the web process and of the worker, counted where it was done', async () => {
  const receiver = await startReceiver();
  const sample = await startSample(receiver.url);
  const { call, workerAdmin, admin } = sample;
  const { status, body } = await call('POST', '/api/downloads', SHORT, 'request-1');
  expect([status, body['state']]).toEqual([202, 'waiting']);
  const ended = await waitForState(sample, body['id'], 'succeeded', 'failed');
  expect(ended).toMatchObject({ ...SHORT, state: 'succeeded', progress: 1 });
  const isOurs = ({ attributes }: { attributes: Readonly<Record<string, unknown>> }): boolean =>
    attributes['request_id'] === 'request-1';
  await receiver.waitFor(
    (records) => new Set(records.filter(isOurs).map(({ resource }) => resource['barbossa.role'])).size === 2,
  );
  const lines = receiver.records.filter(isOurs);
  const line = (role: string): unknown[] =>
    lines.filter(({ resource }) => resource['barbossa.role'] === role).map((each) => [each.scope, each.body]);
  expect(line('web')).toEqual([['http', 'POST /api/downloads 202']]);
  expect(line('worker')).toEqual([['tasks', `downloaded ${SHORT.artist}: ${SHORT.title}`]]);
  expect(new Set(lines.map(({ traceId }) => traceId)).size).toBe(1);
  expect(lines[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
  const worked = await scrape(workerAdmin);
  expect(sum(worked, 'barbossa_tasks_total', { task: 'downloads', state: 'success' })).toBe(1);
  expect(sum(worked, 'barbossa_downloads_total', { source: SHORT.source, status: 'success' })).toBe(1);
  const served = await scrape(admin);
  expect(select(served, 'barbossa_tasks_total')).toEqual([]);
  expect(sum(served, 'barbossa_requests_total', { method: 'POST', endpoint: '/api/downloads', status: '202' })).toBe(1);
});

test('an import by the worker is in the library of the web process, once, and after a restart of both', async () => {
  const sample = await startSample(NO_COLLECTOR);
  const { call, admin, workerAdmin, postgres, redis } = sample;
  const before = (await call('GET', '/api/tracks')).body['total'];
  expect(before).toBe(480);
  for (const n of [1, 2]) {
    await call('POST', '/api/imports', { folder: '/music/Black Pearl', source: 'folder' });
    await scrapeUntil(workerAdmin, (now) => sum(now, 'barbossa_imports_total', { source: 'folder' }) === n);
  }
  const imports = await scrape(workerAdmin);
  const counts = ['success', 'skipped'].map((status) => sum(imports, 'barbossa_imports_total', { status }));
  expect(counts).toEqual([1, 1]);
  const { total, tracks } = (await call('GET', '/api/tracks?page=49&size=10')).body as {
    total: number;
    tracks: readonly { readonly id: number; readonly album: string }[];
  };
  expect(total).toBeGreaterThan(480);
  expect(tracks.map(({ id }) => id)).toEqual(Array.from({ length: total - 480 }, (_, at) => 481 + at));
  expect((await call('GET', '/api/search?q=black%20PEARL')).body['tracks']).toEqual(tracks);
  expect((await call('GET', `/api/tracks/481`)).body).toEqual(tracks[0]);
  expect((await call('GET', `/api/tracks/${total + 1}`)).status).toBe(404);
  expect(sum(await scrape(admin), 'barbossa_library_tracks_total')).toBe(total);
  expect(sum(await scrape(admin), 'barbossa_active_users')).toBe(1);
  sample.web.child.kill('SIGTERM');
  sample.worker.child.kill('SIGTERM');
  await Promise.all([sample.web.waitFor(/stopped/), sample.worker.waitFor(/stopped/)]);
  await Promise.all([sample.web.exited, sample.worker.exited]);
  const again = startApp(path.join(ROOT, 'server.js'), {
    env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url, PORT: '0' },
  });
  const { url } = await findUrls(again);
  expect(await (await fetch(`${url}/api/tracks/481`)).json()).toEqual(tracks[0]);
});

test('what waits and what is at work can be cancelled from the web process; watchers are told of every step', async () => {
  const sample = await startSample(NO_COLLECTOR);
  const { call, url } = sample;
  const steps: { readonly id: string; readonly state: string; readonly progress: number }[] = [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  onTestFinished(() => socket.terminate());
  socket.on('message', (data: Buffer) => steps.push(JSON.parse(data.toString()) as (typeof steps)[number]));
  await new Promise((resolve) => socket.once('open', resolve));
  // Four at a time: the last one waits for long.
  const ids: string[] = [];
  while (ids.length < 10) ids.push(String((await call('POST', '/api/downloads', LONG)).body['id']));
  const waiting = ids.at(-1) ?? '';
  const cancelled = { status: 200, body: { state: 'cancelled' } };
  expect(await call('DELETE', `/api/downloads/${waiting}`)).toMatchObject(cancelled);
  expect(await call('GET', `/api/downloads/${waiting}`)).toMatchObject(cancelled);
  const active = await cancelActive(sample);
  expect(await call('GET', `/api/downloads/${active}`)).toMatchObject(cancelled);
  expect(await call('DELETE', '/api/downloads/none')).toMatchObject({ status: 404 });
  const done = ids.find((id) => id !== active) ?? '';
  await waitForState(sample, done, 'succeeded');
  expect(await call('DELETE', `/api/downloads/${done}`)).toMatchObject({ status: 409 });
  const statesOf = (id: string): string[] => [
    ...new Set(steps.filter((step) => step.id === id).map(({ state }) => state)),
  ];
  await expect.poll(() => statesOf(active)).toEqual(['waiting', 'active', 'cancelled']);
  await expect.poll(() => statesOf(waiting)).toEqual(['waiting', 'cancelled']);
  await expect.poll(() => statesOf(done)).toEqual(['waiting', 'active', 'succeeded']);
  const progress = steps.filter(({ id }) => id === done).map((step) => step.progress);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress).toContain(0.5);
  const list = (await call('GET', '/api/downloads?size=2')).body as { total: number; downloads: { id: string }[] };
  expect(list.total).toBe(9);
  expect(list.downloads.map(({ id }) => id)).toEqual([ids[8], ids[7]]);
});

/** Cancels one that is at work, which may end while it is asked for; gives its id. */
async function cancelActive({ call }: Sample): Promise<string> {
  for (;;) {
    const { downloads } = (await call('GET', '/api/downloads')).body as { downloads: { id: string; state: string }[] };
    const found = downloads.find(({ state }) => state === 'active');
    if (found === undefined) throw new Error('none is at work');
    const { status } = await call('DELETE', `/api/downloads/${found.id}`);
    if (status === 200) return found.id;
  }
}

test('Redis goes away: what needs it is a 503 in time, all else is answered, and then it works again', async () => {
  const sample = await startSample(NO_COLLECTOR);
  const { call, redis } = sample;
  await redis.kill();
  const startedMs = performance.now();
  expect(await call('POST', '/api/downloads', SHORT)).toMatchObject({ status: 503 });
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect((await call('GET', '/api/tracks')).status).toBe(200);
  await redis.start();
  const tryAgain = async (): Promise<number> => (await call('POST', '/api/downloads', SHORT)).status;
  await expect.poll(tryAgain, { timeout: 30_000, interval: 200 }).toBe(202);
  await expect
    .poll(async () => sum(await scrape(sample.workerAdmin), 'barbossa_tasks_total'), { timeout: 40_000 })
    .toBeGreaterThan(0);
});

test('a database that cannot be reached ends the start with one line that names the variable', async () => {
  const app = startApp(path.join(ROOT, 'server.js'), {
    nodeOptions: [],
    env: { PORT: '0', DATABASE_URL: 'postgres://barbossa:s3cret@127.0.0.1:9/barbossa' },
  });
  const { code } = await app.exited;
  expect(code).toBe(1);
  expect(app.stdout()).toContain('the database of DATABASE_URL cannot be used');
  expect(app.stdout()).not.toContain('s3cret');
});

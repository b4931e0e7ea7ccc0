import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { REGISTER, startApp } from './support/app-process.js';
import { findAbsentCollector, makeFolder } from './support/endings.js';
import { findRepeated } from './support/log-lines.js';
import {
  findAdmin,
  findMissing,
  killWriter,
  listSegments,
  readWritten,
  startWriter,
  takeUp,
} from './support/log-writer.js';
import { scrapeUntil, sum } from './support/metrics.js';
import { startReceiver } from './support/otlp-receiver.js';

const COUNT_FS = fileURLToPath(new URL('apps/count-fs.cjs', import.meta.url));
const KILLS = 20;
const EACH_TURN = { BARBOSSA_LOG_SPOOL_DELAY: '0' };

/** In a container of its own: pid 1, one host name for all, optionally another network. */
const container = (...more: string[]): string[] => [
  'unshare',
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
  ...more,
];
const canContain = ((): boolean => {
  try {
    execFileSync('unshare', [...container('--net').slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test(`BARBOSSA_LOG_SPOOL_DELAY=0, SIGKILL ${KILLS} times: nothing is lost that an earlier turn of the event loop has logged`, async () => {
  const collector = await findAbsentCollector();
  const spool = makeFolder();
  const logged: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const file = path.join(makeFolder(), 'turns');
    const app = startWriter(['turns', `line${kill}`, '1000000', file], { collector, spool, env: EACH_TURN });
    await vi.waitUntil(() => existsSync(file) && statSync(file).size > 200 + kill * 37, {
      timeout: 15_000,
      interval: 1,
    });
    await killWriter(app);
    const count = Number(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1));
    for (let n = 0; n < count; n++) logged.push(`line${kill} ${n}`);
  }
  const { records } = await takeUp(await startReceiver(), spool);
  const arrived = new Set(records.map(({ body }) => String(body)));
  expect(logged.filter((line) => !arrived.has(line))).toEqual([]);
  expect(findRepeated(records)).toEqual([]);
}, 180_000);

test('with a healthy collector a line opens, closes and removes nothing', async () => {
  const receiver = await startReceiver();
  const app = startApp('log-writer.cjs', {
    nodeOptions: ['--require', COUNT_FS, '--import', REGISTER],
    args: ['seldom', 'line', '30'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  const count = async (lines: number): Promise<number> => {
    await receiver.waitFor((records) => records.length >= lines);
    app.child.kill('SIGWINCH');
    const [, calls = ''] = await app.waitFor(
      new RegExp(`(?:calls[^]*){${lines === 5 ? 0 : 1}}calls (\\d+) writes \\d+`),
    );
    return Number(calls);
  };
  const before = await count(5);
  expect((await count(30)) - before).toBe(0);
});

test.runIf(canContain).each([
  ['containers with one host name and pid 1', container(), container('--net')],
  ['containers on the network of the host', container('--mount'), container('--mount')],
])('%s and one folder keep their files; a crash releases them at once (needs unshare)', async (_what, one, other) => {
  const spool = makeFolder();
  const receiver = await startReceiver();
  const collector = await findAbsentCollector();
  const start = (name: string, wrapper: string[]): ReturnType<typeof startApp> =>
    startApp('log-writer.cjs', {
      args: ['steady', name, '200'],
      wrapper,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector, BARBOSSA_LOG_SPOOL_DIR: spool },
    });
  const apps = [start('a', one), start('b', other)];
  await Promise.all(apps.map((app) => app.waitFor(/done/)));
  const first = await takeUp(receiver, spool, { left: 2 });
  expect(first.records).toEqual([]);
  for (const app of apps) app.child.kill('SIGKILL');
  await Promise.all(apps.map((app) => app.exited));
  first.app.child.kill('SIGTERM');
  await first.app.exited;
  const { records } = await takeUp(receiver, spool);
  for (const app of apps) expect(findMissing(readWritten(app), records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test('processes that share a folder share its bound: the least severe goes first, whosever it is', async () => {
  const spool = makeFolder();
  const maxBytes = 2_097_152;
  const receiver = await startReceiver();
  receiver.status = 503;
  const env = { BARBOSSA_LOG_MEMORY_BYTES: '1048576', BARBOSSA_LOG_SPOOL_BYTES: String(maxBytes) };
  const apps = ['a', 'b', 'c'].map((name) =>
    startWriter(['bulky', name, '1000'], { collector: receiver.url, spool, env }),
  );
  await Promise.all(apps.map((app) => app.waitFor(/done/)));
  // One that is made room of goes meanwhile.
  const sizes = readdirSync(spool).map(
    (name) => statSync(path.join(spool, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  const size = sizes.reduce((total, one) => total + one, 0);
  expect(size).toBeLessThanOrEqual(maxBytes * 1.2);
  receiver.status = 200;
  const written = apps.flatMap((app) => readWritten(app));
  const warnings = written.filter(({ message }) => Number(message.split(' ')[1]) % 10 === 0);
  await receiver.waitFor((records) => findMissing(warnings, records).length === 0, 40_000);
  await vi.waitUntil(() => listSegments(spool).length === 0, { timeout: 20_000 });
  expect(findRepeated(receiver.records)).toEqual([]);
  const admins = await Promise.all(apps.map((app) => findAdmin(app)));
  const samples = await Promise.all(admins.map((admin) => scrapeUntil(admin, (all) => all.length > 0)));
  const dropped = samples.flat().filter(({ name }) => name === 'barbossa_logs_dropped_total');
  expect(sum(dropped, 'barbossa_logs_dropped_total', { reason: 'buffer_full' })).toBe(
    findMissing(written, receiver.records).length,
  );
}, 90_000);

test('restarts in an outage: the newest is kept', async () => {
  const spool = makeFolder();
  const env = { BARBOSSA_LOG_MEMORY_BYTES: '1048576', BARBOSSA_LOG_SPOOL_BYTES: '1048576' };
  const collector = await findAbsentCollector();
  for (const name of ['one', 'two', 'three']) {
    const app = startWriter(['bulky', name, '500'], { collector, spool, env });
    await app.waitFor(/done/);
    app.child.kill('SIGTERM');
    await app.exited;
  }
  const { records } = await takeUp(await startReceiver(), spool, { env });
  const bodies = records.map(({ body }) => String(body));
  expect(bodies).toContain('three 499');
  expect(bodies.filter((body) => body.startsWith('three')).length).toBeGreaterThan(150);
});

test.each([
  ['STATE_DIRECTORY', (folder: string) => ({ STATE_DIRECTORY: `${folder}:/elsewhere` }), ''],
  ['XDG_STATE_HOME', (folder: string) => ({ XDG_STATE_HOME: folder }), ''],
  ['HOME', (folder: string) => ({ HOME: folder }), '.local/state'],
])('the folder by default: in %s, and the one of earlier versions is looked into', async (_what, env, below) => {
  const [state, temporary] = [makeFolder(), makeFolder()];
  const former = path.join(temporary, `barbossa-telemetry-${process.getuid?.()}-barbossa`);
  const collector = await findAbsentCollector();
  const earlier = startWriter(['burst', 'earlier', '10'], { collector, spool: former });
  // `done` is of the same turn of the event loop as the lines.
  await vi.waitUntil(() => existsSync(former) && listSegments(former).length > 0, { timeout: 15_000 });
  await killWriter(earlier);
  const receiver = await startReceiver();
  const app = startWriter(['burst', 'line', '10'], {
    collector: receiver.url,
    spool: '',
    env: { TMPDIR: temporary, ...env(state) },
  });
  await receiver.waitFor((records) => records.length === 20);
  const folder = path.join(state, below, 'barbossa-telemetry', 'barbossa');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  app.child.kill('SIGTERM');
  await app.exited;
  expect([readdirSync(folder), listSegments(former)]).toEqual([[], []]);
});

test('a home that is not there, or somebody else writes to: the temporary folder', async () => {
  const temporary = makeFolder();
  const shared = path.join(makeFolder(), 'home');
  mkdirSync(shared);
  execFileSync('chmod', ['777', shared]);
  for (const home of [shared, path.join(shared, 'nothing')]) {
    const receiver = await startReceiver();
    startWriter(['burst', 'line', '1'], { collector: receiver.url, spool: '', env: { TMPDIR: temporary, HOME: home } });
    await receiver.waitFor((records) => records.length === 1);
    expect(readdirSync(shared)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([`barbossa-telemetry-${process.getuid?.()}-barbossa`]);
  }
});

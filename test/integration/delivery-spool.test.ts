import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findAbsentCollector, makeFolder } from './support/endings.js';
import { findRepeated } from './support/log-lines.js';
import {
  countTold,
  findAdmin,
  findMissing,
  listSegments,
  readBodies,
  readWritten,
  startWriter,
  takeUp,
} from './support/log-writer.js';
import { scrapeUntil, sum } from './support/metrics.js';
import { startReceiver } from './support/otlp-receiver.js';

const isRoot = process.getuid?.() === 0;
const hasPrlimit = ((): boolean => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A spool with 100 lines that nobody has taken. */
async function leaveLines(spool: string, name = 'line', env: Readonly<Record<string, string>> = {}): Promise<void> {
  const app = startWriter(['burst', name, '100'], { collector: await findAbsentCollector(), spool, env });
  await app.waitFor(/done/);
  app.child.kill('SIGTERM');
  await app.exited;
}

test('torn and damaged lines are counted, and the others arrive', async () => {
  const spool = makeFolder();
  await leaveLines(spool);
  const [name = ''] = listSegments(spool);
  const file = path.join(spool, name);
  // A line that was being written when the process ended may be there twice.
  const rows = [...new Set(readFileSync(file, 'utf8').split('\n'))];
  rows[10] = rows[10]?.slice(5) ?? '';
  rows[20] = `${rows[20]?.slice(0, 200)}\u0000\u0000`;
  writeFileSync(file, `${rows.filter((row) => row !== '').join('\n')}\n`);
  appendFileSync(file, '{"name":"winston"}\t{"timeUnixNano":"1');
  const receiver = await startReceiver();
  const { app, records } = await takeUp(receiver, spool);
  expect(records).toHaveLength(98);
  expect(findRepeated(records)).toEqual([]);
  const admin = await findAdmin(app);
  await scrapeUntil(admin, (all) => sum(all, 'barbossa_logs_dropped_total', { reason: 'spool_corrupt' }) === 3);
  expect(listSegments(spool)).toEqual([]);
});

test('what is not ours in the folder is left alone, and nothing is written outside of it', async () => {
  const spool = makeFolder();
  const elsewhere = makeFolder();
  writeFileSync(path.join(elsewhere, 'victim'), 'untouched');
  await leaveLines(spool);
  const [name = ''] = listSegments(spool);
  // A link with the name of a segment of a process that is gone.
  const link = name.replace(/-\d+-(high|low)/, '-999-low');
  symlinkSync(path.join(elsewhere, 'victim'), path.join(spool, link));
  writeFileSync(path.join(spool, 'notes.txt'), 'mine');
  mkdirSync(path.join(spool, name.replace(/-\d+-(high|low)/, '-998-low')));
  const receiver = await startReceiver();
  const { app, records } = await takeUp(receiver, spool);
  expect(records).toHaveLength(100);
  expect(countTold(app, /holds 3 thing\(s\) that are not ours/)).toBe(1);
  expect(readFileSync(path.join(spool, 'notes.txt'), 'utf8')).toBe('mine');
  expect(readFileSync(path.join(elsewhere, 'victim'), 'utf8')).toBe('untouched');
  expect(readdirSync(elsewhere)).toEqual(['victim']);
  app.child.kill('SIGTERM');
  await app.exited;
  expect(readdirSync(spool)).toHaveLength(3);
});

test('several processes of one service share a folder, and one takes up what they all leave', async () => {
  const spool = makeFolder();
  const collector = await findAbsentCollector();
  const apps = ['a', 'b', 'c'].map((name) => startWriter(['steady', name, '200'], { collector, spool }));
  await Promise.all(apps.map((app) => app.waitFor(/done/)));
  const receiver = await startReceiver();
  const first = await takeUp(receiver, spool, { left: Number.POSITIVE_INFINITY });
  // They live: their lines are their own to send.
  expect(first.records).toEqual([]);
  for (const app of apps) app.child.kill('SIGTERM');
  await Promise.all(apps.map((app) => app.exited));
  await receiver.waitFor((records) => records.length >= 601, 30_000);
  for (const app of apps) expect(findMissing(readWritten(app), receiver.records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test('two processes that start at once do not both take up what was left', async () => {
  const spool = makeFolder();
  await leaveLines(spool);
  const receiver = await startReceiver();
  await Promise.all([takeUp(receiver, spool), takeUp(receiver, spool)]);
  await receiver.waitFor((records) => records.length >= 102);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test("a service takes up its own lines and no other service's", async () => {
  const spool = makeFolder();
  await leaveLines(spool, 'web', { OTEL_SERVICE_NAME: 'barbossa' });
  const ofWeb = listSegments(spool);
  await leaveLines(spool, 'worker', { OTEL_SERVICE_NAME: 'barbossa-worker' });
  const receiver = await startReceiver();
  const { records } = await takeUp(receiver, spool, {
    env: { OTEL_SERVICE_NAME: 'barbossa-worker' },
    left: ofWeb.length,
  });
  expect(records).toHaveLength(100);
  expect(new Set(records.map(({ resource }) => resource['service.name']))).toEqual(new Set(['barbossa-worker']));
  expect(listSegments(spool).toSorted()).toEqual(ofWeb.toSorted());
});

test('records that wait keep the resource of the process that wrote them', async () => {
  const spool = makeFolder();
  await leaveLines(spool, 'old', { OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.0.0' });
  const receiver = await startReceiver();
  await takeUp(receiver, spool, { env: { OTEL_RESOURCE_ATTRIBUTES: 'service.version=2.0.0' } });
  const versions = receiver.records.map(
    ({ body, resource }) => `${String(body)[0]} ${String(resource['service.version'])}`,
  );
  expect(new Set(versions)).toEqual(new Set(['o 1.0.0', 'n 2.0.0']));
});

/** Folders that must not be used, and what is said of each. */
const UNUSABLE: Readonly<Record<string, { readonly make: (folder: string) => string; readonly told: RegExp }>> = {
  'a symbolic link': {
    make: (folder) => {
      mkdirSync(path.join(folder, 'real'));
      symlinkSync(path.join(folder, 'real'), path.join(folder, 'link'));
      return path.join(folder, 'link');
    },
    told: /link is not used: it is a symbolic link/,
  },
  'a file': {
    make: (folder) => {
      writeFileSync(path.join(folder, 'file'), '');
      return path.join(folder, 'file');
    },
    told: /file is not used: EEXIST/,
  },
  'a folder that others may write to': {
    make: (folder) => {
      chmodSync(folder, 0o777);
      return folder;
    },
    told: /others may write to it/,
  },
  'below a file': {
    make: (folder) => {
      writeFileSync(path.join(folder, 'file'), '');
      return path.join(folder, 'file', 'spool');
    },
    told: /is not used: ENOTDIR/,
  },
};

test.each(Object.keys(UNUSABLE))('the spool is %s: one warning, and records wait in memory', async (what) => {
  const { make, told } = UNUSABLE[what] ?? { make: String, told: /never/ };
  const folder = makeFolder();
  const receiver = await startReceiver();
  const app = startWriter(['steady', 'line', '10'], { collector: receiver.url, spool: make(folder) });
  await receiver.waitFor((records) => records.length === 10);
  expect(countTold(app, told)).toBe(1);
  expect(countTold(app, /warn/)).toBe(1);
  expect(existsSync(path.join(folder, 'real')) ? readdirSync(path.join(folder, 'real')) : []).toEqual([]);
});

test.runIf(isRoot)('the spool belongs to another user (needs root to give it away)', async () => {
  const folder = makeFolder();
  chownSync(folder, 12_345, 12_345);
  const receiver = await startReceiver();
  const app = startWriter(['steady', 'line', '10'], { collector: receiver.url, spool: folder });
  await receiver.waitFor((records) => records.length === 10);
  expect(countTold(app, /it belongs to user 12345, the application runs as 0/)).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test.runIf(hasPrlimit)(
  'the disk is full, then has room again (needs prlimit): all, once, and one warning',
  async () => {
    const spool = makeFolder();
    const receiver = await startReceiver();
    receiver.status = 503;
    const app = startWriter(['steady', 'line', '100000'], { collector: receiver.url, spool });
    await app.waitFor(/"line 10"/);
    // No file may grow beyond this: a write fails in the middle, as on a full disk.
    setFileLimit(app.child.pid, 20_000);
    await app.waitFor(/cannot be written: EFBIG/);
    await app.waitFor(/"line 1000"/);
    setFileLimit(app.child.pid, 'unlimited');
    app.child.kill('SIGTERM');
    await app.exited;
    expect(countTold(app, /cannot be written/)).toBe(1);
    receiver.status = 200;
    const { app: next, records } = await takeUp(receiver, spool);
    expect(findMissing(readWritten(app), records)).toEqual([]);
    expect(findRepeated(records)).toEqual([]);
    const admin = await findAdmin(next);
    // The half line that was written on the full disk came again after it: nothing is lost.
    const samples = await scrapeUntil(admin, (all) => all.length > 0);
    expect(sum(samples, 'barbossa_logs_dropped_total')).toBe(0);
  },
);

function setFileLimit(pid: number | undefined, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}

test('the folder is removed in an outage: all arrive, once', async () => {
  const spool = path.join(makeFolder(), 'spool');
  const receiver = await startReceiver();
  receiver.status = 503;
  const app = startWriter(['steady', 'line', '2000'], { collector: receiver.url, spool });
  await app.waitFor(/"line 500"/);
  rmSync(spool, { recursive: true });
  await app.waitFor(/done/);
  receiver.status = 200;
  await receiver.waitFor((records) => records.length >= 2_000, 30_000);
  expect(findMissing(readWritten(app), receiver.records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test.runIf(hasPrlimit)('no descriptors are left for a while (needs prlimit): all, once', async () => {
  const receiver = await startReceiver();
  receiver.status = 503;
  const app = startWriter(['steady', 'line', '2000'], { collector: receiver.url });
  await app.waitFor(/"line 10"/);
  const pid = String(app.child.pid);
  execFileSync('prlimit', ['--pid', pid, '--nofile=10:']);
  await app.waitFor(/"line 1000"/);
  execFileSync('prlimit', ['--pid', pid, '--nofile=500:']);
  await app.waitFor(/done/);
  receiver.status = 200;
  await receiver.waitFor((records) => records.length >= 2_000, 30_000);
  expect(findMissing(readWritten(app), receiver.records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test('off: nothing is written, and records wait in memory', async () => {
  const folder = makeFolder();
  const receiver = await startReceiver();
  receiver.status = 503;
  const env = { TMPDIR: folder };
  const app = startWriter(['steady', 'line', '100'], { collector: receiver.url, spool: 'off', env });
  await app.waitFor(/done/);
  receiver.status = 200;
  await receiver.waitFor((records) => records.length === 100);
  expect(readdirSync(folder)).toEqual([]);
  expect(readBodies(receiver.records)).toHaveLength(100);
});

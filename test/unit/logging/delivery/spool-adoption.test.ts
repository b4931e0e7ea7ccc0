import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  currentOwner,
  isGone,
  parseFileName,
  printFileName,
  type SpoolOwner,
} from '../../../../src/logging/delivery/spool-owner.js';
import { captureStream } from '../test-logs.js';
import { list, makeFolder, makeSegment, openSpool, readNumbers } from './test-spool.js';

const SELF = currentOwner('barbossa');
/** Higher than any process id of Linux. */
const NO_PID = 4_999_999;

/** Writes a segment as another process would have. */
function leave(folder: string, owner: Partial<SpoolOwner>, sequence = 1, ageMs = 0): string {
  const segment = makeSegment('low', sequence);
  const name = printFileName({ owner: { ...SELF, ...owner }, sequence, lane: 'low' });
  const spool = openSpool(folder);
  spool.saveSync(segment);
  fs.renameSync(path.join(folder, segment.file ?? ''), path.join(folder, name));
  const then = new Date(Date.now() - ageMs);
  fs.utimesSync(path.join(folder, name), then, then);
  return name;
}

/** Another process, and how its files would name it. */
async function startIdle(): Promise<{
  readonly child: ChildProcess;
  readonly owner: SpoolOwner;
  readonly hasProc: boolean;
}> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  const hasProc = fs.existsSync(`/proc/${pid}/stat`);
  const stat = hasProc ? fs.readFileSync(`/proc/${pid}/stat`, 'latin1') : '';
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '1';
  return { child, owner: { ...SELF, pid, started }, hasProc };
}

test('a name says whose a file is', () => {
  const name = printFileName({ owner: SELF, sequence: 12, lane: 'high' });
  expect(parseFileName(name)).toEqual({ owner: SELF, sequence: 12, lane: 'high' });
  expect(SELF.pid).toBe(process.pid);
  expect(SELF.host).toMatch(/^[0-9a-f]{8}$/);
  expect(currentOwner('other').service).not.toBe(SELF.service);
});

test.each(['', 'a.otlp', `../${printFileName({ owner: SELF, sequence: 1, lane: 'low' })}`, '.otlp', 'x-high.otlp'])(
  'not a segment: %j',
  (name) => expect(parseFileName(name)).toBeUndefined(),
);

test('processes that are gone, and those that are not', async () => {
  const { child, owner, hasProc } = await startIdle();
  expect(isGone(SELF, SELF)).toBe(false);
  expect(isGone({ ...SELF, started: '1' }, SELF)).toBe(true);
  expect(isGone({ ...SELF, pid: NO_PID }, SELF)).toBe(true);
  expect(isGone({ ...SELF, host: 'ffffffff' }, SELF)).toBeUndefined();
  expect(isGone(owner, SELF)).toBe(false);
  // The same process id, used again by another process: to be seen where there is /proc.
  expect(isGone({ ...owner, started: '1' }, SELF)).toBe(hasProc);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isGone(owner, SELF)).toBe(true);
});

test('takes what dead processes of the service have left, oldest first', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  leave(folder, { pid: NO_PID }, 3, 1_000);
  leave(folder, { pid: NO_PID }, 1, 3_000);
  leave(folder, { pid: NO_PID, started: '7' }, 2, 2_000);
  const adopted = await spool.adopt();
  const contents = await Promise.all(adopted.map(({ file }) => spool.load(file)));
  expect(contents.flatMap((content) => readNumbers(content?.lines ?? []))).toEqual([1, 2, 3]);
  expect(adopted.map(({ bytes }) => bytes > 0)).toEqual([true, true, true]);
  expect(list(folder).map((name) => parseFileName(name)?.owner)).toEqual([SELF, SELF, SELF]);
  // Ours now.
  expect(await spool.adopt()).toEqual([]);
});

test('of several takers one wins', async () => {
  const folder = makeFolder();
  for (let n = 1; n <= 20; n++) leave(folder, { pid: NO_PID }, n);
  const takers = [openSpool(folder), openSpool(folder), openSpool(folder)];
  const taken = await Promise.all(takers.map((spool) => spool.adopt()));
  expect(taken.flat()).toHaveLength(20);
});

test('leaves living processes, other services, and hosts that may live alone', async () => {
  const folder = makeFolder();
  const { owner } = await startIdle();
  leave(folder, owner);
  const other = currentOwner('barbossa-worker').service;
  leave(folder, { service: other, pid: NO_PID });
  leave(folder, { host: 'ffffffff', pid: 1 }, 1, 60_000);
  const before = list(folder);
  expect(await openSpool(folder).adopt()).toEqual([]);
  expect(list(folder)).toEqual(before);
});

test('takes the files of another host when nobody has touched them for minutes', async () => {
  const folder = makeFolder();
  leave(folder, { host: 'ffffffff', pid: 1 }, 1, 300_000);
  expect(await openSpool(folder).adopt()).toHaveLength(1);
});

test('touches its own files, so that other hosts see that it lives', async () => {
  const folder = makeFolder();
  const name = leave(folder, {}, 1, 300_000);
  expect(await openSpool(folder).adopt()).toEqual([]);
  expect(Date.now() - fs.statSync(path.join(folder, name)).mtimeMs).toBeLessThan(60_000);
});

test('leaves links, folders, foreign files and what is too large alone, with a line for each kind', async () => {
  const stderr = captureStream('stderr');
  const folder = makeFolder();
  const huge = leave(folder, { pid: NO_PID }, 1);
  fs.truncateSync(path.join(folder, huge), 9_000_000);
  const nameOf = (sequence: number): string =>
    path.join(folder, printFileName({ owner: { ...SELF, pid: NO_PID }, sequence, lane: 'low' }));
  fs.symlinkSync(path.join(folder, huge), nameOf(2));
  fs.mkdirSync(nameOf(3));
  fs.writeFileSync(path.join(folder, 'notes.txt'), 'mine');
  const before = list(folder);
  expect(await openSpool(folder).adopt()).toEqual([]);
  expect(list(folder)).toEqual(before);
  expect(stderr.filter((line) => line.includes('holds 3 thing(s) that are not ours'))).toHaveLength(1);
  expect(stderr.filter((line) => line.includes('has 9000000 bytes'))).toHaveLength(1);
});

test('a folder that is gone is not an error', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  fs.rmSync(folder, { recursive: true });
  expect(await spool.adopt()).toEqual([]);
});

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createOwner, parseFileName, printFileName } from '../../../src/delivery/spool-owner.js';
import type { Spool } from '../../../src/delivery/spool.js';
import { captureStream } from '../logs/test-logs.js';
import { list, makeFolder, makeSegment, openSpool, readNumbers } from './test-spool.js';

const QUIET_MS = 120_000;
const GONE = createOwner('barbossa', 'socket');

/** Writes a segment as a process would have that is gone. */
function leave(folder: string, n: number, name = printFileName(GONE, n * 1_000, n, 'low')): string {
  const other = makeFolder();
  const segment = makeSegment('low', n);
  openSpool(other).saveSync(segment);
  fs.copyFileSync(path.join(other, segment.file ?? ''), path.join(folder, name));
  return name;
}

async function take(spool: Spool): Promise<number[]> {
  const adopted = await spool.adopt();
  const contents = await Promise.all(adopted.map(({ file, from, to }) => spool.load(file, { from, to })));
  return contents.flatMap((content) => readNumbers(content?.lines ?? []));
}

/** A clock that is ours to set; nothing else has it. */
function setClock(): { ms: number } {
  const clock = { ms: 1_000 };
  vi.spyOn(performance, 'now').mockImplementation(() => clock.ms);
  onTestFinished(() => void vi.restoreAllMocks());
  return clock;
}

test('takes what dead processes of the service have left, at once and oldest first', async () => {
  const folder = makeFolder();
  for (const n of [3, 1, 2]) leave(folder, n);
  const spool = openSpool(folder);
  expect(await take(spool)).toEqual([1, 2, 3]);
  expect(new Set(list(folder).map((name) => parseFileName(name)?.process)).size).toBe(1);
  // Ours now.
  expect(await spool.adopt()).toEqual([]);
});

test.each(['', '{"scope":{}}\t{"body":1}\n'])(
  'a file of a record that was set aside is taken up though it is damaged: %j',
  async (text) => {
    const folder = makeFolder();
    fs.writeFileSync(path.join(folder, printFileName(GONE, 1_000, 1, 'aside')), text);
    const adopted = await openSpool(folder).adopt();
    expect(adopted).toMatchObject([{ lane: 'aside', count: 1 }]);
    expect(fs.existsSync(path.join(folder, adopted[0]?.file ?? 'none'))).toBe(true);
  },
);

test('of several takers one wins', async () => {
  const folder = makeFolder();
  for (let n = 1; n <= 20; n++) leave(folder, n);
  const taken = await Promise.all([1, 2, 3].map(() => openSpool(folder).adopt()));
  expect(taken.flat()).toHaveLength(20);
});

test('a process that lives keeps its files, whatever the clocks say; one that is gone does not', async () => {
  const folder = makeFolder();
  const living = openSpool(folder);
  const segment = makeSegment('low', 1);
  living.saveSync(segment);
  fs.utimesSync(path.join(folder, segment.file ?? ''), 1, 1);
  const clock = setClock();
  const spool = openSpool(folder);
  expect(await spool.adopt()).toEqual([]);
  clock.ms += 2 * QUIET_MS;
  expect(await spool.adopt()).toEqual([]);
  const socket = fs.readdirSync(folder).find((name) => name.endsWith('.sock'));
  fs.rmSync(path.join(folder, socket ?? ''));
  expect(await take(spool)).toEqual([1]);
});

test('a process that computes answers nobody, and lives', async () => {
  const folder = makeFolder();
  const name = leave(folder, 1);
  const at = path.join(folder, name.replace(/-\d+-\d+-low\.otlp$/, '.sock'));
  const server = net.createServer().listen({ path: at, backlog: 1 });
  const sockets: net.Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await vi.waitUntil(() => server.listening);
  for (let n = 0; n < 5; n++) sockets.push(net.connect(at).on('error', () => {}));
  expect(await openSpool(folder).adopt()).toEqual([]);
});

test.each([
  ['of another kernel', () => printFileName({ ...GONE, boot: 'ffffffff' }, 1, 1, 'low')],
  ['without a socket', () => printFileName({ ...GONE, sign: 'touch' }, 1, 1, 'low')],
  ['of version 0.1.0', () => `${GONE.service}-5bce98f7-1-311990-2-low.otlp`],
])('a process %s is gone when it has touched nothing for two minutes of our own clock', async (_what, name) => {
  const folder = makeFolder();
  const at = path.join(folder, leave(folder, 1, name()));
  const clock = setClock();
  const spool = openSpool(folder);
  // Hours behind, hours ahead: no matter.
  for (const hours of [-5, 5]) {
    fs.utimesSync(at, Date.now() / 1_000 + hours * 3_600, Date.now() / 1_000 + hours * 3_600);
    expect(await spool.adopt()).toEqual([]);
    clock.ms += QUIET_MS - 1;
    expect(await spool.adopt()).toEqual([]);
  }
  clock.ms += 1;
  expect(await take(spool)).toEqual([1]);
});

test('files of other services and of later versions are left alone, the latter with one line', async () => {
  const stderr = captureStream('stderr');
  const folder = makeFolder();
  leave(folder, 1, printFileName(createOwner('barbossa-worker', 'socket'), 1, 1, 'low'));
  leave(folder, 2, `v3-${GONE.service}-anything.otlp`);
  leave(folder, 3, `v12-${GONE.service}-anything.otlp`);
  const before = list(folder);
  expect(await openSpool(folder).adopt()).toEqual([]);
  expect(list(folder)).toEqual(before);
  expect(stderr).toHaveLength(1);
  expect(stderr[0]).toContain('holds 2 file(s) of a later version; left alone');
});

test('leaves links, folders, foreign files and what is too large alone, with a line for each kind', async () => {
  const stderr = captureStream('stderr');
  const folder = makeFolder();
  const huge = leave(folder, 1);
  fs.truncateSync(path.join(folder, huge), 9_000_000);
  const nameOf = (sequence: number): string => path.join(folder, printFileName(GONE, 1, sequence, 'low'));
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

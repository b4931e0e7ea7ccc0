import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAdoptedSegment, type Segment } from '../../../src/delivery/segment.js';
import { Spool } from '../../../src/delivery/spool.js';
import { captureStream } from '../logs/test-logs.js';
import {
  addLines,
  list,
  makeFolder,
  makeLine,
  makeSegment,
  openSpool,
  readNumbers,
  readSaved,
  RESOURCE,
} from './test-spool.js';

/** Makes writes fail as a full disk does, after `bytes` more. */
function fillDisk(bytes = 0): () => void {
  const original = fs.writeSync;
  const spy = vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, buffer: Buffer, at: number) => {
    if (bytes > 0) original(fd, buffer, at, bytes);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }) as unknown as typeof fs.writeSync);
  const restore = (): void => spy.mockRestore();
  onTestFinished(restore);
  return restore;
}

async function loadNumbers(spool: Spool, file: string | undefined): Promise<number[]> {
  return readNumbers((await spool.load(file ?? ''))?.lines ?? []);
}

test('saves what is new of a segment, and loads it again', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1, 2);
  spool.saveSync(segment);
  expect(segment.saved).toBe(2);
  addLines(segment, 3);
  spool.saveSync(segment);
  expect(list(folder)).toEqual([segment.file]);
  expect(await spool.load(segment.file ?? '')).toEqual({
    resource: RESOURCE,
    lines: [makeLine(1), makeLine(2), makeLine(3)],
    corrupt: 0,
  });
  expect(fs.statSync(path.join(folder, segment.file ?? '')).mode & 0o777).toBe(0o600);
});

test('segments of a lane are in one file, which stays open; each is loaded by itself', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segments = [makeSegment('low', 1, 2), makeSegment('low', 3), makeSegment('high', 4)];
  for (const segment of segments) spool.saveSync(segment);
  expect(list(folder)).toHaveLength(2);
  const loaded = await Promise.all(segments.map((segment) => spool.load(segment.file ?? '', segment)));
  expect(loaded.map((content) => readNumbers(content?.lines ?? []))).toEqual([[1, 2], [3], [4]]);
});

test('what is acknowledged is not sent again after a crash, whatever order it comes in', () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segments = [1, 2, 3, 4].map((n) => makeSegment('low', n));
  for (const segment of segments) spool.saveSync(segment);
  for (const index of [1, 3]) {
    const segment = segments[index] as Segment;
    segment.done = true;
    spool.remove(segment);
  }
  expect(readSaved(folder)).toEqual([1, 3]);
});

test('nothing is opened, closed or removed for a line that is taken at once', () => {
  const spool = openSpool(makeFolder());
  const calls = (['openSync', 'closeSync', 'unlink', 'rmSync'] as const).map((method) => vi.spyOn(fs, method));
  const count = (): number => calls.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  onTestFinished(() => void vi.restoreAllMocks());
  const counts = Array.from({ length: 50 }, (_, n) => {
    const segment = makeSegment('low', n);
    spool.saveSync(segment);
    segment.done = true;
    spool.remove(segment);
    return count();
  });
  expect(new Set(counts).size).toBe(1);
});

test('the end leaves an empty folder where nothing waits', () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1);
  spool.saveSync(segment);
  segment.done = true;
  spool.remove(segment);
  spool.removeAllSync();
  expect(fs.readdirSync(folder)).toEqual([]);
  // Last words come after it.
  spool.saveSync(makeSegment('low', 2));
  expect(readSaved(folder)).toEqual([2]);
});

test('a folder that somebody has removed is made again, with all that waits', async () => {
  const folder = path.join(makeFolder(), 'spool');
  const spool = openSpool(folder);
  spool.attach({ maxBytes: 1_000_000, canGiveUp: () => true, giveUp: () => {}, onGivenUp: () => {} });
  const segment = makeSegment('low', 1);
  spool.saveSync(segment);
  fs.rmSync(folder, { recursive: true });
  await spool.adopt();
  addLines(segment, 2);
  expect(spool.saveSync(segment)).toBe(true);
  expect(readSaved(folder)).toEqual([1, 2]);
});

test('a file that is gone is undefined, one that is a link is an error', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  expect(await spool.load('nothing.otlp')).toBeUndefined();
  fs.writeFileSync(path.join(folder, 'target'), 'secret');
  fs.symlinkSync(path.join(folder, 'target'), path.join(folder, 'link.otlp'));
  await expect(spool.load('link.otlp')).rejects.toMatchObject({ code: 'ELOOP' });
});

test('a full disk: one warning, then memory only, until there is room', async () => {
  const stderr = captureStream('stderr');
  const spool = openSpool(makeFolder());
  const segment = makeSegment('low', 1);
  spool.saveSync(segment);
  const restore = fillDisk();
  addLines(segment, 2);
  spool.saveSync(segment);
  spool.saveSync(segment);
  expect(segment.saved).toBe(1);
  expect(spool.usable).toBe(false);
  expect(stderr.filter((line) => line.includes('cannot be written: ENOSPC'))).toHaveLength(1);
  restore();
  spool.retryNow();
  expect(spool.saveSync(segment)).toBe(true);
  expect(stderr.filter((line) => line.includes('can be written again'))).toHaveLength(1);
  expect(await loadNumbers(spool, segment.file)).toEqual([1, 2]);
});

test('half a line that a full disk has left is not the beginning of the next one, and not a loss', async () => {
  captureStream('stderr');
  const spool = openSpool(makeFolder());
  const segment = makeSegment('low', 1);
  spool.saveSync(segment);
  const restore = fillDisk(7);
  addLines(segment, 2);
  spool.saveSync(segment);
  restore();
  spool.retryNow();
  spool.saveSync(segment);
  expect(await spool.load(segment.file ?? '')).toMatchObject({ lines: [makeLine(1), makeLine(2)], corrupt: 0 });
});

test('a full disk from the beginning leaves no file without a header and no file open', async () => {
  captureStream('stderr');
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1);
  fillDisk();
  expect(spool.saveSync(segment)).toBe(false);
  expect(segment.file).toBeUndefined();
  spool.removeAllSync();
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a segment that is on disk only has nothing to save', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const adopted = createAdoptedSegment('low', { resource: RESOURCE, file: 'x.otlp', from: 0, to: 10, count: 1 });
  expect(spool.saveSync(adopted)).toBe(true);
  expect(list(folder)).toEqual([]);
});

test('the folder is made, for its owner only', () => {
  const folder = path.join(makeFolder(), 'a', 'b');
  openSpool(folder);
  expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
});

test.each([
  ['a symbolic link', 'it is a symbolic link'],
  ['a file', 'EEXIST'],
  ['open to others', 'others may write to it (chmod 700 mends that)'],
  ["somebody else's", 'the application runs as'],
])('a folder that is %s is not used, and one warning says so', (what, reason) => {
  const stderr = captureStream('stderr');
  const folder = makeFolder();
  const at = path.join(folder, 'spool');
  if (what === 'a file') fs.writeFileSync(at, '');
  else if (what === 'a symbolic link') fs.symlinkSync(folder, at);
  else fs.mkdirSync(at);
  if (what === 'open to others') fs.chmodSync(at, 0o777);
  const { uid } = fs.lstatSync(at);
  if (what === "somebody else's") vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  onTestFinished(() => void vi.restoreAllMocks());
  expect(Spool.open({ directory: at, serviceName: 'barbossa' })).toBeUndefined();
  expect(stderr).toHaveLength(1);
  expect(stderr[0]).toContain(`log spool ${at} is not used: `);
  expect(stderr[0]).toContain(reason);
});

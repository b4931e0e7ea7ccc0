import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAdoptedSegment } from '../../../../src/logging/delivery/segment.js';
import { Spool } from '../../../../src/logging/delivery/spool.js';
import { captureStream } from '../test-logs.js';
import { addLines, list, makeFolder, makeLine, makeSegment, openSpool, readNumbers, RESOURCE } from './test-spool.js';

/** Makes writes fail as a full disk does, after `bytes` more. */
function fillDisk(bytes = 0): () => void {
  const original = fs.writeSync;
  const spies = [
    vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, buffer: Buffer, at: number) => {
      if (bytes > 0) original(fd, buffer, at, bytes);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }) as unknown as typeof fs.writeSync),
    vi.spyOn(fs, 'write').mockImplementation(((_fd: number, _buffer: Buffer, _at: number, done: (e: Error) => void) => {
      setImmediate(() => done(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })));
    }) as unknown as typeof fs.write),
  ];
  const restore = (): void => {
    for (const spy of spies) spy.mockRestore();
  };
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
  await spool.save(segment);
  expect(segment.saved).toBe(2);
  addLines(segment, 3);
  await spool.save(segment);
  expect(list(folder)).toEqual([segment.file]);
  expect(await spool.load(segment.file ?? '')).toEqual({
    resource: RESOURCE,
    lines: [makeLine(1), makeLine(2), makeLine(3)],
    corrupt: 0,
  });
  expect(fs.statSync(path.join(folder, segment.file ?? '')).mode & 0o777).toBe(0o600);
});

test('a sealed segment that is saved keeps no file open; an open one keeps one', async () => {
  const spool = openSpool(makeFolder());
  const segment = makeSegment('low', 1);
  await spool.save(segment);
  expect(segment.fd).toBeTypeOf('number');
  segment.sealed = true;
  await spool.save(segment);
  expect(segment.fd).toBeUndefined();
});

test('saves at once while a write is under way: nothing is missing and nothing is there twice', async () => {
  const spool = openSpool(makeFolder());
  const segment = makeSegment('low', 1, 2);
  const saving = spool.save(segment);
  addLines(segment, 3);
  expect(spool.saveSync(segment)).toBe(true);
  await saving;
  expect((await loadNumbers(spool, segment.file)).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
});

test('a segment that is saved at once may grow and be saved again, in the same file', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('high', 1);
  segment.sealed = true;
  spool.saveSync(segment);
  addLines(segment, 2);
  spool.saveSync(segment);
  expect(list(folder)).toHaveLength(1);
  expect(await loadNumbers(spool, segment.file)).toEqual([1, 2]);
});

test('what is acknowledged is removed, also when that happens during a write', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const calm = makeSegment('low', 1);
  const hasty = makeSegment('low', 2);
  await spool.save(calm);
  const saving = spool.save(hasty);
  for (const segment of [calm, hasty]) {
    segment.done = true;
    spool.remove(segment);
  }
  await saving;
  await vi.waitUntil(() => list(folder).length === 0);
  expect([calm.fd, hasty.fd]).toEqual([undefined, undefined]);
});

test('what is being removed can be removed at once', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1);
  await spool.save(segment);
  spool.remove(segment);
  spool.removeAllSync();
  expect(list(folder)).toEqual([]);
});

test('a file that somebody has removed is written anew, with all lines', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1);
  segment.sealed = true;
  await spool.save(segment);
  fs.rmSync(path.join(folder, segment.file ?? ''));
  addLines(segment, 2);
  await spool.save(segment);
  expect(list(folder)).toEqual([segment.file]);
});

test('a file that is gone is undefined, one that is a link is an error', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  expect(await spool.load('nothing.otlp')).toBeUndefined();
  fs.writeFileSync(path.join(folder, 'target'), 'secret');
  fs.symlinkSync(path.join(folder, 'target'), path.join(folder, 'link.otlp'));
  await expect(spool.load('link.otlp')).rejects.toMatchObject({ code: 'ELOOP' });
});

test.each(['save', 'saveSync'] as const)(
  '%s on a full disk: one warning, then memory only, until there is room',
  async (how) => {
    const stderr = captureStream('stderr');
    const folder = makeFolder();
    const spool = openSpool(folder);
    const segment = makeSegment('low', 1);
    await spool.save(segment);
    const restore = fillDisk();
    addLines(segment, 2);
    await spool[how](segment);
    await spool[how](segment);
    expect(segment.saved).toBe(1);
    expect(spool.usable).toBe(false);
    expect(stderr.filter((line) => line.includes('cannot be written: ENOSPC'))).toHaveLength(1);
    restore();
    spool.retryNow();
    expect(spool.saveSync(segment)).toBe(true);
    expect(stderr.filter((line) => line.includes('can be written again'))).toHaveLength(1);
    expect(await loadNumbers(spool, segment.file)).toEqual([1, 2]);
  },
);

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
  expect([segment.file, segment.fd]).toEqual([undefined, undefined]);
  expect(list(folder)).toEqual([]);
});

test('a segment that is on disk only has nothing to save', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const adopted = createAdoptedSegment('low', 'x.otlp', 10);
  await spool.save(adopted);
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
  expect(Spool.open(at, 'barbossa')).toBeUndefined();
  expect(stderr).toHaveLength(1);
  expect(stderr[0]).toContain(`log spool ${at} is not used: `);
  expect(stderr[0]).toContain(reason);
});

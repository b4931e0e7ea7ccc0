import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { Buffers, type BuffersOptions } from '../../../../src/logging/delivery/buffers.js';
import { lineBytes, type Segment } from '../../../../src/logging/delivery/segment.js';
import { captureStream } from '../test-logs.js';
import { list, makeFolder, makeLine, makeSegment, openSpool, readNumbers, RESOURCE } from './test-spool.js';

const INFO = 9;
const WARN = 13;

interface TestBuffers {
  readonly buffers: Buffers;
  readonly dropped: Record<string, number>;
  /** Takes out everything that waits, as the dispatcher does, and gives what its records say. */
  readonly drain: () => Promise<number[]>;
}

function makeBuffers(options: Partial<BuffersOptions> = {}): TestBuffers {
  const dropped: Record<string, number> = {};
  const buffers = new Buffers({
    spool: undefined,
    resource: RESOURCE,
    memoryBytes: 1_000_000,
    spoolBytes: 1_000_000,
    batchSize: 10,
    onDropped: (reason, count) => (dropped[reason] = (dropped[reason] ?? 0) + count),
    ...options,
  });
  const drain = async (): Promise<number[]> => {
    buffers.sealAll();
    const numbers: number[] = [];
    for (let next = buffers.next(); next !== undefined; next = buffers.next()) {
      numbers.push(...readNumbers((await buffers.read(next))?.lines ?? []));
      buffers.finish(next);
    }
    return numbers;
  };
  return { buffers, dropped, drain };
}

function append(buffers: Buffers, severity: number, first: number, count: number, bulk = 0): void {
  for (let n = first; n < first + count; n++) buffers.append(makeLine(n, bulk), severity);
}

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n);

test('records leave in the order in which they came, warnings first', async () => {
  const { buffers, drain, dropped } = makeBuffers();
  append(buffers, INFO, 0, 25);
  append(buffers, WARN, 100, 3);
  expect(await drain()).toEqual([...range(100, 3), ...range(0, 25)]);
  expect(buffers.empty).toBe(true);
  expect(dropped).toEqual({});
});

test('a segment is full at the batch size, and at an eighth of the memory', () => {
  const { buffers } = makeBuffers({ memoryBytes: 8_000 });
  expect(range(1, 10).map((n) => buffers.append(makeLine(n), INFO))).toEqual(range(1, 10).map((n) => n === 10));
  expect(buffers.append(makeLine(0, 500), INFO)).toBe(false);
  expect(buffers.append(makeLine(0, 500), INFO)).toBe(true);
});

test('what is in flight stays so until it is finished, or goes to the end of its queue', () => {
  const { buffers } = makeBuffers();
  append(buffers, INFO, 0, 20);
  const first = buffers.next();
  expect(buffers.next()).toBe(first);
  buffers.postpone(first as Segment);
  const second = buffers.next();
  expect(second).not.toBe(first);
  buffers.finish(second as Segment);
  expect(buffers.next()).toBe(first);
});

test('memory alone: never more than the bound; what comes then is given up below WARNING, and counted', async () => {
  const bytes = lineBytes(makeLine(10, 100));
  const { buffers, drain, dropped } = makeBuffers({ memoryBytes: bytes * 30 });
  append(buffers, INFO, 10, 40, 100);
  expect(dropped).toEqual({ buffer_full: 10 });
  append(buffers, WARN, 60, 20, 100);
  const left = await drain();
  expect(left.slice(0, 20)).toEqual(range(60, 20));
  // Whole segments of the others were given up, the oldest first.
  expect(left.slice(20)).toEqual(range(30, 10));
  expect(dropped).toEqual({ buffer_full: 30 });
});

test('nothing but warnings, and no room: the newest are given up and counted', async () => {
  const bytes = lineBytes(makeLine(10, 100));
  const { buffers, drain, dropped } = makeBuffers({ memoryBytes: bytes * 20 });
  append(buffers, WARN, 10, 30, 100);
  expect(dropped).toEqual({ buffer_full: 10 });
  expect(await drain()).toEqual(range(10, 20));
});

test('an open segment below WARNING gives way too', async () => {
  const bytes = lineBytes(makeLine(10, 100));
  const { buffers, drain, dropped } = makeBuffers({ memoryBytes: bytes * 8, batchSize: 100 });
  append(buffers, INFO, 10, 8, 100);
  append(buffers, WARN, 20, 8, 100);
  expect(dropped).toEqual({ buffer_full: 8 });
  expect(await drain()).toEqual(range(20, 8));
});

test('beyond the memory records are on disk only, and come back whole', async () => {
  const folder = makeFolder();
  const bytes = lineBytes(makeLine(100, 100));
  const { buffers, drain, dropped } = makeBuffers({ spool: openSpool(folder), memoryBytes: bytes * 40 });
  append(buffers, INFO, 100, 500, 100);
  expect(list(folder).length).toBeGreaterThan(40);
  expect(await drain()).toEqual(range(100, 500));
  expect(dropped).toEqual({});
  await vi.waitUntil(() => list(folder).length === 0);
});

test('the folder has a bound too', async () => {
  const folder = makeFolder();
  const bytes = lineBytes(makeLine(100, 100));
  const options = { spool: openSpool(folder), memoryBytes: bytes * 40, spoolBytes: bytes * 100 };
  const { buffers, drain, dropped } = makeBuffers(options);
  append(buffers, INFO, 100, 150, 100);
  append(buffers, WARN, 500, 95, 100);
  const sizeOf = (name: string): number => fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  const total = (): number => list(folder).reduce((sum, name) => sum + sizeOf(name), 0);
  // What is given up is unlinked without waiting.
  await expect.poll(total).toBeLessThanOrEqual(bytes * 100 + 100 * RESOURCE.length);
  const left = await drain();
  expect(left.filter((n) => n >= 500)).toEqual(range(500, 95));
  expect(left.length + (dropped['buffer_full'] ?? 0)).toBe(245);
});

test('a disk that cannot be written: memory only, within its bound', async () => {
  captureStream('stderr');
  const spool = openSpool(makeFolder());
  vi.spyOn(spool, 'saveSync').mockReturnValue(false);
  const bytes = lineBytes(makeLine(100, 100));
  const { buffers, drain, dropped } = makeBuffers({ spool, memoryBytes: bytes * 40 });
  append(buffers, INFO, 100, 60, 100);
  expect(dropped).toEqual({ buffer_full: 20 });
  expect(await drain()).toEqual(range(100, 40));
});

test('what is saved at once is on disk, whole; what is not is counted', () => {
  const folder = makeFolder();
  const { buffers } = makeBuffers({ spool: openSpool(folder) });
  append(buffers, INFO, 0, 15);
  append(buffers, WARN, 100, 1);
  buffers.next();
  expect(buffers.saveSync()).toBe(0);
  expect(list(folder)).toHaveLength(3);
  append(buffers, INFO, 15, 1);
  expect(buffers.saveSync()).toBe(0);
  expect(list(folder)).toHaveLength(3);
  const memory = makeBuffers().buffers;
  append(memory, INFO, 0, 15);
  expect(memory.saveSync()).toBe(15);
});

test('what the collector has answered for is not lost with the process', () => {
  const { buffers } = makeBuffers();
  append(buffers, INFO, 0, 10);
  const segment = buffers.next();
  if (segment !== undefined) segment.sent = 4;
  expect(buffers.saveSync()).toBe(6);
});

test('saves what is unsaved, and says whether something is left', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const { buffers } = makeBuffers({ spool });
  append(buffers, INFO, 0, 15);
  expect(await buffers.save()).toBe(false);
  expect(list(folder)).toHaveLength(2);
  vi.spyOn(spool, 'save').mockResolvedValue();
  append(buffers, INFO, 15, 1);
  expect(await buffers.save()).toBe(true);
});

test('files of earlier processes come before what this one has written, oldest first', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const files = [makeSegment('low', 1, 2), makeSegment('low', 3), makeSegment('high', 4)].map((segment) => {
    spool.saveSync(segment);
    return { lane: segment.lane, file: segment.file ?? '', bytes: segment.bytes };
  });
  const { buffers, drain } = makeBuffers({ spool });
  append(buffers, INFO, 10, 1);
  append(buffers, WARN, 20, 1);
  buffers.addAdopted(files);
  expect(await drain()).toEqual([4, 20, 1, 2, 3, 10]);
  expect(buffers.empty).toBe(true);
});

test('the records of an adopted file that is given up are counted', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', ...range(0, 50));
  spool.saveSync(segment);
  const { buffers, dropped, drain } = makeBuffers({ spool, spoolBytes: segment.bytes + 10, memoryBytes: 100_000 });
  buffers.addAdopted([{ lane: 'low', file: segment.file ?? '', bytes: segment.bytes }]);
  append(buffers, WARN, 100, 3);
  await vi.waitUntil(() => dropped['buffer_full'] === 50);
  expect(await drain()).toEqual(range(100, 3));
  await vi.waitUntil(() => list(folder).length === 0);
});

test('damaged lines are counted once, also when the file is read again', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1, 2);
  spool.saveSync(segment);
  fs.appendFileSync(path.join(folder, segment.file ?? ''), 'torn');
  const { buffers, dropped } = makeBuffers({ spool });
  buffers.addAdopted([{ lane: 'low', file: segment.file ?? '', bytes: 100 }]);
  const next = buffers.next() as Segment;
  expect((await buffers.read(next))?.lines).toHaveLength(2);
  next.failures = 1;
  await buffers.read(next);
  expect(dropped).toEqual({ spool_corrupt: 1 });
});

test("a file that cannot be read stays where it is, with one warning; one that is gone is somebody else's", async () => {
  const stderr = captureStream('stderr');
  const folder = makeFolder();
  const spool = openSpool(folder);
  fs.mkdirSync(path.join(folder, 'unreadable'));
  const { buffers, drain, dropped } = makeBuffers({ spool });
  buffers.addAdopted([
    { lane: 'low', file: 'unreadable', bytes: 10 },
    { lane: 'low', file: 'gone', bytes: 10 },
  ]);
  expect(await drain()).toEqual([]);
  expect(list(folder)).toEqual(['unreadable']);
  expect(dropped).toEqual({});
  expect(stderr).toHaveLength(1);
  expect(buffers.empty).toBe(true);
});

test("records of a file without a resource are nobody's: counted", async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1, 2);
  spool.saveSync(segment);
  const at = path.join(folder, segment.file ?? '');
  fs.writeFileSync(at, fs.readFileSync(at, 'utf8').replace(RESOURCE, 'x'));
  const { buffers, drain, dropped } = makeBuffers({ spool });
  buffers.addAdopted([{ lane: 'low', file: segment.file ?? '', bytes: 100 }]);
  expect(await drain()).toEqual([]);
  expect(dropped).toEqual({ spool_corrupt: 2 });
});

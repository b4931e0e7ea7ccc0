import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Buffers, type BuffersOptions } from '../../../src/delivery/buffers.js';
import { lineBytes, type Lane, type Segment } from '../../../src/delivery/segment.js';
import type { AdoptedFile } from '../../../src/delivery/spool-adoption.js';
import { captureStream } from '../logs/test-logs.js';
import {
  list,
  makeFolder,
  makeLine,
  makeSegment,
  openSpool,
  readNumbers,
  readSaved,
  RESOURCE,
  store,
} from './test-spool.js';

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

/** What an earlier process has saved, as adoption gives it. */
function leaveFile(folder: string, segment: Segment): AdoptedFile & { readonly lane: Lane } {
  openSpool(folder).saveSync(segment);
  return { ...store(segment), lane: segment.lane };
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

test('what is taken stays out until it is finished, given back to its place, or put at the end', () => {
  const { buffers } = makeBuffers();
  append(buffers, INFO, 0, 30);
  const [first, second, third] = [buffers.next(), buffers.next(), buffers.next()] as Segment[];
  expect(buffers.next()).toBeUndefined();
  for (const segment of [third, first, second]) buffers.giveBack(segment as Segment);
  expect(buffers.next()).toBe(first);
  buffers.postpone(first as Segment);
  expect([buffers.next(), buffers.next(), buffers.next()]).toEqual([second, third, first]);
  buffers.finish(first as Segment);
  expect(buffers.empty).toBe(false);
});

test('instead of one that failed comes one that failed less, of the other lane first', () => {
  const { buffers } = makeBuffers();
  append(buffers, WARN, 0, 20);
  append(buffers, INFO, 20, 10);
  const failed = buffers.next() as Segment;
  failed.failures = 1;
  buffers.giveBack(failed);
  const other = buffers.nextOther('high') as Segment;
  expect(other.lane).toBe('low');
  other.failures = 2;
  buffers.giveBack(other);
  expect(buffers.nextOther('high')?.failures).toBe(0);
  expect(buffers.nextOther('high')).toBe(failed);
});

test('memory alone: never more than the bound; the oldest below WARNING are given up, and counted', async () => {
  const bytes = lineBytes(makeLine(10, 100));
  const { buffers, drain, dropped } = makeBuffers({ memoryBytes: bytes * 30 });
  append(buffers, INFO, 10, 40, 100);
  // Whole segments, which are of four lines here.
  expect(dropped).toEqual({ buffer_full: 12 });
  append(buffers, WARN, 60, 20, 100);
  const left = await drain();
  expect(left.slice(0, 20)).toEqual(range(60, 20));
  expect(left.slice(20)).toEqual(range(42, 8));
  expect(dropped).toEqual({ buffer_full: 32 });
});

test('nothing but warnings, and no room: the oldest are given up and counted; what is less severe is not kept for them', async () => {
  const bytes = lineBytes(makeLine(10, 100));
  const { buffers, drain, dropped } = makeBuffers({ memoryBytes: bytes * 20 });
  append(buffers, WARN, 10, 30, 100);
  expect(dropped).toEqual({ buffer_full: 12 });
  append(buffers, INFO, 50, 5, 100);
  expect(dropped).toEqual({ buffer_full: 16 });
  expect(await drain()).toEqual([...range(22, 18), 54]);
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
  expect(list(folder).length).toBeGreaterThan(1);
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

test('some lines of a segment are done with: the next process does not send them again', async () => {
  const folder = makeFolder();
  const { buffers } = makeBuffers({ spool: openSpool(folder), batchSize: 4 });
  append(buffers, INFO, 0, 10);
  const segments = [buffers.next(), buffers.next()] as [Segment, Segment];
  for (const segment of segments) {
    const { lines = [] } = (await buffers.read(segment)) ?? {};
    buffers.finishPart({ segment, from: 1, to: 3 }, lines);
  }
  expect(readSaved(folder)).toEqual([0, 3, 4, 7]);
  buffers.saveSync();
  expect(readSaved(folder)).toEqual([0, 3, 4, 7, 8, 9]);
  expect(readNumbers((await buffers.read({ ...segments[1], lines: undefined }))?.lines ?? [])).toEqual([4, 5, 6, 7]);
  buffers.finish(segments[0]);
  expect(readSaved(folder)).toEqual([4, 7, 8, 9]);
});

test.each([1, 2, 3, 4, 5])('several with one folder: a record arrives or is counted, once (seed %i)', async (seed) => {
  const folder = makeFolder();
  let state = seed;
  const pick = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const all = [0, 1, 2].map(() => {
    const spool = openSpool(folder);
    return { spool, out: [] as Segment[], ...makeBuffers({ spool, memoryBytes: 12_000, spoolBytes: 24_000 }) };
  });
  const arrived: number[] = [];
  let written = 0;
  for (let step = 0; step < 3_000; step++) {
    const { buffers, out, spool } = all[pick(3)] as (typeof all)[number];
    const at = pick(Math.max(out.length, 1));
    const segment = out[at];
    const what = pick(20);
    if (what < 12) append(buffers, what < 9 ? INFO : WARN, written++, 1, pick(400));
    else if (what < 15) buffers.saveSync();
    else if (what === 15 && step % 40 === 0) await spool.adopt();
    else if (what === 16 && out.length < 3) {
      const next = buffers.next();
      if (next !== undefined) out.push(next);
    } else if (what >= 17 && segment !== undefined) {
      out.splice(at, 1);
      const content = what === 17 ? { lines: [] } : await buffers.read(segment);
      arrived.push(...readNumbers(content?.lines ?? []));
      if (what === 17) buffers.giveBack(segment);
      else buffers.finish(segment);
    }
  }
  const dropped = all.reduce((sum, each) => sum + (each.dropped['buffer_full'] ?? 0), 0);
  for (const { buffers, out, drain } of all) {
    for (const segment of out) buffers.giveBack(segment);
    arrived.push(...(await drain()));
  }
  expect(new Set(arrived).size).toBe(arrived.length);
  expect(arrived.length + dropped).toBe(written);
  expect(dropped).toBeGreaterThan(100);
  expect(all.every(({ buffers }) => buffers.empty)).toBe(true);
});

test('a disk that cannot be written: memory only, within its bound', async () => {
  captureStream('stderr');
  const spool = openSpool(makeFolder());
  vi.spyOn(spool, 'saveSync').mockReturnValue(false);
  const bytes = lineBytes(makeLine(100, 100));
  const { buffers, drain, dropped } = makeBuffers({ spool, memoryBytes: bytes * 40 });
  append(buffers, INFO, 100, 60, 100);
  expect(dropped).toEqual({ buffer_full: 20 });
  expect(await drain()).toEqual(range(120, 40));
});

test('what is saved at once is on disk, whole; what is not is counted', () => {
  const folder = makeFolder();
  const { buffers } = makeBuffers({ spool: openSpool(folder) });
  append(buffers, INFO, 0, 15);
  append(buffers, WARN, 100, 1);
  buffers.next();
  expect(buffers.saveSync()).toBe(0);
  expect(list(folder)).toHaveLength(2);
  append(buffers, INFO, 15, 1);
  expect(buffers.saveSync()).toBe(0);
  expect(list(folder)).toHaveLength(2);
  expect(readSaved(folder)).toEqual([...range(0, 16), 100]);
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

test('files of earlier processes come before what this one has written, oldest first', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const files = [makeSegment('low', 1, 2), makeSegment('low', 3), makeSegment('high', 4)].map((segment) =>
    leaveFile(folder, segment),
  );
  const { buffers, drain } = makeBuffers({ spool });
  append(buffers, INFO, 10, 1);
  append(buffers, WARN, 20, 1);
  buffers.addAdopted(files);
  expect(await drain()).toEqual([4, 20, 1, 2, 3, 10]);
  expect(buffers.empty).toBe(true);
});

test('files of earlier processes count too, and go first', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  // Which one is the oldest their names say, in milliseconds.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  for (const n of range(0, 3)) {
    vi.setSystemTime(Date.UTC(2026, 0, 1) + n);
    leaveFile(folder, makeSegment('low', ...range(n * 100, 100)));
  }
  // Now they are gone.
  for (const name of fs.readdirSync(folder)) if (name.endsWith('.sock')) fs.rmSync(path.join(folder, name));
  const left = (await spool.adopt()).map((file) => ({ ...file, lane: 'low' as const }));
  const spoolBytes = left.reduce((sum, { to }) => sum + to, 0);
  const { buffers, dropped, drain } = makeBuffers({ spool, spoolBytes, memoryBytes: 100_000 });
  buffers.addAdopted(left);
  append(buffers, WARN, 1_000, 3);
  buffers.saveSync();
  expect(dropped).toEqual({ buffer_full: 100 });
  expect(await drain()).toEqual([...range(1_000, 3), ...range(100, 200)]);
});

test('damaged lines are counted once, also when the file is read again', async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const left = leaveFile(folder, makeSegment('low', 1, 2));
  fs.appendFileSync(path.join(folder, left.file), 'torn');
  const { buffers, dropped } = makeBuffers({ spool });
  buffers.addAdopted([{ ...left, to: left.to + 4 }]);
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
  fs.mkdirSync(path.join(folder, 'unreadable.otlp'));
  const { buffers, drain, dropped } = makeBuffers({ spool });
  const lines = { lane: 'low', resource: RESOURCE, from: 0, to: 10, count: 1 } as const;
  buffers.addAdopted([
    { ...lines, file: 'unreadable.otlp' },
    { ...lines, file: 'gone.otlp' },
  ]);
  expect(await drain()).toEqual([]);
  expect(fs.readdirSync(folder)).toEqual(['unreadable.held.otlp']);
  expect(dropped).toEqual({});
  expect(stderr).toHaveLength(1);
  expect(buffers.empty).toBe(true);
});

test("records of a file without a resource are nobody's: counted", async () => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const left = leaveFile(folder, makeSegment('low', 1, 2));
  const { buffers, drain, dropped } = makeBuffers({ spool });
  buffers.addAdopted([{ ...left, resource: '' }]);
  expect(await drain()).toEqual([]);
  expect(dropped).toEqual({ spool_corrupt: 2 });
});

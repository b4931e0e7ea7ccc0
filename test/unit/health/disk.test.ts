import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDiskCheck, type DiskReader } from '../../../src/health/checks/disk.js';

/** A disk of 1,000 blocks: devices by folder, the nearest above counts. */
function makeDisk(
  devices: Record<string, number>,
  free = 500,
): DiskReader & { devices: Record<string, number>; free: number } {
  const disk = {
    devices,
    free,
    stat: (file: string) => {
      for (let at = file; ; at = path.dirname(at)) {
        const dev = disk.devices[at];
        if (dev !== undefined) return Promise.resolve({ dev, isDirectory: () => true });
      }
    },
    statfs: () => Promise.resolve({ bsize: 4_096, blocks: 1_000, bavail: disk.free }),
  };
  return disk;
}

describe('free space', () => {
  test.each([
    [1_000, 'healthy', 100],
    [100, 'healthy', 10],
    [99, 'warning', 9.9],
    [50, 'warning', 5],
    [49, 'unhealthy', 4.9],
    [0, 'unhealthy', 0],
  ])('%i of 1,000 blocks: %s', async (free, status, percent) => {
    const check = createDiskCheck('/music', undefined, makeDisk({ '/': 1, '/music': 2 }, free));
    expect(await check()).toEqual({ status, free_percent: percent, free_bytes: free * 4_096 });
  });

  test('of a real disk', async () => {
    const folder = makeFolder();
    const { blocks, bavail } = statfsSync(folder);
    const answer = await createDiskCheck(folder)();
    expect(answer.free_percent).toBeCloseTo((bavail / blocks) * 100, 0);
  });

  test('of a file system that does not say how large it is', async () => {
    const disk = { ...makeDisk({ '/': 1 }), statfs: () => Promise.resolve({ bsize: 0, blocks: 0, bavail: 0 }) };
    await expect(createDiskCheck('/music', undefined, disk)()).rejects.toMatchObject({ category: 'invalid answer' });
  });
});

const NOT_MOUNTED = { category: 'not mounted' };

describe('a mount that has gone', () => {
  test('leaves a folder of the disk below, and comes back', async () => {
    const disk = makeDisk({ '/': 1, '/data': 2 });
    const check = createDiskCheck('/data/music', undefined, disk);
    expect(await check()).toMatchObject({ status: 'healthy' });
    disk.devices = { '/': 1 };
    await expect(check()).rejects.toMatchObject(NOT_MOUNTED);
    disk.devices = { '/': 1, '/data': 9 };
    expect(await check()).toMatchObject({ status: 'healthy' });
  });

  test('the innermost is what counts once it was seen', async () => {
    const disk = makeDisk({ '/': 1, '/data': 2 });
    const check = createDiskCheck('/data/music', undefined, disk);
    await check();
    disk.devices = { '/': 1, '/data': 2, '/data/music': 3 };
    await check();
    disk.devices = { '/': 1, '/data': 2 };
    await expect(check()).rejects.toMatchObject(NOT_MOUNTED);
  });

  test('was never there, where it is known that it should be', async () => {
    const disk = makeDisk({ '/': 1 });
    const check = createDiskCheck('/data/music', '/data', disk);
    await expect(check()).rejects.toMatchObject(NOT_MOUNTED);
    disk.devices = { '/': 1, '/data': 2 };
    expect(await check()).toMatchObject({ status: 'healthy' });
  });

  test('took the folder with it', async () => {
    const folder = makeFolder();
    const check = createDiskCheck(folder);
    await check();
    rmSync(folder, { recursive: true });
    await expect(check()).rejects.toMatchObject(NOT_MOUNTED);
    writeFileSync(folder, 'not a folder');
    await expect(check()).rejects.toMatchObject(NOT_MOUNTED);
  });

  test.each(['ENOTCONN', 'ESTALE', 'EIO'])('answers %s', async (code) => {
    const failing = (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
    const disk = { ...makeDisk({ '/': 1 }), stat: failing };
    await expect(createDiskCheck('/music', undefined, disk)()).rejects.toMatchObject(NOT_MOUNTED);
  });
});

test('a folder that may not be read is no lost mount', async () => {
  const error = Object.assign(new Error('permission'), { code: 'EACCES' });
  const disk = { ...makeDisk({ '/': 1 }), stat: () => Promise.reject(error) };
  await expect(createDiskCheck('/music', undefined, disk)()).rejects.toBe(error);
});

function makeFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

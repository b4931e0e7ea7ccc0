// @needs mount namespaces
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { IN_MOUNT_NAMESPACE, runInNamespaceOf } from '../../scripts/stack/mount-namespace.js';
import { findUrls, startApp } from '../integration/support/app-process.js';
import { askPage, type Page } from './health-checks.js';

const DISK_BYTES = 1_048_576;
const MOUNT = `mount -t tmpfs -o size=${DISK_BYTES} tmpfs "$MUSIC_PATH"`;

interface DiskApp {
  readonly ask: () => Promise<Page>;
  /** Runs a program where the application sees its disks. */
  readonly inside: (...command: readonly string[]) => void;
  /** Writes a file of that share of the disk. */
  readonly fill: (share: number) => void;
  readonly music: string;
}

/** An application with a disk of its own that nobody else sees. `first` runs before it, with `$MUSIC_PATH`. */
async function startDiskApp(first: string, env: Readonly<Record<string, string>> = {}): Promise<DiskApp> {
  const music = mkdtempSync(path.join(os.tmpdir(), 'barbossa-music-'));
  onTestFinished(() => rmSync(music, { recursive: true }));
  const app = startApp('bare.js', {
    wrapper: [...IN_MOUNT_NAMESPACE, 'sh', '-c', `${first} && exec "$@"`, 'sh'],
    env: { MUSIC_PATH: music, BARBOSSA_HEALTH_CACHE_MS: '0', ...env },
  });
  const { admin } = await findUrls(app);
  const pid = app.child.pid ?? 0;
  return {
    ask: () => askPage(`${admin}/health`),
    inside: (...command) => runInNamespaceOf(pid, command),
    fill: (share) => writeFileSync(path.join(`/proc/${pid}/root`, music, 'album'), Buffer.alloc(DISK_BYTES * share)),
    music,
  };
}

const NOT_MOUNTED = { status: 503, body: { checks: { disk: { status: 'unhealthy', error: 'not mounted' } } } };

test('the disk fills up', async () => {
  const { ask, fill } = await startDiskApp(MOUNT);
  expect(await ask()).toMatchObject({
    status: 200,
    body: { checks: { disk: { status: 'healthy', free_percent: 100 } } },
  });
  fill(0.93);
  const warned = await ask();
  expect(warned).toMatchObject({ status: 200, body: { status: 'healthy', checks: { disk: { status: 'warning' } } } });
  fill(0.97);
  expect(await ask()).toMatchObject({
    status: 503,
    body: { status: 'unhealthy', checks: { disk: { status: 'unhealthy' } } },
  });
  fill(0.5);
  expect(await ask()).toMatchObject({ status: 200, body: { checks: { disk: { status: 'healthy' } } } });
});

test('the disk is unmounted under it, and mounted again', async () => {
  const { ask, inside, music } = await startDiskApp(MOUNT);
  expect((await ask()).status).toBe(200);
  inside('umount', music);
  const page = await ask();
  expect(page).toMatchObject(NOT_MOUNTED);
  expect(page.text).not.toContain(music);
  inside('mount', '-t', 'tmpfs', 'tmpfs', music);
  expect((await ask()).status).toBe(200);
});

test('the disk was never mounted, where it is known that it should be', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-mount-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { ask } = await startDiskApp('true', { MUSIC_PATH: folder, BARBOSSA_MUSIC_MOUNT: folder });
  expect(await ask()).toMatchObject(NOT_MOUNTED);
});

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SpoolLock } from '../../../src/delivery/spool-lock.js';

test('a lock is taken and let go without anything on the event loop', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const name = 'own.sock';
  const lock = new SpoolLock(folder);
  const before = process.getActiveResourcesInfo();

  expect(lock.take(name)).toBe(true);
  expect(process.getActiveResourcesInfo()).toEqual(before);
  expect(await new SpoolLock(folder).ask(name, folder)).toBe('lives');

  lock.release();
  expect(existsSync(path.join(folder, name))).toBe(false);
  expect(await new SpoolLock(folder).ask(name, folder)).toBe('gone');
});

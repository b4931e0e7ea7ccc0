// @needs Kubernetes API server
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startKubernetes } from '../../scripts/stack/kubernetes.js';

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the servers leave no process and no folder', async () => {
  const { pids, folder, stop } = await startKubernetes();
  expect(pids.map(isAlive)).toEqual([true, true]);
  expect(existsSync(folder)).toBe(true);
  await stop();
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(existsSync(folder)).toBe(false);
}, 180_000);

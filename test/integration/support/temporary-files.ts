import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { APPS } from './app-process.js';

const ROOT = path.resolve(APPS, '../../..');

/** A folder of its own, outside of the checkout, with the given files in it. It is removed when the test is over. */
export function writeFiles(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

/** A package of the checkout as the application in `folder` would have installed it itself. */
export function copyPackage(name: string, folder: string): string {
  const target = path.join(folder, 'node_modules', name);
  cpSync(path.join(ROOT, 'node_modules', name), target, { recursive: true });
  return target;
}

/** A named pipe that nobody writes to. */
export function makePipe(file: string): void {
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', file], { stdio: 'ignore' });
}

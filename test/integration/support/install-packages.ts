import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { APPS } from './app-process.js';

const ROOT = path.resolve(APPS, '../../..');
const FILES = ['package.json', 'package-lock.json'];

/** Folders of `test/integration` with a package.json and a lockfile of what tests run under the preload. */
type PackageList = 'api-copies' | 'process-managers' | 'strangers';

/**
 * Installs a list of packages from the registry, each file as its lockfile has it, in a folder below `.cache`, and gives
 * the folder. Where they are there already nothing is installed.
 */
export async function installPackages(list: PackageList): Promise<string> {
  const source = path.join(ROOT, 'test/integration', list);
  const hash = createHash('sha256').update(readFileSync(path.join(source, 'package-lock.json')));
  const folder = path.join(ROOT, '.cache', list, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  // Complete or not there: another run may do the same at the same time.
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  for (const file of FILES) copyFileSync(path.join(source, file), path.join(draft, file));
  await runNpm(draft, ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function runNpm(cwd: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ${args.join(' ')} ended with ${code}:\n${output}`));
    });
  });
}

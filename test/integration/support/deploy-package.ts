import { execFileSync, spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { Stack } from '../../../src/deploy/stack.js';
import { nodeBinary } from '../node-binary.js';
import { APPS } from './app-process.js';
import { writeFiles } from './temporary-files.js';

const ROOT = path.resolve(APPS, '../../..');

/** Another version of the package, as far as `deploy` needs it. */
export interface OtherPackage {
  /** Default: 0.1.0. */
  readonly version?: string;
  /** By path; `undefined` takes a file out. The others of `SOME_FILES` are as in the repository. */
  readonly files?: Readonly<Record<string, string | undefined>>;
}

/** Enough to try everything with: a whole stack takes a second each time. */
const SOME_FILES = new Set([
  'README.md',
  'deploy/alertmanager/alertmanager.yml',
  'deploy/application.env',
  'deploy/celery/put-task.js',
  'deploy/compose.yaml',
  'deploy/postgres/init.sh',
  'deploy/prometheus/alerts/requests.yml',
  'deploy/prometheus/prometheus.yml',
  'deploy/runbooks/HostDown.md',
]);

/** The stack in dist. */
export function readShippedStack(): Stack {
  const archive = readFileSync(path.join(ROOT, 'dist/deploy/stack.json.br'));
  return JSON.parse(brotliDecompressSync(archive).toString('utf8')) as Stack;
}

/** Makes a small package of this or another version, with the code of this one, and gives its program. */
export function makePackage({ version = '0.1.0', files = {} }: OtherPackage = {}): string {
  const folder = writeFiles({ 'package.json': JSON.stringify({ version, type: 'module' }) });
  for (const name of ['dist/cli.js', 'dist/deploy', 'node_modules/node-diff3']) {
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  const kept = readShippedStack().files.filter(({ path: name }) => SOME_FILES.has(name) && !Object.hasOwn(files, name));
  const others = Object.entries(files).flatMap(([name, text]) => (text === undefined ? [] : [{ path: name, text }]));
  writeFileSync(
    path.join(folder, 'dist/deploy/stack.json.br'),
    brotliCompressSync(JSON.stringify({ version, files: [...kept, ...others] }), { params: { 1: 1 } }),
  );
  return path.join(folder, 'dist/cli.js');
}

/** What a run said and how it ended. */
export interface DeployResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `deploy` to its end. */
export function runDeploy(
  args: readonly string[],
  {
    program = path.join(ROOT, 'dist/cli.js'),
    uid,
    cwd = ROOT,
    nodeArgs = [],
  }: { program?: string; uid?: number; cwd?: string; nodeArgs?: readonly string[] } = {},
): Promise<DeployResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(nodeBinary, [...nodeArgs, program, 'deploy', ...args], {
      cwd,
      ...(uid === undefined ? {} : { uid, gid: uid }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => (texts[name] += chunk));
    }
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** Packs what would be published, in a folder that is removed when the test is over, and gives the file. */
export function packTarball(): string {
  const folder = writeFiles({});
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder];
  execFileSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const [name = ''] = readdirSync(folder);
  return path.join(folder, name);
}

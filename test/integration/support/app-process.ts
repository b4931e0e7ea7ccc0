import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { nodeBinary } from '../node-binary.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The preload as it ships. */
export const REGISTER = path.join(ROOT, 'dist/register.js');
/** Folder of the applications that the tests run. */
export const APPS = path.join(ROOT, 'test/integration/apps');

/** How an application is started. */
export interface AppOptions {
  /** Options of Node before the script. Default: the preload. */
  readonly nodeOptions?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program and its arguments that run Node in their own place: `['unshare', '-m']`. */
  readonly wrapper?: readonly string[];
  /** Default: there is nothing to read. */
  readonly stdin?: 'ignore' | 'pipe';
  /** The script starts others, which outlive it where it is killed: they are killed with it. */
  readonly isLauncher?: boolean;
}

/** How a process ended. */
export interface AppExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process with everything it has printed. */
export interface AppProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Ends when the process has ended and its output is read. */
  readonly exited: Promise<AppExit>;
  /** The first match in stdout or stderr; fails at the deadline, showing what was printed. */
  readonly waitFor: (pattern: RegExp, deadlineMs?: number) => Promise<RegExpExecArray>;
}

/**
 * Runs an application under the preload, on free ports, with a spool folder and an environment of its own. It is
 * killed when the test is over.
 */
export function startApp(script: string, options: AppOptions = {}): AppProcess {
  const spool = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-spool-'));
  const nodeOptions = options.nodeOptions ?? ['--import', REGISTER];
  const [command = nodeBinary, ...before] = options.wrapper === undefined ? [] : [...options.wrapper, nodeBinary];
  const child = spawn(command, [...before, ...nodeOptions, path.resolve(APPS, script), ...(options.args ?? [])], {
    cwd: options.cwd ?? ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      BARBOSSA_LOG_SPOOL_DIR: spool,
      ...options.env,
    },
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    detached: options.isLauncher ?? false,
  });
  onTestFinished(() => {
    if (options.isLauncher === true) killGroup(child);
    child.kill('SIGKILL');
    rmSync(spool, { recursive: true, force: true });
  });
  return watchOutput(child);
}

/** A detached process leads a group of its own. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // All of them have ended by themselves.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function watchOutput(child: ChildProcess): AppProcess {
  const printed = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      printed[name] += chunk;
      for (const listener of listeners) listener();
    });
  }
  const exited = new Promise<AppExit>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
      for (const listener of listeners) listener();
    });
  });
  const waitFor = (pattern: RegExp, deadlineMs = 15_000): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(printed.stdout) ?? pattern.exec(printed.stderr);
        if (match === null && child.exitCode === null && child.signalCode === null) return;
        finish();
        if (match === null) reject(new Error(`ended without ${String(pattern)}\n${printed.stdout}\n${printed.stderr}`));
        else resolve(match);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`no ${String(pattern)} in ${deadlineMs} ms\n${printed.stdout}\n${printed.stderr}`));
      }, deadlineMs);
      const finish = (): void => {
        clearTimeout(timer);
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { child, stdout: () => printed.stdout, stderr: () => printed.stderr, exited, waitFor };
}

/** Where an application and its admin server listen. The application prints `listening on URL`. */
export async function findUrls(app: AppProcess): Promise<{ readonly url: string; readonly admin: string }> {
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  const [, admin = ''] = await app.waitFor(/metrics at (http\S+)\/metrics/);
  return { url, admin };
}

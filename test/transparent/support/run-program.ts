import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeBinary } from '../../integration/node-binary.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DEADLINE_MS = 150_000;
const OWN_LINE = /^\[barbossa-telemetry\] /;

/** The programs' folder. */
export const PROGRAMS = path.join(ROOT, 'test/transparent/programs');
/** The preload as it ships. */
export const PRELOAD = ['--import', path.join(ROOT, 'dist/register.js')] as const;

/** All that a program let others see. */
export interface Seen {
  readonly stdout: string;
  /** Without the lines of the package itself. */
  readonly stderr: string;
  /** Its exit code, or the signal that ended it. */
  readonly end: number | string | null;
}

/**
 * Runs a program to its end, in an environment that is the same but for the preload.
 * @param program Name of a file in the programs' folder.
 * @param nodeOptions Options of Node before it: none, or the preload.
 */
export async function runProgram(program: string, nodeOptions: readonly string[]): Promise<Seen> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-transparent-'));
  const child = spawn(nodeBinary, ['--expose-gc', ...nodeOptions, path.join(PROGRAMS, program)], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      BARBOSSA_LOG_SPOOL_DIR: home,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (printed[name] += chunk));
  }
  // A program that does not end is compared as one: it is killed, and so it ends by a signal.
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  rmSync(home, { recursive: true, force: true });
  return { stdout: printed.stdout, stderr: withoutOwnLines(printed.stderr), end: code ?? signal };
}

function withoutOwnLines(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !OWN_LINE.test(line))
    .map((line) => line.replaceAll(/\(node:\d+\)/g, '(node:PID)'))
    .join('\n');
}

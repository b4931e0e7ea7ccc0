import { execFileSync } from 'node:child_process';

/**
 * The Node that runs the applications under test: `BARBOSSA_TEST_NODE` where it is set, which is how
 * `npm run test:nodes` runs the same tests on every supported version, else the Node that runs the tests.
 */
export const nodeBinary: string = process.env['BARBOSSA_TEST_NODE'] ?? process.execPath;

/** Its version: `20.6.0`. */
export function readNodeVersion(): string {
  return execFileSync(nodeBinary, ['--version'], { encoding: 'utf8' }).trim().slice(1);
}

/** Whether `--require` of an ES module is possible at all. */
export function canRequireModules(): boolean {
  const [major = 0, minor = 0] = readNodeVersion().split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
}

/** Whether it runs a script without an extension under `--import`: before 20.10 Node itself refuses that. */
export function canImportBeforeAnyScript(): boolean {
  const [major = 0, minor = 0] = readNodeVersion().split('.').map(Number);
  return major > 20 || minor >= 10;
}

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

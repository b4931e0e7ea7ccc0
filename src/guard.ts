import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { getNodeOptions } from './config.js';

/** Oldest Node that the package runs on: the first with `--import` and everything that OpenTelemetry 2 needs. */
const OLDEST_NODE = [20, 6] as const;

/** Programs that a NODE_OPTIONS meant for the application reaches too. They have no requests and no music. */
const BUILD_TOOLS = new Set([
  'corepack',
  'esbuild',
  'eslint',
  'jest',
  'knip',
  'npm',
  'npm-cli',
  'npx',
  'npx-cli',
  'oxfmt',
  'oxlint',
  'pnpm',
  'pnpx',
  'prettier',
  'rollup',
  'tsc',
  'vite',
  'vitest',
  'webpack',
  'yarn',
  'yarnpkg',
]);

const STARTED = Symbol.for('barbossa-telemetry.started');

/** Whether to start, and what to tell the person who runs the application. */
export interface StartDecision {
  readonly start: boolean;
  readonly hint?: string;
}

/** Looks at this process: is it one that should be watched, and are we the first to watch it? */
export function decideStart(): StartDecision {
  const globals = globalThis as { [STARTED]?: boolean };
  if (!isMainThread || globals[STARTED] === true || isBuildTool(process.argv[1])) return { start: false };
  globals[STARTED] = true;
  if (!isSupported(process.versions.node)) {
    const hint = `Node ${process.versions.node} is not supported, ${OLDEST_NODE.join('.')} or newer is; the application runs without telemetry`;
    return { start: false, hint };
  }
  return wasRequired() ? { start: true, hint: REQUIRE_HINT } : { start: true };
}

const REQUIRE_HINT =
  'loaded with --require; use --import instead (node --import ./dist/register.js server.js): --require is refused by Node before 20.19';

/** Whether a Node version is one that the package runs on. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

function isBuildTool(script: string | undefined): boolean {
  if (script === undefined) return false;
  return BUILD_TOOLS.has(path.basename(script).replace(/\.[cm]?js$/, ''));
}

/** Whether this module came in by `--require`: then no `--import` names it. */
function wasRequired(): boolean {
  const options = [...process.execArgv, ...getNodeOptions()];
  const values = (names: readonly string[]): string[] =>
    options.flatMap((option, index) => {
      const [name = '', value] = option.split('=', 2);
      return names.includes(name) ? [value ?? options[index + 1] ?? ''] : [];
    });
  const isOurs = (value: string): boolean => /(^|[\\/])register(\.js)?$/.test(value.replace(/^["']|["']$/g, ''));
  return values(['-r', '--require']).some(isOurs) && !values(['--import']).some(isOurs);
}

import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { getNodeOptions } from './config.js';

/** Oldest Node that the package runs on: the first with `--import` and everything that OpenTelemetry 2 needs. */
const OLDEST_NODE = [20, 6] as const;

/** Package managers. Their files lie in many places, under their own names. */
const PACKAGE_MANAGER = /^(corepack|npm|npm-cli|npx|npx-cli|pnpm|pnpx|yarn|yarnpkg|yarn-\d[\w.-]*)$/;

/**
 * Packages whose programs build, test or start others, and which a NODE_OPTIONS meant for the application reaches too.
 * They have no requests and no music, and what they start is to find its port free.
 */
const TOOL_PACKAGES = new Set([
  '@babel/cli',
  '@nestjs/cli',
  '@swc/cli',
  'ava',
  'c8',
  'concurrently',
  'cross-env',
  'dotenv-cli',
  'env-cmd',
  'esbuild',
  'eslint',
  'jest',
  'jest-worker',
  'knip',
  'lerna',
  'mocha',
  'nodemon',
  'npm-run-all',
  'npm-run-all2',
  'nx',
  'nyc',
  'oxfmt',
  'oxlint',
  'pm2',
  'prettier',
  'rimraf',
  'rollup',
  'tinypool',
  'ts-node-dev',
  'tsup',
  'tsx',
  'turbo',
  'typescript',
  'vite',
  'vitest',
  'wait-on',
  'webpack',
  'webpack-cli',
]);

/** Options with which Node runs no application: it looks at a file's syntax, or at test files in other processes. */
const WITHOUT_APPLICATION = new Set(['--check', '-c', '--test']);

const STARTED = Symbol.for('barbossa-telemetry.started');

/** Whether to start, and what to tell the person who runs the application. */
export interface StartDecision {
  readonly start: boolean;
  readonly hint?: string;
}

/** Looks at this process: is it one that should be watched, and are we the first to watch it? */
export function decideStart(): StartDecision {
  const globals = globalThis as { [STARTED]?: boolean };
  if (!isMainThread || globals[STARTED] === true || !runsApplication()) return { start: false };
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

function runsApplication(): boolean {
  return !isTool(process.argv[1]) && !process.execArgv.some((option) => WITHOUT_APPLICATION.has(option));
}

/** Whether a main script is a program of the tools above: by its name, or by the package that it belongs to. */
export function isTool(script: string | undefined): boolean {
  if (script === undefined) return false;
  if (PACKAGE_MANAGER.test(path.basename(script).replace(/\.[cm]?js$/, ''))) return true;
  const folders = followLinks(script).split(/[\\/]/);
  const [scope = '', name = ''] = folders.slice(folders.lastIndexOf('node_modules') + 1);
  return folders.includes('node_modules') && TOOL_PACKAGES.has(scope.startsWith('@') ? `${scope}/${name}` : scope);
}

/** `node_modules/.bin/tsc` is a link into the package. */
function followLinks(script: string): string {
  try {
    return realpathSync(script);
  } catch {
    // A name without its ending, or of a file that Node will not find either.
    return script;
  }
}

/** Whether this module came in by `--require`: then no `--import` names it. */
function wasRequired(): boolean {
  const options = [...process.execArgv, ...getNodeOptions()];
  const values = (names: readonly string[]): string[] =>
    options.flatMap((option, index) => {
      const [name = '', value] = option.split('=', 2);
      return names.includes(name) ? [value ?? options[index + 1] ?? ''] : [];
    });
  const ours = fileURLToPath(new URL('register.js', import.meta.url));
  const isOurs = (value: string): boolean => {
    const name = value.replace(/^["']|["']$/g, '').replace(/^file:\/\//, '');
    return name === 'barbossa-telemetry/register' || followLinks(path.resolve(name)) === ours;
  };
  return values(['-r', '--require']).some(isOurs) && !values(['--import']).some(isOurs);
}

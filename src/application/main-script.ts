import { realpathSync } from 'node:fs';

/**
 * Scripts of process managers and TypeScript runners which Node starts in place of an application, and which load that
 * application into their own process: package, file, and where they keep the application's path.
 */
const CONTAINERS: readonly Container[] = [
  { packageName: 'pm2', file: 'lib/ProcessContainerFork.js', find: (_argv, env) => env['pm_exec_path'] },
  { packageName: 'pm2', file: 'lib/ProcessContainer.js', find: (_argv, env) => readClusterEnv(env)['pm_exec_path'] },
  { packageName: 'ts-node-dev', file: 'lib/wrap.js', find: ([, , script]) => script, yieldsTo: 'SIGTERM' },
  { packageName: 'node-dev', file: 'lib/wrap.js', find: ([, , script]) => script, yieldsTo: 'SIGTERM' },
  { packageName: '@babel/node', file: 'lib/_babel-node.js', find: findArgument },
  ...['bin', 'bin-cwd', 'bin-esm', 'bin-script', 'bin-transpile', 'child/child-entrypoint'].map((name) => ({
    packageName: 'ts-node',
    file: `dist/${name}.js`,
    find: findArgument,
  })),
  { packageName: 'vite-node', file: 'vite-node.mjs', find: findArgument },
  { packageName: 'jiti', file: 'lib/jiti-cli.mjs', find: findArgument },
];

interface Container {
  readonly packageName: string;
  readonly file: string;
  readonly find: (argv: readonly string[], env: NodeJS.ProcessEnv) => string | undefined;
  /** A signal for which it listens, to end the process where it is the only one that does. */
  readonly yieldsTo?: NodeJS.Signals;
}

interface Found {
  /** `process.argv[1]` then. */
  readonly argument: string | undefined;
  readonly script: string | undefined;
  readonly container: Container | undefined;
}

let found: Found | undefined;

/**
 * The script that the application begins with: what Node was given, or what the container of a process manager loads.
 * Found once: containers change `process.argv` when they have started.
 * @returns Undefined where there is none (`-e`, a REPL).
 */
export function getMainScript(): string | undefined {
  return findOnce().script;
}

/** Whether the container that the application runs in has a listener for a signal which waits for all others to go. */
export function isYieldedTo(signal: NodeJS.Signals): boolean {
  return found?.container?.yieldsTo === signal;
}

function findOnce(): Found {
  const argument = process.argv[1];
  const isStripped = found?.container !== undefined && argument === found.script;
  if (found === undefined || (found.argument !== argument && !isStripped)) {
    const container = findContainer(argument);
    found = { argument, container, script: findMainScript(process.argv, process.env) };
  }
  return found;
}

/** @param env What the containers were told beside their arguments. */
export function findMainScript(argv: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const [, script] = argv;
  return findContainer(script)?.find(argv, env) ?? script;
}

function findContainer(script: string | undefined): Container | undefined {
  if (script === undefined) return undefined;
  const file = followLinks(script).replaceAll('\\', '/');
  return CONTAINERS.find(({ packageName, file: own }) => file.endsWith(`/node_modules/${packageName}/${own}`));
}

/**
 * The variables that pm2 hands to a process of its cluster mode. The process puts them into its environment after the preload
 * has run. Empty where there are none.
 */
export function readClusterEnv(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const text = env['pm2_env'];
  if (text === undefined) return {};
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    // Not pm2's: whoever reads it next will say so.
    return {};
  }
}

/**
 * The folder that the application begins in: the working directory, or the one that pm2's cluster mode goes to behind the preload.
 * @throws {Error} Where the working directory was removed.
 */
export function getStartFolder(env: NodeJS.ProcessEnv = process.env): string {
  return readClusterEnv(env)['pm_cwd'] ?? process.cwd();
}

/** `node_modules/.bin/tsc` is a link into the package. */
export function followLinks(script: string): string {
  try {
    return realpathSync(script);
  } catch {
    // A name without its ending, or of a file that Node will not find either.
    return script;
  }
}

/** The first argument that looks like a script; the working directory where the runner decides what it runs. */
function findArgument([, , ...args]: readonly string[]): string {
  const isScript = (arg: string, index: number): boolean =>
    /^[^-].*\.[cm]?[jt]sx?$/.test(arg) && !/^-(?:r|-require|-import|-loader)$/.test(args[index - 1] ?? '');
  return args.find(isScript) ?? process.cwd();
}

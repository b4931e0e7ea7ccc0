import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { PACKAGE_MANAGERS, TOOL_PACKAGES, WITHOUT_APPLICATION } from './left-alone.js';
import { followLinks, getMainScript } from '../application/main-script.js';

/** Oldest Node that the package runs on: the first with `--import` and everything that OpenTelemetry 2 needs. */
const OLDEST_NODE = [20, 6] as const;

const STARTED = Symbol.for('barbossa-telemetry.started');

/** Whether to start, and what to tell the person who runs the application. */
export interface StartDecision {
  readonly start: boolean;
  readonly hint?: string;
  /** Why this process is none that should be watched, for those who look for the reason. */
  readonly leftAlone?: string;
}

/** Looks at this process: is it one that should be watched, and are we the first to watch it? */
export function decideStart(): StartDecision {
  const globals = globalThis as { [STARTED]?: boolean };
  if (globals[STARTED] === true) return { start: false };
  const leftAlone = whyLeftAlone();
  if (leftAlone !== undefined) return { start: false, leftAlone };
  globals[STARTED] = true;
  if (!isSupported(process.versions.node)) {
    const hint = `Node ${process.versions.node} is not supported, ${OLDEST_NODE.join('.')} or newer is; the application runs without telemetry`;
    return { start: false, hint };
  }
  return { start: true };
}

/** Whether a Node version is one that the package runs on. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

function whyLeftAlone(): string | undefined {
  if (!isMainThread) return 'this is a worker thread';
  const option = process.execArgv.find((given) => LEFT_ALONE_OPTIONS.has(given));
  if (option !== undefined) return `Node runs no application with ${option}`;
  const script = getMainScript();
  return isTool(script) ? `${script} is a tool` : undefined;
}

const LEFT_ALONE_OPTIONS = new Set<string>(WITHOUT_APPLICATION);
const TOOLS = new Set<string>(Object.values(TOOL_PACKAGES).flat());
/** `npm-cli.js`, and yarn's releases: `yarn-4.9.1.cjs`. */
const PACKAGE_MANAGER = new RegExp(`^(?:(?:${PACKAGE_MANAGERS.join('|')})(?:-cli)?|yarn-\\d[\\w.-]*)$`);

/** Whether a main script is a program of the tools: by its name, or by the package that it belongs to. */
export function isTool(script: string | undefined): script is string {
  if (script === undefined) return false;
  if (PACKAGE_MANAGER.test(path.basename(script).replace(/\.[cm]?js$/, ''))) return true;
  const folders = followLinks(script).split(/[\\/]/);
  const [scope = '', name = ''] = folders.slice(folders.lastIndexOf('node_modules') + 1);
  return folders.includes('node_modules') && TOOLS.has(scope.startsWith('@') ? `${scope}/${name}` : scope);
}

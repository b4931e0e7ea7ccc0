import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './root.js';
import { printDuration, say } from './say.js';

const HEARTBEAT_MS = 10_000;

/**
 * How a program is run.
 * @typedef {object} RunOptions
 * @property {string} [node] The Node that runs it. Default: this one.
 * @property {Record<string, string | undefined>} [env] Added to the environment; `undefined` takes a variable away.
 * @property {string} [cwd] Default: the checkout.
 * @property {boolean} [quiet] Keep the output and return it. Default: it is shown as it comes.
 * @property {boolean} [heartbeat] Say every 10 s that it still runs, where there is no terminal to show progress on.
 */

/**
 * How it ended.
 * @typedef {object} RunResult
 * @property {number} code Exit code; 1 where a signal ended it or it could not be started.
 * @property {string} output stdout and stderr, of a quiet run.
 * @property {number} durationMs
 */

/**
 * Runs a JavaScript file with Node and waits for its end. Never rejects.
 * @param {readonly string[]} args The file and its arguments. @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export async function runNode(args, options = {}) {
  return run(options.node ?? process.execPath, args, options);
}

/** Runs npm and waits for its end. @param {readonly string[]} args @param {RunOptions} [options] */
export async function runNpm(args, options = {}) {
  const cli = findNpmCli();
  if (cli !== undefined) return runNode([cli, ...args], options);
  return run('npm', args, options);
}

/** The file of the npm that runs this script, so that another Node can run it too. */
function findNpmCli() {
  const file = process.env['npm_execpath'];
  return file !== undefined && /^npm-cli\.c?js$/.test(path.basename(file)) ? file : undefined;
}

/**
 * @param {string} command @param {readonly string[]} args @param {RunOptions} options
 * @returns {Promise<RunResult>}
 */
function run(command, args, { env = {}, cwd = ROOT, quiet = false, heartbeat = false }) {
  const startedMs = Date.now();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    // Windows finds npm.cmd through its shell only.
    shell: command === 'npm' && process.platform === 'win32',
  });
  const timer = heartbeat && !process.stdout.isTTY ? setInterval(sayStillRunning, HEARTBEAT_MS, startedMs) : undefined;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  }
  return new Promise((resolve) => {
    /** @param {number} code */
    const finish = (code) => {
      clearInterval(timer);
      resolve({ code, output, durationMs: Date.now() - startedMs });
    };
    child.once('error', (error) => {
      output += `${command}: ${error.message}\n`;
      if (!quiet) process.stderr.write(`${command}: ${error.message}\n`);
      finish(1);
    });
    child.once('close', (code) => finish(code ?? 1));
  });
}

/** @param {number} startedMs */
function sayStillRunning(startedMs) {
  say(`  ... ${printDuration(Date.now() - startedMs)}`);
}

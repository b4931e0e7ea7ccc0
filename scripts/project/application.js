import { spawn } from 'node:child_process';
import { inCache, ROOT } from './root.js';

/** A terminal sends Ctrl-C to npm and to this process, and npm sends it on: within this time it is the same one. */
const SAME_SIGNAL_MS = 250;

const PARENT_CHECK_MS = 500;

/** @type {readonly NodeJS.Signals[]} */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

/**
 * Runs Node as a stand-in for this process: with its terminal, its signals, and in the end its exit code or signal.
 * The child has a process group of its own, so that it gets each signal once and from here.
 * @param {readonly string[]} args @param {() => void} onEnd Called when it has ended, before this process does.
 */
export function runInstead(args, onEnd) {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    // The sample's log spool: in the checkout, not in the home.
    env: { XDG_STATE_HOME: inCache('state'), ...process.env },
    stdio: 'inherit',
    detached: process.platform !== 'win32',
  });
  for (const signal of FORWARDED) {
    if (process.platform === 'win32' && signal !== 'SIGINT' && signal !== 'SIGTERM') continue;
    let lastMs = -Infinity;
    process.on(signal, () => {
      const now = performance.now();
      if (now - lastMs > SAME_SIGNAL_MS) child.kill(signal);
      lastMs = now;
    });
  }
  stopWithNpm(child);
  child.once('error', (error) => {
    process.stderr.write(`Node could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    onEnd();
    endAs(code, signal);
  });
}

/** @param {number | null} code @param {NodeJS.Signals | null} signal */
function endAs(code, signal) {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * npm gives SIGTERM to the shell between npm and this process, and that shell keeps it to itself and ends. A child is
 * then told here, so that it does not run on with nobody to end it.
 * @param {import('node:child_process').ChildProcess} child
 */
function stopWithNpm(child) {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  timer.unref();
}

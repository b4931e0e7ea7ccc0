import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { findCelery } from './install-celery.js';
import { startOrStop, withControls } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { findReachable, give, UNPRIVILEGED } from './unprivileged.js';

const RUN_MS = 180_000;
/** A machine at work takes its time to load all of it. */
const START_MS = 60_000;

const run = promisify(execFile);

/**
 * @typedef {object} CeleryOptions
 * @property {readonly string[]} files The Python files of the application; the first has `app`.
 * @property {Record<string, string>} env What they read: `{ REDIS_URL: 'redis://127.0.0.1:6379' }`.
 * @property {readonly string[]} [args] More options of the worker: `['--concurrency', '4']`.
 * @property {boolean} [events] Whether it sends events, `-E`. Default: it does.
 */

/**
 * A Celery worker that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startCelery>>} Celery
 */

/**
 * Starts a Celery worker in a temporary folder. Resolves when it takes tasks.
 * @param {CeleryOptions} options
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 * @throws {Error} With what it printed, where it does not come up.
 */
export async function startCelery({ files, env: given, args = [], events = true }) {
  const place = mkdtempSync(join(tmpdir(), 'barbossa-celery-'));
  give(place);
  const { python, env } = preparePython(place);
  for (const file of files) copyFileSync(file, join(place, basename(file)));
  const whole = { ...env, ...given };
  const app = basename(files[0] ?? '', '.py');
  const options = ['--loglevel', 'INFO', '--concurrency', '2', ...(events ? ['-E'] : []), ...args];
  const server = new ServerProcess({
    command: python,
    args: ['-m', 'celery', '-A', app, 'worker', ...options],
    cwd: place,
    ...UNPRIVILEGED,
    env: whole,
  });
  /** Runs Python in the application's folder to its end; gives what it printed. @param {string} code */
  const runPython = async (code) => {
    const child = { cwd: place, env: whole, ...UNPRIVILEGED, timeout: RUN_MS };
    return (await run(python, ['-c', code], child)).stdout;
  };
  const start = async () => {
    const before = server.output.length;
    const isReady = () => server.output.slice(before).includes(' ready.');
    await server.startUntilReady({ name: 'Celery', isReady, timeoutMs: START_MS });
  };
  const stop = async () => {
    await server.kill();
    removeFolder(place);
  };
  await startOrStop(start, stop);
  return withControls(server, {
    runPython,
    /** SIGTERM to the worker: it ends what it has begun. */
    terminate: () => {
      if (server.running && server.pid !== undefined) process.kill(server.pid, 'SIGTERM');
      return server.exited;
    },
    /** Starts it again. */
    start,
    /** Ends it and removes its folder. */
    stop,
  });
}

/** A Python that its user can run, and the environment it needs. @param {string} place */
function preparePython(place) {
  const { python, modules, libraries, home, folder } = findCelery();
  const reachable = folder === undefined ? '' : findReachable(folder, join(place, 'home'));
  /** @param {string} text */
  const reach = (text) => (folder === undefined ? text : text.replaceAll(folder, reachable));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: place,
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONPATH: [place, reach(modules)].filter((path) => path !== '').join(':'),
    LD_LIBRARY_PATH: reach(libraries),
    ...(home === undefined ? {} : { PYTHONHOME: reach(home) }),
  };
  return { python: reach(python), env };
}

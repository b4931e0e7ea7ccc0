import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts } from './free-ports.js';
import { findPostgres } from './install-postgres.js';
import { withControls } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { findReachable, give, UNPRIVILEGED } from './unprivileged.js';

const USER = 'barbossa';

const run = promisify(execFile);

/**
 * @typedef {object} PostgresOptions
 * @property {Record<string, string>} [settings] Of postgresql.conf: `{ max_connections: '5' }`.
 */

/**
 * A PostgreSQL that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startPostgres>>} Postgres
 */

/**
 * Starts PostgreSQL on a free port of the loopback address, with a new cluster in a temporary folder that asks for a
 * password. Resolves when it answers.
 * @param {PostgresOptions} [options]
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 * @throws {Error} With what it printed, where it does not come up.
 */
export async function startPostgres({ settings = {} } = {}) {
  const place = mkdtempSync(join(tmpdir(), 'barbossa-postgres-'));
  give(place);
  const { programs, env } = preparePrograms(place);
  const [port = 0] = await findFreePorts(1);
  const password = 'shiver: my/timbers';
  const server = new ServerProcess({
    command: join(programs, 'postgres'),
    args: ['-D', join(place, 'data'), ...describeSettings({ ...baseSettings(port, place), ...settings })],
    cwd: place,
    ...UNPRIVILEGED,
    env,
  });
  /** Runs SQL as the superuser, over the socket that only this machine has; gives what psql prints. @param {string} sql */
  const query = async (sql) => {
    const args = [
      '--no-psqlrc',
      '-qAt',
      '-h',
      place,
      '-p',
      String(port),
      '-U',
      'postgres',
      '-d',
      'postgres',
      '-c',
      sql,
    ];
    return (await run(join(programs, 'psql'), args, { env, ...UNPRIVILEGED, timeout: 10_000 })).stdout.trim();
  };
  const start = () => startAnswering(server, query);
  const stop = async () => {
    await kill(server);
    removeFolder(place);
  };
  try {
    const create = ['-D', join(place, 'data'), '-U', 'postgres', '--auth-local=trust', '--auth-host=scram-sha-256'];
    await run(join(programs, 'initdb'), [...create, '--no-sync', '--locale=C', '-E', 'UTF8'], { env, ...UNPRIVILEGED });
    await start();
    await query(`CREATE ROLE ${USER} LOGIN PASSWORD '${password}'`);
    await query(`CREATE DATABASE ${USER} OWNER ${USER}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return withControls(server, {
    port,
    password,
    /** URL of an ordinary user's database, with another password where one is given. @param {string} [given] */
    urlWith: (given = password) => `postgresql://${USER}:${encodeURIComponent(given)}@127.0.0.1:${port}/${USER}`,
    url: `postgresql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${USER}`,
    query,
    /** SIGSTOP, for the server and each process of a connection. */
    pause: () => signalAll(server, 'SIGSTOP'),
    /** SIGCONT. */
    resume: () => signalAll(server, 'SIGCONT'),
    /** SIGKILL. */
    kill: () => kill(server),
    /** Starts it again after `kill`: same port, same data. */
    start,
    /** Ends it and removes its folder. */
    stop,
  });
}

/** Programs that its user can run, and the environment they need. @param {string} place */
function preparePrograms(place) {
  const { programs, libraries, folder } = findPostgres();
  const base = { PATH: process.env['PATH'] ?? '', HOME: place, LC_ALL: 'C' };
  if (folder === undefined) return { programs, env: base };
  const home = findReachable(folder, join(place, 'home'));
  const env = { ...base, LD_LIBRARY_PATH: libraries.replaceAll(folder, home) };
  return { programs: join(home, relative(folder, programs)), env };
}

/** @param {number} port @param {string} place */
function baseSettings(port, place) {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: place,
    fsync: 'off',
    autovacuum: 'off',
    shared_buffers: '16MB',
  };
}

/** @param {Record<string, string>} settings */
function describeSettings(settings) {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** @param {ServerProcess} server @param {(sql: string) => Promise<string>} query */
async function startAnswering(server, query) {
  const isReady = async () => (await query('SELECT 1')) === '1';
  await server.startUntilReady({ name: 'PostgreSQL', isReady });
}

/** Its children have process groups of their own. @param {ServerProcess} server @param {NodeJS.Signals} name */
function signalAll(server, name) {
  const children = server.pid === undefined ? [] : findChildren(server.pid);
  server.signal(name);
  for (const pid of children) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // A connection that has just been closed.
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
    }
  }
}

/** @param {ServerProcess} server */
function kill(server) {
  signalAll(server, 'SIGKILL');
  return server.exited;
}

/** Processes that a process has started. @param {number} parent */
function findChildren(parent) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readParent(name) === parent)
    .map(Number);
}

/** @param {string} pid */
function readParent(pid) {
  try {
    // The program's name, in brackets, may hold anything.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S+ (\d+) .*$/s, '$1'));
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

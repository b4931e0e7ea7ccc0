import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { findFreePorts } from './free-ports.js';
import { findRedis } from './install-redis.js';
import { askRedis } from './redis-client.js';
import { startOrStop, withControls } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { findReachable, give, UNPRIVILEGED } from './unprivileged.js';

/**
 * @typedef {object} RedisOptions
 * @property {string[]} [args] More of its options: `['--maxmemory', '3mb']`.
 * @property {string} [password] Default: none.
 */

/**
 * A Redis that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startRedis>>} Redis
 */

/**
 * Starts Redis on a free port of the loopback address, in a temporary folder, keeping nothing on disk. Resolves when it
 * answers.
 * @param {RedisOptions} [options]
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 * @throws {Error} With what it printed, where it does not come up.
 */
export async function startRedis({ args = [], password = '' } = {}) {
  const { program, libraries, folder } = findRedis();
  const place = mkdtempSync(join(tmpdir(), 'barbossa-redis-'));
  give(place);
  const [port = 0] = await findFreePorts(1);
  const home = folder === undefined ? undefined : findReachable(folder, join(place, 'home'));
  const server = new ServerProcess({
    command: folder === undefined || home === undefined ? program : join(home, relative(folder, program)),
    args: [
      `--bind 127.0.0.1 --port ${port} --save  --appendonly no`.split(' '),
      ['--dir', place],
      password === '' ? [] : ['--requirepass', password],
      args,
    ].flat(),
    cwd: place,
    ...UNPRIVILEGED,
    env: {
      PATH: process.env['PATH'] ?? '',
      LD_LIBRARY_PATH: folder === undefined || home === undefined ? '' : libraries.replaceAll(folder, home),
    },
  });
  /** Sends one command and gives its answer, errors as texts that begin with `-`. @param {string[]} words */
  const command = (...words) => askRedis({ port, password }, words);
  // An error is an answer too: a replica whose master is away.
  const isReady = async () => (await command('PING')) !== '';
  const start = () => server.startUntilReady({ name: 'Redis', isReady });
  const stop = async () => {
    await server.kill();
    removeFolder(place);
  };
  await startOrStop(start, stop);
  return withControls(server, {
    port,
    url: `redis://${password === '' ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    command,
    /** Starts it again after `kill`: same port, no data. */
    start,
    /** Ends it and removes its folder. */
    stop,
  });
}

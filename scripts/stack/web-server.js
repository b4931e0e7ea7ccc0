import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from './free-ports.js';
import { startOrStop, withControls } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { give, UNPRIVILEGED } from './unprivileged.js';

/**
 * @typedef {object} WebServerOptions
 * @property {string} name To a person; in small letters with hyphens it names its folder.
 * @property {string} readyPath Answers 200 when it is up.
 * @property {(given: { folder: string, address: string, port: number }) => { command: string, args: string[], env?: Record<string, string> }} describe
 *   How it is run, in a folder of its own, listening on that port of that address.
 * @property {string} [address] One of this machine: 127.0.0.1.
 * @property {number} [port] Default: a free one.
 * @property {string} [folder] It stays when the server is stopped. Default: a new one in the system's temporary folder,
 *   which goes then.
 */

/**
 * A server that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startWebServer>>} WebServer
 */

/**
 * Starts a server that speaks HTTP, as an unprivileged user. Resolves when it is ready.
 * @param {WebServerOptions} options
 * @throws {Error} With what it printed, where it does not come up.
 */
export async function startWebServer({ name, readyPath, describe, address = '127.0.0.1', port, folder }) {
  const place = folder ?? mkdtempSync(join(tmpdir(), `barbossa-${name.toLowerCase().replaceAll(' ', '-')}-`));
  give(place);
  const [free = 0] = port === undefined ? await findFreePorts(1) : [port];
  const url = `http://${address}:${free}`;
  const { command, args, env = {} } = describe({ folder: place, address, port: free });
  const base = { PATH: process.env['PATH'] ?? '', HOME: place, TMPDIR: place };
  const server = new ServerProcess({ command, args, cwd: place, ...UNPRIVILEGED, env: { ...base, ...env } });
  const isReady = async () => (await fetch(url + readyPath)).ok;
  const start = () => server.startUntilReady({ name, isReady });
  const stop = async () => {
    await server.kill();
    if (folder === undefined) removeFolder(place);
  };
  await startOrStop(start, stop);
  return withControls(server, {
    url,
    port: free,
    folder: place,
    /** SIGHUP: it reads its configuration again. */
    reload: () => server.signal('SIGHUP'),
    /** Starts it again after `kill` or `terminate`: same port, same folder. */
    start,
    /** Ends it, and removes its folder unless it was given. */
    stop,
  });
}

import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { findLibraries } from '../debian-packages.js';
import { fromRoot } from '../paths.js';
import { removeFolder, ServerProcess } from '../server-process.js';
import { findDocker } from './install-docker.js';

const run = promisify(execFile);

/** Images and what BuildKit remembers, so that the next run is short. Containers, volumes and networks do not stay. */
const DATA = fromRoot('.stack/docker-data');
const SCRIPT = fromRoot('scripts/stack/docker/daemon.sh');
const CGROUPS = '/sys/fs/cgroup';
const PREFIX = 'barbossa-docker-';
const SOCKET = 'docker.sock';
/** Has the id of the process that made the folder. */
const OWNER = 'owner';
const UP_MS = 60_000;
const STOP_MS = 60_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** @typedef {Awaited<ReturnType<typeof startDaemon>>} Daemon */

/**
 * A Docker daemon of our own, in namespaces of its own: mounts, processes, host name, and network where that is `own`. There,
 * its ports and rules are no one else's; images are built where it is `host`, since packages are fetched for them.
 * @param {{ network: 'own' | 'host' }} options
 * @throws {import('../missing.js').MissingError} Where it is not installed. @throws {Error} Where it does not come up.
 */
export async function startDaemon({ network }) {
  const docker = findDocker();
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(folder, OWNER), String(process.pid));
  const socket = join(folder, SOCKET);
  const controlGroup = basename(folder);
  for (const name of ['cgroups', 'client/cli-plugins']) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(docker.compose, join(folder, 'client/cli-plugins/docker-compose'));
  symlinkSync(docker.buildx, join(folder, 'client/cli-plugins/docker-buildx'));
  const server = new ServerProcess({
    command: 'unshare',
    args: describeCommand(docker, network, folder, controlGroup),
    env: {
      PATH: [join(docker.system, 'usr/sbin'), join(docker.system, 'usr/bin'), process.env['PATH']].join(':'),
      LD_LIBRARY_PATH: findLibraries(docker.system),
      XTABLES_LIBDIR: join(findLibraries(docker.system), 'xtables'),
    },
  });
  const env = { ...process.env, DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(folder, 'client') };

  /** @param {readonly string[]} args @param {{ cwd?: string, env?: Record<string, string> }} [options] */
  const execute = async (args, options = {}) => {
    const all = { cwd: options.cwd, env: { ...env, ...options.env }, maxBuffer: OUTPUT_BYTES };
    const { stdout } = await run(docker.client, [...args], all);
    return stdout.trim();
  };
  const stop = async () => {
    await server.stop({ graceMs: STOP_MS });
    removeControlGroups(controlGroup);
    removeFolder(folder);
  };
  try {
    await server.startUntilReady({
      name: 'dockerd',
      isReady: async () => existsSync(socket) && (await execute(['version'])) !== '',
      timeoutMs: UP_MS,
    });
    await removeContainers(execute);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    /** Where its socket is, and nothing after its end. */
    folder,
    /** Name of the control groups of its containers. */
    controlGroup,
    /** Where volumes, images and the files of the json-file driver are. */
    data: DATA,
    /** For programs that speak to it. */
    env,
    /** Runs the client; gives what it prints. @throws {Error} Where it fails. */
    execute,
    /** Runs a program where the daemon is: as root of the host, as its containers see one. */
    runOnHost: async (/** @type {string} */ command, /** @type {readonly string[]} */ args) => {
      const enter = ['--target', findInit(server.pid), '--mount', '--pid', '--net', command, ...args];
      const { stdout } = await run('nsenter', enter, { maxBuffer: OUTPUT_BYTES });
      return stdout;
    },
    /** For `spawn`: the beginning of a command that has this network and all else of this machine. */
    inNetwork: () => ['nsenter', '--target', findInit(server.pid), '--net'],
    get output() {
      return server.output;
    },
    /** Ends it with all that it started, once or again; images stay in `data`. */
    stop: async () => {
      if (server.running) await removeContainers(execute);
      await stop();
    },
  };
}

/** @param {ReturnType<typeof findDocker>} docker @param {'own' | 'host'} network @param {string} folder @param {string} controlGroup */
function describeCommand(docker, network, folder, controlGroup) {
  const init = join(docker.system, 'usr/bin/tini-static');
  const isOwn = network === 'own';
  return [
    ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--uts', '--ipc'],
    isOwn ? ['--net'] : [],
    ['/bin/sh', SCRIPT, network, join(folder, 'cgroups')],
    // It takes up the processes whose parents have ended.
    [init, '--', docker.engine],
    ['--host', `unix://${join(folder, SOCKET)}`, '--data-root', DATA, '--exec-root', join(folder, 'exec')],
    ['--pidfile', join(folder, 'pid'), '--cgroup-parent', `/${controlGroup}`, '--storage-driver', 'overlay2'],
    ['--init-path', init, '--userland-proxy-path', join(docker.engine, '../docker-proxy')],
    ['--log-level', 'warn', '--bridge', 'none'],
    // Of this machine's rules nothing is changed.
    isOwn ? [] : ['--iptables=false', '--ip6tables=false', '--ip-forward=false'],
  ].flat();
}

/** What an earlier run has left, or this one: a container that is to be restarted would be. @param {(args: string[]) => Promise<string>} execute */
async function removeContainers(execute) {
  const containers = await execute(['ps', '--all', '--quiet']);
  if (containers !== '') await execute(['rm', '--force', '--volumes', ...containers.split('\n')]);
  await execute(['network', 'prune', '--force']);
  await execute(['volume', 'prune', '--all', '--force']);
  // Those whose name another has since; BuildKit remembers how they were made.
  await execute(['image', 'prune', '--force']);
}

/** Folders and control groups of runs that were killed, whose processes ended with them. */
function removeLeftovers() {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const owner = join(folder, OWNER);
    if (!existsSync(owner) || existsSync(`/proc/${readFileSync(owner, 'utf8')}`)) continue;
    removeControlGroups(name);
    removeFolder(folder);
  }
}

/** Process 1 of its namespaces, by this machine's number. @param {number | undefined} pid */
function findInit(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

/** Every folder of control groups of that name, whose processes are gone. @param {string} name */
function removeControlGroups(name) {
  for (const hierarchy of ['', ...readdirSync(CGROUPS)]) removeTree(join(CGROUPS, hierarchy, name));
}

/** @param {string} folder */
function removeTree(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  rmdirSync(folder);
}

import { existsSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { copyModule, makeGoPart } from '../build-go-program.js';
import { unpackDebianPackage } from '../debian-packages.js';
import { findProgram } from '../find-program.js';
import { installPart } from '../install-part.js';
import { MissingError } from '../missing.js';
import { fromRoot } from '../paths.js';
import { runTool } from '../run-tool.js';
import { DOCKER_BUILDX, DOCKER_CLIENT, DOCKER_COMPOSE, DOCKER_ENGINE } from '../versions.js';

/** @typedef {import('../install-part.js').Part} Part */

const ENGINE = fromRoot('.stack/docker-engine');
const CLIENT = fromRoot('.stack/docker-client');
const COMPOSE = fromRoot('.stack/docker-compose');
const BUILDX = fromRoot('.stack/docker-buildx');
const SYSTEM = fromRoot('.stack/docker-system');
const BASE = fromRoot('.stack/docker-base');
const GO_VERSION = '1.24';
/** Below the engine: what starts containers, what the engine sets its networks up by, and what images are begun with. */
const PACKAGES = ['containerd', 'runc', 'iptables', 'tini', 'busybox-static', 'debootstrap'];
/** Of the images that stand in for others. It is the one that their names say. */
const RELEASE = 'bookworm';
const BASE_PACKAGES = 'ca-certificates,curl';

/** @type {Part} */
const system = {
  title: `Debian's ${PACKAGES.join(', ')}`,
  hint: 'unpacks these packages',
  install: () =>
    installPart({
      folder: SYSTEM,
      key: PACKAGES.join(' '),
      make: async (work) => {
        for (const name of PACKAGES) await unpackDebianPackage(name, work);
        // Names that a package makes when it is installed.
        for (const name of ['iptables', 'ip6tables']) symlinkSync('xtables-nft-multi', join(work, 'usr/sbin', name));
      },
    }),
};

/** @type {Part} */
const base = {
  title: `Debian's ${RELEASE}, the base of images`,
  hint: 'builds it with debootstrap, which takes a minute',
  install: () => installPart({ folder: BASE, key: `${RELEASE} ${BASE_PACKAGES}`, make: makeBase }),
};

/**
 * Docker, for `npm run test:compose`: the engine, its client, compose and buildx, of their Go modules, since Debian 12
 * has an engine that is older than deploy/README.md asks for. About fifteen minutes on two cores.
 * @type {readonly Part[]}
 */
export const docker = [
  system,
  base,
  makeGoPart({
    title: 'Docker Engine',
    folder: ENGINE,
    source: DOCKER_ENGINE,
    packages: ['./cmd/dockerd', './cmd/docker-proxy'],
    // It takes headers that a machine rarely has, and overlay2 is what is used.
    tags: ['exclude_graphdriver_btrfs'],
    goVersion: GO_VERSION,
    versionVariable: 'github.com/docker/docker/dockerversion.Version',
    complete: nameModule,
  }),
  makeGoPart({
    title: "Docker's client",
    folder: CLIENT,
    source: DOCKER_CLIENT,
    packages: ['./cmd/docker'],
    goVersion: GO_VERSION,
    versionVariable: 'github.com/docker/cli/cli/version.Version',
    complete: nameModule,
  }),
  makeGoPart({
    title: 'Docker Compose',
    folder: COMPOSE,
    source: DOCKER_COMPOSE,
    packages: ['./cmd'],
    goVersion: GO_VERSION,
    versionVariable: 'github.com/docker/compose/v2/internal.Version',
  }),
  makeGoPart({
    title: 'Docker Buildx',
    folder: BUILDX,
    source: DOCKER_BUILDX,
    packages: ['./cmd/buildx'],
    goVersion: GO_VERSION,
    versionVariable: 'github.com/docker/buildx/version.Version',
  }),
];

/** These two have their go.mod under another name. @param {string} source @param {string} work */
function nameModule(source, work) {
  const copy = copyModule(source, work);
  renameSync(join(copy, 'vendor.mod'), join(copy, 'go.mod'));
  renameSync(join(copy, 'vendor.sum'), join(copy, 'go.sum'));
  return copy;
}

/** @param {string} work */
async function makeBase(work) {
  const root = join(work, 'root');
  const needed = 'root, and an archive of Debian that can be reached: debootstrap makes the base of images';
  const env = { ...process.env, DEBOOTSTRAP_DIR: join(SYSTEM, 'usr/share/debootstrap') };
  const debootstrap = [join(SYSTEM, 'usr/sbin/debootstrap'), '--variant=minbase', `--include=${BASE_PACKAGES}`];
  // What it mounts is gone with it.
  const apart = ['--mount', '--propagation', 'private', ...debootstrap, RELEASE, root];
  await runTool('unshare', apart, { env, needed });
  await runTool('tar', ['-C', root, '-cf', join(work, 'root.tar'), '.'], { needed });
  rmSync(root, { recursive: true });
}

/**
 * Where all of it is. @throws {MissingError} Where it is not installed, or this machine cannot run it.
 * @returns {{ engine: string, client: string, compose: string, buildx: string, system: string, base: string }}
 */
export function findDocker() {
  const programs = {
    engine: join(ENGINE, 'dockerd'),
    client: join(CLIENT, 'docker'),
    compose: join(COMPOSE, 'cmd'),
    buildx: join(BUILDX, 'buildx'),
    system: SYSTEM,
    base: BASE,
  };
  if (!Object.values(programs).every((path) => existsSync(path))) {
    throw new MissingError('Docker is not installed: npm run stack:install -- docker');
  }
  if (process.getuid?.() !== 0) throw new MissingError('a Docker daemon takes root');
  for (const name of ['unshare', 'nsenter', 'curl', 'ps']) {
    if (findProgram(name) === undefined) throw new MissingError(`there is no ${name} on this system`);
  }
  return programs;
}

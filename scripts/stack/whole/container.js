import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../find-program.js';
import { MissingError } from '../missing.js';

/** @typedef {import('../compose-model.js').Service} Service */

/**
 * What stands in for an image: real programs of this machine, at the paths where the image has them.
 * @typedef {object} Image
 * @property {Record<string, string>} [files] Files and folders of this machine by their paths in the image; read only.
 * @property {Record<string, string>} [env]
 * @property {string[] | undefined} [entrypoint]
 * @property {string[] | undefined} [command]
 * @property {string} [folder] Where the program starts. Default: /.
 * @property {Record<string, string>} [owners] Of folders that the image has, as `UID:GID` or `UID:GID:MODE`: of a new volume there.
 */

/**
 * @typedef {object} Place
 * @property {string} address Of the loopback network: what 0.0.0.0, 127.0.0.1 and localhost are to this container.
 * @property {string} hosts Text of its /etc/hosts.
 * @property {string} folder Its own, for the mount of its root and its script.
 * @property {(name: string) => string} findVolume The folder that stands in for a volume.
 */

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** As Docker mounts them, where the compose file does not say otherwise. */
const TMPFS_OPTIONS = ['noexec', 'nosuid', 'nodev', 'mode=1777'];

/**
 * How to start a service of a compose file without Docker: in a mount namespace of its own, with this machine's files as
 * they are below, and upon them what the service's image, volumes and tmpfs bring; as its user, with its capabilities
 * and its environment; read only where it says so. Memory is not limited, and the network is this machine's.
 * @param {Service} service @param {Image} image @param {Place} place
 * @returns {import('../server-process.js').ServerOptions}
 */
export function describeContainer(service, image, place) {
  mkdirSync(place.folder, { recursive: true });
  const [uid = '0', gid = '0'] = (service.user ?? '0:0').split(':');
  for (const { type, source = '', target } of service.volumes ?? []) {
    if (type === 'volume') makeVolume(place.findVolume(source), image.owners?.[target]);
  }
  const command = [
    ...(service.entrypoint ?? image.entrypoint ?? []),
    ...(service.command ?? (service.entrypoint ? [] : (image.command ?? []))),
  ].map((word) => localize(word, place.address));
  const script = [
    'set -e',
    ...mountRoot(place),
    ...Object.entries(image.files ?? {}).flatMap(([target, source], index) => layIn(source, target, index)),
    ...(service.volumes ?? []).flatMap(({ type, source = '', target, read_only: isReadOnly = false, volume }) => {
      const folder = type === 'volume' ? join(place.findVolume(source), volume?.subpath ?? '') : source;
      // Docker makes no folder within a volume either.
      return [`test -e ${quote(folder)}`, ...bind(folder, target, isReadOnly)];
    }),
    ...(service.tmpfs ?? []).flatMap(mountTmpfs),
    // Who runs is somebody: some programs ask for the name.
    `echo service:x:${uid}:${gid}::/:/bin/sh >>"$root/etc/passwd"`,
    ...(service.read_only === true ? ['for place in $layers "$root"; do mount -o remount,bind,ro "$place"; done'] : []),
    ['exec chroot "$root" setpriv', ...limit(service, uid, gid), 'env', `--chdir=${image.folder ?? '/'}`, '"$@"'].join(
      ' ',
    ),
  ];
  const file = join(place.folder, 'container.sh');
  writeFileSync(file, `${script.join('\n')}\n`);
  return {
    command: 'unshare',
    args: ['--mount', '--propagation', 'slave', '/bin/sh', file, ...command],
    env: describeEnvironment(service, image, place.address),
  };
}

/**
 * How to run a program in a container that runs, as its user.
 * @param {number | undefined} pid @param {readonly string[]} command @param {Service} service @param {Image} image
 * @param {string} address
 */
export function describeEntry(pid, command, service, image, address) {
  const [uid = '0', gid = '0'] = (service.user ?? '0:0').split(':');
  const enter = ['--target', String(pid), '--mount', '--root', '--wd=/'];
  const become = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
  return {
    command: 'nsenter',
    args: [...enter, ...become, 'env', `--chdir=${image.folder ?? '/'}`, ...command],
    env: describeEnvironment(service, image, address),
  };
}

/** The command of its health check. @param {Service} service @param {string} address */
export function describeHealthCheck({ healthcheck }, address) {
  const [kind, ...words] = (healthcheck?.test ?? []).map((word) => localize(word, address));
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : words;
}

/** @throws {MissingError} Where this machine cannot do it. */
export function requireContainers() {
  // The last two are in images that have a health check by them.
  for (const name of ['unshare', 'nsenter', 'setpriv', 'chroot', 'wget', 'curl']) {
    if (findProgram(name, ['/usr/sbin']) === undefined) throw new MissingError(`there is no ${name} on this system`);
  }
  const script =
    'mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w /mnt/r && ' +
    'mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r';
  try {
    execFileSync('unshare', ['--mount', '--propagation', 'private', '/bin/sh', '-c', script], { stdio: 'ignore' });
  } catch {
    throw new MissingError('containers of mount namespaces: they take root, and a kernel with overlayfs');
  }
}

/** This machine's files, upon which changes are in memory. @param {Place} place */
function mountRoot({ folder, hosts }) {
  writeFileSync(join(folder, 'hosts'), hosts);
  mkdirSync(join(folder, 'top'), { recursive: true });
  return [
    `top=${quote(join(folder, 'top'))}`,
    'root=$top/root',
    'layers=',
    'mount -t tmpfs tmpfs "$top"',
    'mkdir "$root" "$top/upper" "$top/work"',
    'mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$root"',
    'for name in proc sys dev; do mount --rbind "/$name" "$root/$name"; done',
    `cp ${quote(join(folder, 'hosts'))} "$root/etc/hosts"`,
  ];
}

/** A part of the image: changes are in memory, as in the root. @param {string} source @param {string} target @param {number} index */
function layIn(source, target, index) {
  const to = `"$root"${quote(target)}`;
  const layer = `"$top/layer${index}`;
  const folders = `lowerdir=${quote(source)},upperdir=${layer}/upper",workdir=${layer}/work"`;
  return [
    `if [ -d ${quote(source)} ]; then`,
    `mkdir -p ${to} ${layer}/upper" ${layer}/work"`,
    `mount -t overlay overlay -o ${folders} ${to}`,
    `layers="$layers "${to}`,
    'else',
    ...bind(source, target, true),
    'fi',
  ];
}

/** @param {string} source @param {string} target @param {boolean} isReadOnly */
function bind(source, target, isReadOnly) {
  const to = `"$root"${quote(target)}`;
  return [
    `if [ -d ${quote(source)} ]; then mkdir -p ${to}; else mkdir -p "$(dirname ${to})"; touch ${to}; fi`,
    `mount --rbind ${quote(source)} ${to}`,
    ...(isReadOnly ? [`mount -o remount,bind,ro ${to}`] : []),
  ];
}

/** @param {string} text As in a compose file: a path, and options after a colon. */
function mountTmpfs(text) {
  const [target = '', options = ''] = text.split(':');
  const all = [...TMPFS_OPTIONS, ...options.split(',').filter((option) => option !== '')];
  const to = `"$root"${quote(target)}`;
  return [`mkdir -p ${to}`, `mount -t tmpfs -o ${all.join(',')} tmpfs ${to}`];
}

/** @param {Service} service @param {string} uid @param {string} gid */
function limit({ cap_drop: dropped = [], cap_add: added = [], security_opt: options = [] }, uid, gid) {
  const capabilities = [
    ...dropped.map((name) => `-${name.toLowerCase()}`),
    ...added.map((name) => `+${name.toLowerCase()}`),
  ];
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=-all',
    ...(capabilities.length > 0 ? [`--bounding-set=${capabilities.join(',')}`] : []),
    ...(options.includes('no-new-privileges:true') ? ['--no-new-privs'] : []),
  ];
}

/** @param {Service} service @param {Image} image @param {string} address @returns {Record<string, string>} */
function describeEnvironment({ environment = {} }, { env = {} }, address) {
  const all = { PATH, HOME: '/', ...env, ...environment };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, localize(value ?? '', address)]));
}

/** @param {string} text @param {string} address */
function localize(text, address) {
  return text.replaceAll(/\b(?:0\.0\.0\.0|127\.0\.0\.1)\b/g, address);
}

/** An empty volume belongs to whom the folder at its place in the image belongs. @param {string} path @param {string} [owner] */
function makeVolume(path, owner = '0:0') {
  if (existsSync(path) && readdirSync(path).length > 0) return;
  mkdirSync(path, { recursive: true });
  const [uid = '0', gid = '0', mode = '755'] = owner.split(':');
  chownSync(path, Number(uid), Number(gid));
  chmodSync(path, Number.parseInt(mode, 8));
}

/** @param {string} word */
function quote(word) {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

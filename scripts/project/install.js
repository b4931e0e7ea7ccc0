import { existsSync, readFileSync, statSync } from 'node:fs';
import { findToolsNode } from './nodes.js';
import { runNpm } from './processes.js';
import { inProject } from './root.js';
import { fail, printDuration, say } from './say.js';

/**
 * A package in a lockfile.
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 * @property {string[]} [os] Where it is for some platforms only.
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * Installs what the lockfile says, unless node_modules has it already. Ends the command where npm fails.
 * @param {{ readonly tools: boolean }} options `tools`: also the native parts of the tools that test and check. npm
 *   leaves them out under a Node that is too old for them, so that a newer one has to run npm.
 */
export async function ensureInstalled({ tools }) {
  const lock = readLock('package-lock.json');
  if (isInstalled(lock, tools)) return;
  const node = tools ? await findToolsNode() : process.execPath;
  say(`Installing the packages of package-lock.json (npm ci) ...`);
  const result = await runNpm(
    // The development packages also where NODE_ENV is production. No package here needs its install script.
    ['ci', '--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'],
    { node, heartbeat: true },
  );
  if (result.code !== 0) fail('npm ci failed, so nothing is started. What npm said is above.');
  say(`Installed in ${printDuration(result.durationMs)}.`);
}

/**
 * Installs the packages of a folder that has a package.json and a lockfile of its own, where they are not there or older.
 * @param {string} folder From the project's. @throws {Error} Where npm fails.
 */
export async function ensureFolderInstalled(folder) {
  const made = inProject(folder, 'node_modules/.package-lock.json');
  const lock = inProject(folder, 'package-lock.json');
  if (existsSync(made) && statSync(made).mtimeMs >= statSync(lock).mtimeMs) return;
  say(`Installing the packages of ${folder}/package-lock.json (npm ci) ...`);
  const { code } = await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    node: await findToolsNode(),
    cwd: inProject(folder),
    heartbeat: true,
  });
  if (code !== 0) throw new Error(`npm ci failed in ${folder}; what npm said is above`);
}

/**
 * The packages on disk are those of the lockfile. npm keeps a list of what it put there.
 * @param {Record<string, LockedPackage>} lock @param {boolean} tools
 */
function isInstalled(lock, tools) {
  if (!existsSync(inProject('node_modules', '.package-lock.json'))) return false;
  const present = readLock('node_modules/.package-lock.json');
  return Object.entries(lock).every(([place, locked]) => {
    const found = present[place];
    if (found !== undefined) return found.version === locked.version && found.integrity === locked.integrity;
    const optional = locked.optional === true || locked.devOptional === true;
    return optional && !(tools && isNativeHere(locked));
  });
}

/** What a lockfile lists, without the project itself. @param {string} file @returns {Record<string, LockedPackage>} */
function readLock(file) {
  const { '': _project, ...packages } = JSON.parse(readFileSync(inProject(file), 'utf8')).packages;
  return packages;
}

/** Whether a package is the native part of another one for just this platform. @param {LockedPackage} locked */
function isNativeHere({ os, cpu, libc }) {
  if (os === undefined || cpu === undefined) return false;
  return os.includes(process.platform) && cpu.includes(process.arch) && (libc ?? [findLibc()]).includes(findLibc());
}

/** The C library of a Linux system, in npm's word. */
function findLibc() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report?.getReport());
  return report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

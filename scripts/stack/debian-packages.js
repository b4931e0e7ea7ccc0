import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MissingError } from './missing.js';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

/**
 * Unpacks a Debian package, and those it needs that the system lacks, into a folder. Nothing is installed or started on
 * the system, and it takes no root.
 * @param {string} name @param {string} folder @returns {Promise<void>}
 * @throws {MissingError} Where there is no apt, or apt has no such package.
 */
export async function unpackDebianPackage(name, folder) {
  try {
    await downloadFresh(name, folder);
  } catch (error) {
    throw describeMissing(name, error);
  }
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.deb'))) {
    await run('dpkg-deb', ['--extract', join(folder, file), folder]);
    rmSync(join(folder, file));
  }
}

/** @param {string} name @param {string} folder */
async function downloadFresh(name, folder) {
  try {
    await download(name, folder);
  } catch (error) {
    if (!isRoot || isAbsent(error)) throw error;
    // The lists of packages are absent, or older than the archive.
    await run('apt-get', ['update', '-q']);
    await download(name, folder);
  }
}

/** @param {string} name @param {string} folder */
async function download(name, folder) {
  const { stdout } = await run('apt-get', ['install', '--simulate', '-qq', '--no-install-recommends', name]);
  const packages = stdout.split('\n').flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? []);
  // With nothing to install there is nothing to download, and no name would be an error.
  await run('apt-get', ['download', '-q', ...new Set([name, ...packages])], { cwd: folder });
}

/** @param {unknown} error */
function isAbsent(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
}

/** @param {string} name @param {unknown} error */
function describeMissing(name, error) {
  const advice = `install ${name} with the package manager of this system`;
  if (isAbsent(error)) return new MissingError(`${advice} (there is no apt-get here)`);
  const reason = error instanceof Error ? error.message : String(error);
  return new MissingError(`${advice}, or run "apt-get update" as root and this again:\n${reason}`);
}

/** Where unpacked libraries are, for LD_LIBRARY_PATH. @param {string} folder */
export function findLibraries(folder) {
  const base = join(folder, 'usr/lib');
  return readdirSync(base)
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(base, name))
    .join(':');
}

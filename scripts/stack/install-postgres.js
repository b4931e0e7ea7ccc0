import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findLibraries, unpackDebianPackage } from './debian-packages.js';
import { findProgram } from './find-program.js';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';

/** @typedef {import('./install-part.js').Part} Part */

const FOLDER = fromRoot('.stack/postgres');

/** The system's PostgreSQL, else Debian's, unpacked. @type {Part} */
export const postgres = {
  title: 'PostgreSQL',
  hint: "unpacks Debian's package postgresql",
  install: async () => {
    if (findSystem() !== undefined) return false;
    return installPart({ folder: FOLDER, key: 'postgresql', make: (work) => unpackDebianPackage('postgresql', work) });
  },
};

/**
 * Where PostgreSQL's programs are. `libraries` is for LD_LIBRARY_PATH; `folder` is all of it, where it is not the system's.
 * @returns {{ programs: string, libraries: string, folder?: string }}
 * @throws {MissingError} Where it is not installed.
 */
export function findPostgres() {
  const programs = findSystem();
  if (programs !== undefined) return { programs, libraries: '' };
  const unpacked = existsSync(FOLDER) ? findNewest(join(FOLDER, 'usr/lib/postgresql')) : undefined;
  if (unpacked === undefined) throw new MissingError('PostgreSQL is not installed: npm run stack:install');
  return { programs: unpacked, libraries: findLibraries(FOLDER), folder: FOLDER };
}

function findSystem() {
  // Debian keeps them off the PATH, a folder for each version.
  const debian = findNewest('/usr/lib/postgresql');
  if (debian !== undefined) return debian;
  const program = findProgram('initdb');
  return program === undefined ? undefined : join(program, '..');
}

/** @param {string} base */
function findNewest(base) {
  if (!existsSync(base)) return undefined;
  return readdirSync(base)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(base, version, 'bin'))
    .find((programs) => existsSync(join(programs, 'postgres')) && existsSync(join(programs, 'initdb')));
}

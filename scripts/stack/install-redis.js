import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findLibraries, unpackDebianPackage } from './debian-packages.js';
import { findProgram } from './find-program.js';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';

/** @typedef {import('./install-part.js').Part} Part */

const FOLDER = fromRoot('.stack/redis');
const UNPACKED = join(FOLDER, 'usr/bin/redis-server');

/** The system's Redis, else Debian's, unpacked. @type {Part} */
export const redis = {
  title: 'Redis',
  hint: "unpacks Debian's package redis-server",
  install: async () => {
    if (findProgram('redis-server') !== undefined) return false;
    return installPart({
      folder: FOLDER,
      key: 'redis-server',
      make: (work) => unpackDebianPackage('redis-server', work),
    });
  },
};

/**
 * Where Redis is. `libraries` is for LD_LIBRARY_PATH; `folder` is all of it, where it is not the system's.
 * @returns {{ program: string, libraries: string, folder?: string }}
 * @throws {MissingError} Where it is not installed.
 */
export function findRedis() {
  const program = findProgram('redis-server');
  if (program !== undefined) return { program, libraries: '' };
  if (!existsSync(UNPACKED)) throw new MissingError('Redis is not installed: npm run stack:install');
  return { program: UNPACKED, libraries: findLibraries(FOLDER), folder: FOLDER };
}

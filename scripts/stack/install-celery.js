import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findLibraries, unpackDebianPackage } from './debian-packages.js';
import { findProgram } from './find-program.js';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';
import { runTool } from './run-tool.js';

/** @typedef {import('./install-part.js').Part} Part */

const FOLDER = fromRoot('.stack/celery');
const REQUIREMENTS = fromRoot('scripts/stack/celery-requirements.txt');
const PACKAGES = ['celery', 'python3-redis'];
/** Where Debian's Python looks for Debian's packages; what is unpacked belongs to this very Python. */
const DEBIAN_PYTHON = '/usr/bin/python3';
const DEBIAN_MODULES = 'usr/lib/python3/dist-packages';
/** Where pip's packages go, which any Python of today can use. */
const PIP_MODULES = join(FOLDER, 'site');

/** The system's Celery, else Debian's, unpacked, else that of PyPI by pip. @type {Part} */
export const celery = {
  title: 'Celery',
  hint: "unpacks Debian's packages celery and python3-redis, or lets pip get them where there is no apt-get",
  install: async () => {
    if (hasModules('/')) return false;
    return installPart({ folder: FOLDER, key: PACKAGES.join(' '), make });
  },
};

/** @param {string} work */
async function make(work) {
  if (findProgram('apt-get') === undefined) return installByPip(work);
  for (const name of PACKAGES) await unpackDebianPackage(name, work);
}

/** Pinned by their hashes, without a virtual environment: that would name the Python of this user. @param {string} work */
async function installByPip(work) {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', '--require-hashes'];
  await runTool('python3', [...pip, '--only-binary=:all:', '--target', join(work, 'site'), '-r', REQUIREMENTS], {
    needed: 'Python 3.11 or newer with pip (or Debian, with its packages celery and python3-redis)',
  });
}

/**
 * Where Celery is. `modules` is for PYTHONPATH and `libraries` for LD_LIBRARY_PATH; `home`, for PYTHONHOME, is there where
 * Python itself is unpacked; `folder` is all of it, where it is not the system's.
 * @returns {{ python: string, modules: string, libraries: string, home?: string, folder?: string }}
 * @throws {MissingError} Where it is not installed.
 */
export function findCelery() {
  if (hasModules('/')) return { python: DEBIAN_PYTHON, modules: '', libraries: '' };
  if (existsSync(PIP_MODULES)) {
    // The one whose pip has chosen them.
    const python = findProgram('python3');
    if (python === undefined) throw new MissingError('there is no python3, which Celery runs on');
    return { python, modules: PIP_MODULES, libraries: '', folder: FOLDER };
  }
  if (!hasModules(FOLDER)) throw new MissingError('Celery is not installed: npm run stack:install');
  const modules = join(FOLDER, DEBIAN_MODULES);
  const python = join(FOLDER, DEBIAN_PYTHON);
  // A system without Python: apt-get has brought it, with its libraries.
  if (!existsSync(python)) return { python: DEBIAN_PYTHON, modules, libraries: '', folder: FOLDER };
  return { python, modules, libraries: findLibraries(FOLDER), home: join(FOLDER, 'usr'), folder: FOLDER };
}

/** @param {string} root */
function hasModules(root) {
  return ['celery', 'redis'].every((name) => existsSync(join(root, DEBIAN_MODULES, name)));
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MissingError } from './missing.js';

/** Where operating systems and version managers put JDKs, one folder for each. */
const COLLECTIONS = [
  '/usr/lib/jvm',
  '/usr/java',
  '/opt/java',
  '/Library/Java/JavaVirtualMachines',
  join(process.env['HOME'] ?? '', '.sdkman/candidates/java'),
];

/**
 * The home of a JDK (with `jar`) of at least `oldest`: ES_JAVA_HOME, JAVA_HOME, else the newest found in the usual places.
 * @param {number} oldest Major version.
 * @returns {string}
 * @throws {MissingError} Where there is none.
 */
export function findJava(oldest) {
  const named = [process.env['ES_JAVA_HOME'] ?? '', process.env['JAVA_HOME'] ?? ''].filter((home) => home !== '');
  /** @param {string} home */
  const usable = (home) => readVersion(home) >= oldest && existsSync(join(home, 'bin/jar'));
  const found =
    named.find(usable) ??
    listHomes()
      .filter(usable)
      .sort((a, b) => readVersion(b) - readVersion(a))[0];
  if (found === undefined) {
    throw new MissingError(`a JDK, ${oldest} or newer: install one, or let ES_JAVA_HOME or JAVA_HOME say where it is`);
  }
  return found;
}

function listHomes() {
  return COLLECTIONS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder).flatMap((name) => [join(folder, name), join(folder, name, 'Contents/Home')]),
  );
}

/** Major version by the file `release` that every JDK has; 0 where it is no JDK. @param {string} home */
function readVersion(home) {
  try {
    return Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

// Imported first by every command, so that an unsupported Node is told in one line before newer code fails in many.
// This file and what the commands import link on old versions too: no recent syntax, no recent exports of Node.

/** Oldest Node that the package supports, as in package.json's `engines`. */
const OLDEST_NODE = '20.6.0';

/**
 * Whether one version is the same as another or newer. @param {string} version @param {string} oldest
 * @returns {boolean}
 */
export function isAtLeast(version, oldest) {
  const left = version.split('.').map(Number);
  const right = oldest.split('.').map(Number);
  const index = left.findIndex((part, position) => part !== right[position]);
  return index === -1 || Number(left[index]) > Number(right[index]);
}

if (!isAtLeast(process.versions.node, OLDEST_NODE)) {
  process.stderr.write(
    `barbossa-telemetry needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}. See https://nodejs.org.\n`,
  );
  process.exit(1);
}

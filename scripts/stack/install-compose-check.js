import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';
import { runTool } from './run-tool.js';

/** @typedef {import('./install-part.js').Part} Part */

const FOLDER = fromRoot('.stack/compose-check');
const SOURCES = [
  'scripts/stack/compose-check/main.go',
  'scripts/stack/compose-check/go.mod',
  'scripts/stack/compose-check/go.sum',
  'deploy/collector/health/main.go',
  'deploy/collector/health/go.mod',
];
const NEEDED = "Go, 1.25 or newer (`go`): it builds the reader of compose files and the collector's health check";

/** What reads compose files as `docker compose` does, and the program of the collector's health check. @type {Part} */
export const composeCheck = {
  title: 'compose files',
  hint: 'builds what reads them',
  install: () => installPart({ folder: FOLDER, key: hashSources(), make: build }),
};

function hashSources() {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(fromRoot(source)));
  return `${process.platform} ${process.arch} ${hash.digest('hex')}`;
}

/** @param {string} work */
async function build(work) {
  // go.sum has every sum: the checksum database is not asked.
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  const options = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
  for (const [folder, name] of [
    ['scripts/stack/compose-check', 'compose-check'],
    ['deploy/collector/health', 'is-healthy'],
  ]) {
    const source = fromRoot(folder ?? '');
    await runTool('go', ['build', '-C', source, ...options, '-o', join(work, name ?? ''), '.'], {
      env,
      needed: NEEDED,
    });
  }
}

/** Where its programs are. @throws {MissingError} Where it is not installed. */
export function findComposeCheck() {
  const program = join(FOLDER, 'compose-check');
  if (!existsSync(program)) throw new MissingError('what reads compose files is not installed: npm run stack:install');
  return { program, isHealthy: join(FOLDER, 'is-healthy') };
}

import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { downloadModule } from './download-module.js';
import { installPart } from './install-part.js';
import { runTool } from './run-tool.js';

/** @typedef {import('./install-part.js').Part} Part */
/** @typedef {import('./versions.js').GoModule} GoModule */

/**
 * @typedef {object} GoProgram
 * @property {string} title
 * @property {string} folder Where its programs go.
 * @property {GoModule} source
 * @property {string[]} packages Of its programs, as `./cmd/prometheus`.
 * @property {string[]} [tags] For the build.
 * @property {string} goVersion Oldest Go that builds it.
 * @property {string} [versionVariable] What the program calls its version. Default: Prometheus' own.
 * @property {(source: string, work: string) => string} [complete] Adds what the module lacks; gives the folder to build in.
 */

/** Programs of a Go module, built once, as its authors do but without web pages. @param {GoProgram} program @returns {Part} */
export function makeGoPart(program) {
  const { title, folder, source, packages, tags = [] } = program;
  const key = [process.platform, process.arch, source.moduleVersion, source.sum, ...packages, ...tags].join(' ');
  return {
    title: `${title} ${source.version}`,
    hint: 'builds it, which takes some minutes',
    install: () => installPart({ folder, key, make: (work) => build(program, work) }),
  };
}

/** @param {GoProgram} program @param {string} work */
async function build(program, work) {
  const { title, source, packages, tags = [], goVersion, complete = (folder) => folder } = program;
  const needed = `Go, ${goVersion} or newer (\`go\`): it builds ${title}`;
  // The module's go.sum has the sums of all others: the checksum database is not asked.
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '', GONOSUMDB: source.module };
  const folder = await downloadModule(source, { work, needed });
  const variable = program.versionVariable ?? 'github.com/prometheus/common/version.Version';
  const version = `-X ${variable}=${source.version}`;
  const options = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', `-s -w ${version}`];
  if (tags.length > 0) options.push('-tags', tags.join(','));
  const place = complete(folder, work);
  await runTool('go', ['build', '-C', place, ...options, '-o', `${work}/`, ...packages], { env, needed });
  if (place !== folder) rmSync(place, { recursive: true });
  // An unprivileged user runs them.
  chmodSync(work, 0o755);
}

/** For `complete`: a copy of a module that can be changed. @param {string} source @param {string} work */
export function copyModule(source, work) {
  const copy = join(work, 'source');
  cpSync(source, copy, { recursive: true });
  openAll(copy);
  return copy;
}

/** Modules are kept read-only. @param {string} folder */
function openAll(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openAll(join(folder, entry.name));
  }
}

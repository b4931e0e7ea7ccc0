import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { COLLECTOR_FOLDER, fromRoot } from './paths.js';
import { runTool } from './run-tool.js';
import { COLLECTOR_VERSION } from './versions.js';

/** @typedef {import('./install-part.js').Part} Part */

const OWN_PARTS = ['otel-collector/patientkafka', 'otel-collector/patientstorage'];
const SOURCES = [
  'otel-collector/builder.yaml',
  'otel-collector/go.sum',
  'otel-collector/builder/go.mod',
  'otel-collector/builder/go.sum',
  ...OWN_PARTS.flatMap((folder) => readdirSync(fromRoot(folder)).map((name) => `${folder}/${name}`)),
];
const NEEDED = 'Go, 1.25 or newer (`go`): it builds the collector and tests our parts of it';

/** The collector of otel-collector/builder.yaml, built once. About four minutes on two cores. @type {Part} */
export const collector = {
  title: `collector ${COLLECTOR_VERSION}`,
  hint: 'builds it, which takes some minutes',
  install: () => installPart({ folder: COLLECTOR_FOLDER, key: hashSources(), make: build }),
};

/** @throws {MissingError} Where there is no Go. */
export function requireGo() {
  const { error } = spawnSync('go', ['version'], { stdio: 'ignore' });
  if (error !== undefined) throw new MissingError(NEEDED);
}

function hashSources() {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(fromRoot(source)));
  return `${process.platform} ${process.arch} ${hash.digest('hex')}`;
}

/** @param {string} work */
async function build(work) {
  const env = { ...process.env, GOWORK: 'off' };
  const builder = join(work, 'builder');
  await runTool(
    'go',
    ['build', '-C', fromRoot('otel-collector/builder'), '-o', builder, 'go.opentelemetry.io/collector/cmd/builder'],
    { env, needed: NEEDED },
  );
  const output = join(work, 'source');
  const manifest = join(work, 'builder.yaml');
  const text = readFileSync(fromRoot('otel-collector/builder.yaml'), 'utf8').replace(
    /^ {2}output_path: .*$/m,
    `  output_path: ${JSON.stringify(output)}`,
  );
  const places = OWN_PARTS.reduce(
    (all, folder) => all.replace(`path: ${folder}`, `path: ${JSON.stringify(fromRoot(folder))}`),
    text,
  );
  writeFileSync(manifest, places);
  // With every sum known, Go checks each module against this file and asks no checksum database.
  mkdirSync(output);
  copyFileSync(fromRoot('otel-collector/go.sum'), join(output, 'go.sum'));
  await runTool(builder, ['--config', manifest], { env, needed: NEEDED });
  copyFileSync(join(output, 'otelcol'), join(work, 'otelcol'));
  for (const path of [output, builder, manifest]) rmSync(path, { recursive: true, force: true });
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runNode } from './processes.js';
import { inCache, inProject } from './root.js';
import { fail, printDuration, say } from './say.js';
import { ensureStackArchive, STACK_ARCHIVE } from './stack-archive.js';

/** The compiler's own file: Node before 20.10 cannot load `bin/tsc`, which has no extension. */
export const TSC = 'node_modules/typescript/lib/tsc.js';

/**
 * Compiles src into dist, unless dist is what these sources, settings and packages give, and puts the files of deploy/
 * there that travel in the package. Ends the command where the compiler finds an error.
 */
export async function ensureBuilt() {
  await ensureCompiled();
  ensureStackArchive();
}

async function ensureCompiled() {
  const stamp = inCache('build-stamp');
  const sources = listFiles(inProject('src')).filter((file) => file.endsWith('.ts'));
  const inputs = hash([...sources.map((file) => path.join('src', file)), 'tsconfig.json', 'package-lock.json']);
  const outputs = new Set(sources.map((file) => file.replace(/\.ts$/, '')));
  const complete = [...outputs].every((name) => existsSync(inProject('dist', `${name}.js`)));
  if (complete && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  say('Building dist (tsc) ...');
  rmSync(stamp, { force: true });
  const result = await runNode([TSC, '-p', 'tsconfig.json']);
  if (result.code !== 0) fail('The build failed, so nothing is started. What the compiler said is above.');
  removeOrphans(outputs);
  writeFileSync(stamp, inputs);
  say(`Built in ${printDuration(result.durationMs)}.`);
}

/** Takes out of dist what an earlier build made of sources that are gone. @param {Set<string>} outputs */
function removeOrphans(outputs) {
  for (const file of listFiles(inProject('dist'))) {
    const isKnown = file === STACK_ARCHIVE || outputs.has(file.replace(/(\.d\.ts|\.js)(\.map)?$/, ''));
    if (!isKnown) rmSync(inProject('dist', file));
  }
}

/** Files below a folder, relative to it, sorted. @param {string} folder */
function listFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .sort();
}

/** One hash over names and contents. @param {readonly string[]} files */
function hash(files) {
  const sum = createHash('sha256');
  for (const file of files) {
    sum.update(`${file}\0`);
    sum.update(readFileSync(inProject(file)));
    sum.update('\0');
  }
  return sum.digest('hex');
}

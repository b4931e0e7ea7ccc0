import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runNode } from './processes.js';
import { inCache, inProject } from './root.js';
import { fail, printDuration, say } from './say.js';
import { ensureStackArchive, STACK_ARCHIVE } from './stack-archive.js';

/** The compiler's own file: Node before 20.10 cannot load `bin/tsc`, which has no extension. */
export const TSC = 'node_modules/typescript/lib/tsc.js';

const PAGE = 'src/admin/live/page';
const DIST_PAGE = 'dist/admin/live/page';

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
  const pageFiles = listFiles(inProject(PAGE)).map((file) => path.join(PAGE, file));
  const inputs = hash([
    ...sources.map((file) => path.join('src', file)),
    ...pageFiles,
    'tsconfig.json',
    'package-lock.json',
  ]);
  const outputs = new Set(sources.map((file) => file.replace(/\.ts$/, '')));
  const complete =
    [...outputs].every((name) => existsSync(inProject('dist', `${name}.js`))) &&
    existsSync(inProject(DIST_PAGE, 'uplot.js'));
  if (complete && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  say('Building dist (tsc) ...');
  rmSync(stamp, { force: true });
  const result = await runNode([TSC, '-p', 'tsconfig.json']);
  if (result.code !== 0) fail('The build failed, so nothing is started. What the compiler said is above.');
  removeOrphans(outputs);
  copyLivePage(pageFiles);
  writeFileSync(stamp, inputs);
  say(`Built in ${printDuration(result.durationMs)}.`);
}

/**
 * The live page is plain files that a browser takes as they are; what draws its charts comes from its package.
 * @param {readonly string[]} files
 */
function copyLivePage(files) {
  const page = inProject(DIST_PAGE);
  mkdirSync(page, { recursive: true });
  for (const file of files) {
    if (!file.endsWith('.json')) copyFileSync(inProject(file), path.join(page, path.basename(file)));
  }
  const uplot = path.dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  copyFileSync(path.join(uplot, 'dist/uPlot.iife.min.js'), path.join(page, 'uplot.js'));
  copyFileSync(path.join(uplot, 'dist/uPlot.min.css'), path.join(page, 'uplot.css'));
  copyFileSync(path.join(uplot, 'LICENSE'), path.join(page, 'uplot.LICENSE'));
}

/** Takes out of dist what an earlier build made of sources that are gone. @param {Set<string>} outputs */
function removeOrphans(outputs) {
  for (const file of listFiles(inProject('dist'))) {
    if (file.startsWith('admin/live/page')) continue;
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

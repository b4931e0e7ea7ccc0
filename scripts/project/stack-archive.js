import { readdirSync, readFileSync, statSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { inCache, inProject } from './root.js';

/**
 * The stack as it travels in the package, for `barbossa-telemetry deploy`.
 * @typedef {{ path: string, text: string, executable?: true }} StackFile As in src/deploy/stack.ts.
 */

/** In dist. */
export const STACK_ARCHIVE = 'deploy/stack.json.br';

/** What a site gets. A file that is not named here stays: what lies about in a checkout may be somebody's secret. */
const SHIPPED = [
  'deploy/.env.example',
  'deploy/README.md',
  'deploy/application.env',
  /^deploy\/compose[\w.-]*\.yaml$/,
  /^deploy\/(alertmanager|celery|collector|elasticsearch|helm|kibana|postgres|prometheus|redis|runbooks|setup)\//,
  /^deploy\/grafana\/(README\.md$|dashboards\/|provisioning\/)/,
  'deploy/secrets/.gitignore',
  'deploy/secrets/README.md',
  // What an application's own image may take over. The sample itself is built of the checkout.
  'deploy/sample/health.js',
  'deploy/sample/with-secrets.sh',
  /^otel-collector\//,
];

/** Of these, what is for the work on the package: tests, builders, and what they read. */
const LEFT_OUT = [
  /\.test\.yml$/,
  /_test\.go$/,
  /^deploy\/kibana\/builder\//,
  'deploy/prometheus/known-series.json',
  // Editors', systems' and interpreters' own.
  /(^|\/)(\.DS_Store|__pycache__|node_modules)(\/|$)|~$|\.(swp|pyc|part|new|orig|rej)$/,
];

/** Whether a site gets a file. @param {string} file From the checkout's root, with `/`. */
export function isShipped(file) {
  const isIn = (/** @type {readonly (string | RegExp)[]} */ rows) =>
    rows.some((row) => (typeof row === 'string' ? row === file : row.test(file)));
  return isIn(SHIPPED) && !isIn(LEFT_OUT);
}

/** All that a site gets, by path. @returns {StackFile[]} */
export function makeStackFiles() {
  const names = ['deploy', 'otel-collector'].flatMap(listFiles).filter(isShipped);
  const files = names.map((name) => ({ path: name, text: readText(name), ...readExecutable(name) }));
  return [
    ...files.map((file) => ({ ...file, text: forSite(file.path, file.text, new Set(names)) })),
    { path: 'README.md', text: readText('deploy/site/README.md') },
    // Mounted by compose.yaml beside the set-up jobs, whose programs are ES modules.
    { path: 'package.json', text: '{ "private": true, "type": "module" }\n' },
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Writes the archive into dist, unless it is there. */
export function ensureStackArchive() {
  const { version } = JSON.parse(readText('package.json'));
  const json = JSON.stringify({ version, files: makeStackFiles() });
  const archive = inProject('dist', STACK_ARCHIVE);
  const stamp = inCache('stack-archive-stamp');
  const hash = createHash('sha256').update(json).digest('hex');
  if (existsSync(archive) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  mkdirSync(path.dirname(archive), { recursive: true });
  writeFileSync(archive, compress(json));
  writeFileSync(stamp, hash);
}

/** The chart has copies of what stands before: the window has to hold all of it. @param {string} json */
function compress(json) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 22, [BROTLI_PARAM_SIZE_HINT]: json.length };
  return brotliCompressSync(json, { params });
}

/**
 * A site has an application, and no checkout: the sample is not started, and a link to what stayed behind is its words.
 * @param {string} file @param {string} text @param {ReadonlySet<string>} names
 */
function forSite(file, text, names) {
  if (file === 'deploy/.env.example') return chooseOwnApplication(text);
  if (!file.endsWith('.md')) return text;
  const isThere = (/** @type {string} */ target) => {
    const place = path.posix.join(path.posix.dirname(file), target);
    return names.has(place) || [...names].some((name) => name.startsWith(`${place.replace(/\/$/, '')}/`));
  };
  return text.replace(/!?\[([^\]]+)\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g, (link, words, target) =>
    /^https?:/.test(target) || isThere(target) ? link : words,
  );
}

/** @param {string} text Of .env.example. */
function chooseOwnApplication(text) {
  const line = /^#COMPOSE_FILE=.*$/m;
  if (!line.test(text)) throw new Error('deploy/.env.example has no line #COMPOSE_FILE= any more');
  return text.replace(line, (all) => `COMPOSE_FILE=compose.yaml:compose.own-application.yaml\n${all}`);
}

/** Files below a folder of the checkout, from its root, with `/`. @param {string} folder @returns {string[]} */
function listFiles(folder) {
  return readdirSync(inProject(folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : listFiles(name);
    return entry.isFile() ? [name] : [];
  });
}

/** @param {string} file */
function readText(file) {
  return readFileSync(inProject(file), 'utf8');
}

/** @param {string} file @returns {{ executable?: true }} */
function readExecutable(file) {
  return (statSync(inProject(file)).mode & 0o100) === 0 ? {} : { executable: true };
}

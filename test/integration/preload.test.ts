import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { canRequireModules, readNodeVersion } from './node-binary.js';
import { APPS, findUrls, REGISTER, startApp, type AppProcess } from './support/app-process.js';
import { findFreePort } from './support/free-port.js';
import { writeRequest } from './support/express-requests.js';
import { scrape, sum } from './support/metrics.js';
import { readOtherLines, readOwnLines } from './support/own-lines.js';
import { converse, readHeaders } from './support/raw-http.js';
import { expectCounts } from './support/request-counts.js';
import { writeFiles } from './support/temporary-files.js';

const ROOT = path.resolve(APPS, '../../..');
const STARTED = /^info: \S+ started for barbossa: metrics at http:\/\/127\.0\.0\.1:\d+\/metrics, logs go to http\S+$/;
const ONLY_STARTED = [expect.stringMatching(STARTED) as string];

/** An application without any package. */
const PLAIN_APP = `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end('plain'));
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
`;

/** One request: counted once, with one id. */
async function expectWatched(app: AppProcess): Promise<void> {
  const { url, admin } = await findUrls(app);
  const received = await converse(url, writeRequest('GET', '/'));
  expect(readHeaders(received, 'X-Request-ID')).toHaveLength(1);
  await expectCounts(admin, { 'GET <unmatched> 200': 1 });
}

/** The built package at a second place, as an application that depends on it has it. */
function copyBuild(): string {
  const folder = writeFiles({});
  for (const name of ['dist', 'package.json']) {
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  return path.join(folder, 'dist/register.js');
}

test.each([
  ['twice from one path', () => ['--import', REGISTER, '--import', REGISTER]],
  ['as a path and as a URL', () => ['--import', REGISTER, '--import', pathToFileURL(REGISTER).href]],
  ['from two paths', () => ['--import', REGISTER, '--import', copyBuild()]],
  ['twice from another path', () => ['--import', `${pathToFileURL(REGISTER).href}?again`, '--import', REGISTER]],
] as const)('loaded %s: it starts once', async (_name, nodeOptions) => {
  const app = startApp('bare.js', { nodeOptions: nodeOptions() });
  await expectWatched(app);
  expect(readOwnLines(app)).toEqual(ONLY_STARTED);
});

test('--require where Node can do it at all: it starts once, and nothing is said', async () => {
  const required = startApp('bare.js', { nodeOptions: ['--require', REGISTER] });
  const both = startApp('bare.js', { nodeOptions: ['--require', REGISTER, '--import', REGISTER] });
  if (!canRequireModules()) {
    // Node itself ends, and says which file it cannot load and why.
    expect(await required.exited).toEqual({ code: 1, signal: null });
    expect(required.stderr()).toMatch(/ERR_REQUIRE_ESM/);
    return;
  }
  await expectWatched(required);
  expect(readOwnLines(required)).toEqual(ONLY_STARTED);
  await expectWatched(both);
  expect(readOwnLines(both)).toEqual(ONLY_STARTED);
});

test('--require: what a CommonJS main script throws at its top, and sends itself, is as without us', async () => {
  const folder = writeFiles({
    'throws.cjs': `
      process.on('uncaughtException', (error, origin) => console.log('caught', error.message, origin));
      process.on('SIGHUP', () => console.log('taken'));
      process.kill(process.pid, 'SIGHUP');
      throw new Error('at the top');
    `,
  });
  const run = (nodeOptions: readonly string[]) => startApp(path.join(folder, 'throws.cjs'), { nodeOptions });
  const [plain, required] = [run([]), run(['--require', REGISTER])];
  expect(await plain.exited).toEqual({ code: 0, signal: null });
  if (!canRequireModules()) return;
  expect(await required.exited).toEqual({ code: 0, signal: null });
  expect(required.stdout()).toBe(plain.stdout());
  expect(plain.stdout()).toContain('caught at the top uncaughtException\n');
});

test('--require of another register and ours imported by the application', async () => {
  const folder = writeFiles({
    'first/register.js': "console.log('first');",
    'app.mjs': `import ${JSON.stringify(pathToFileURL(REGISTER).href)};${PLAIN_APP}`,
  });
  const nodeOptions = ['--require', path.join(folder, 'first/register.js')];
  const app = startApp(path.join(folder, 'app.mjs'), { nodeOptions });
  await expectWatched(app);
  expect(app.stdout()).toMatch(/^first\n/);
  expect(readOwnLines(app)).toEqual(ONLY_STARTED);
});

test('worker threads are left alone', async () => {
  const folder = writeFiles({
    'app.mjs': `
      import { Worker, isMainThread } from 'node:worker_threads';
      if (isMainThread) new Worker(new URL(import.meta.url)).on('exit', (code) => console.log('worker ended with', code));
      else console.log('in the worker:', globalThis[Symbol.for('opentelemetry.js.api.1')]);
    `,
  });
  const app = startApp(path.join(folder, 'app.mjs'));
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.stdout()).toBe('in the worker: undefined\nworker ended with 0\n');
  expect(readOwnLines(app)).toHaveLength(1);
});

test.each([
  ['typescript', () => path.join(ROOT, 'node_modules/typescript/lib/tsc.js'), ['--version']],
  ['a linked program', linkTool, []],
  ['npm', () => path.join(writeFiles({ 'bin/npm-cli.js': "console.log('npm')" }), 'bin/npm-cli.js'), []],
] as const)('build tools are left alone: %s', async (_name, findScript, args) => {
  const app = startApp(findScript(), { nodeOptions: [], args, env: { NODE_OPTIONS: `--import ${REGISTER}` } });
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.stdout()).not.toBe('');
  expect(app.stderr()).toBe('');
});

/** What `npx vite` runs. */
function linkTool(): string {
  const folder = writeFiles({ 'node_modules/vite/bin/vite.js': "console.log('building')" });
  const link = path.join(folder, 'node_modules/.bin/vite');
  mkdirSync(path.dirname(link));
  symlinkSync('../vite/bin/vite.js', link);
  return link;
}

test.each(['--check', '--test'])('node %s is left alone', async (option) => {
  const folder = writeFiles({ 'some.test.mjs': "console.log('run')" });
  const nodeOptions = ['--import', REGISTER, option];
  const app = startApp(path.join(folder, 'some.test.mjs'), { nodeOptions });
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(readOwnLines(app)).toEqual([]);
});

test('a launcher is left alone, what it launches is not', async () => {
  const app = startApp(path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'), {
    nodeOptions: [],
    isLauncher: true,
    args: [path.join(APPS, 'express5.ts')],
    env: { NODE_OPTIONS: `--import ${REGISTER}`, NODE_ENV: 'production' },
  });
  const { url, admin } = await findUrls(app);
  await converse(url, writeRequest('GET', '/items/1'));
  await expectCounts(admin, { 'GET /items/:id 200': 1 });
  expect(readOwnLines(app)).toEqual(ONLY_STARTED);
});

test.each([
  ['before', ['--import', 'tsx', '--import', REGISTER]],
  ['behind', ['--import', REGISTER, '--import', 'tsx']],
] as const)('a TypeScript loader %s the preload', async (_name, nodeOptions) => {
  const app = startApp('express5.ts', { nodeOptions, env: { NODE_ENV: 'production' } });
  const { url, admin } = await findUrls(app);
  await converse(url, writeRequest('GET', '/items/1'));
  await expectCounts(admin, { 'GET /items/:id 200': 1 });
  expect(app.stderr().trim().split('\n')).toHaveLength(1);
});

test('each cluster process serves its own metrics on a port of its own', async () => {
  const first = await findFreePort();
  const app = startApp('cluster.mjs', { env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(first) } });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  await app.waitFor(/(metrics at [^]*){3}/);
  const admins = Array.from(app.stderr().matchAll(/metrics at (http\S+)\/metrics/g), ([, admin = '']) => admin);
  expect(new Set(admins).size).toBe(3);
  expect(admins[0]).toBe(`http://127.0.0.1:${first}`);
  const pids = new Set<string>();
  const sent = 20;
  for (let index = 0; index < sent; index += 1) {
    pids.add((await converse(url, writeRequest('GET', '/'))).split('\r\n\r\n')[1] ?? '');
  }
  expect(pids.size).toBe(2);
  await expect.poll(() => countEverywhere(admins), { timeout: 10_000 }).toBe(sent);
});

async function countEverywhere(admins: readonly string[]): Promise<number> {
  const scrapes = await Promise.all(admins.map(scrape));
  return scrapes.reduce((total, samples) => total + sum(samples, 'barbossa_requests_total'), 0);
}

test.each([
  ['an absolute path', REGISTER],
  ['a URL', pathToFileURL(REGISTER).href],
])('from another working directory by %s, for an application without any package', async (_name, register) => {
  const folder = writeFiles({ 'app.mjs': PLAIN_APP, 'package.json': '{ "name": "plain", "version": "3.2.1" }' });
  const app = startApp(path.join(folder, 'app.mjs'), { nodeOptions: ['--import', register], cwd: os.tmpdir() });
  await expectWatched(app);
  expect(app.stderr().trim().split('\n')).toHaveLength(1);
  const { admin } = await findUrls(app);
  expect(sum(await scrape(admin), 'barbossa_app_info', { version: '3.2.1' })).toBe(1);
});

test('a folder as the main script', async () => {
  const folder = writeFiles({
    'main.mjs': PLAIN_APP,
    'package.json': '{ "name": "plain", "version": "3.2.1", "main": "main.mjs" }',
  });
  const { admin } = await findUrls(startApp(folder, { cwd: folder }));
  expect(sum(await scrape(admin), 'barbossa_app_info', { version: '3.2.1', node_version: readNodeVersion() })).toBe(1);
});

test('the start-up line says what runs, and no secret', async () => {
  const app = startApp('bare.js', {
    env: {
      OTEL_SERVICE_NAME: 'barbossa-web',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9/otlp',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-key=s3cret',
      OTEL_RESOURCE_ATTRIBUTES: 'token=s3cret',
      DATABASE_URL: 'postgres://anne:s3cret@db/barbossa',
      REDIS_URL: 'redis://:s3cret@redis',
      PLEX_TOKEN: 's3cret',
      LIDARR_API_KEY: 's3cret',
    },
  });
  await expectWatched(app);
  expect(readOwnLines(app)[0]).toMatch(
    /^info: \d+\.\d+\.\d+ started for barbossa-web: metrics at http:\/\/127\.0\.0\.1:\d+\/metrics, logs go to http:\/\/127\.0\.0\.1:9\/otlp\/v1\/logs$/,
  );
  expect(app.stderr() + app.stdout()).not.toContain('s3cret');
});

test('the start-up line without metrics and logs', async () => {
  const app = startApp('bare.js', { env: { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' } });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  await app.waitFor(/started for barbossa: metrics are not served, logs are not sent\n/);
  expect(readHeaders(await converse(url, writeRequest('GET', '/')), 'X-Request-ID')).toHaveLength(1);
  expect(readOtherLines(app)).toEqual([]);
});

test('OTEL_SDK_DISABLED leaves the application alone', async () => {
  const app = startApp('bare.js', { env: { OTEL_SDK_DISABLED: 'true' } });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  expect(readHeaders(await converse(url, writeRequest('GET', '/')), 'X-Request-ID')).toEqual([]);
  expect(app.stderr()).toBe('');
});

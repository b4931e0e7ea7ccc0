import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { APPS, findUrls, startApp, type AppProcess } from './support/app-process.js';
import { readOwnLines } from './support/own-lines.js';
import { scrape, select } from './support/metrics.js';
import { writeFiles } from './support/temporary-files.js';

const NODE_MODULES = path.resolve(APPS, '../../../node_modules');
const SCRIPT = `
  import http from 'node:http';
  for (const name of process.argv.slice(2)) await import(name);
  const server = http.createServer();
  server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
`;

/** What of a package is not as the application's own. */
interface Changes {
  readonly alias?: string;
  readonly manifest?: Readonly<Record<string, string>>;
  /** Text that stands in a file, and what takes its place. */
  readonly rename?: readonly [file: string, from: string, to: string];
}

/** An application that loads packages by name, each a copy that is changed. */
function startWith(packages: Readonly<Record<string, Changes>>, env: Record<string, string> = {}): AppProcess {
  const folder = writeFiles({ 'app.mjs': SCRIPT });
  const names = Object.entries(packages).map(([name, changes]) => {
    const { alias = name } = changes;
    const target = path.join(folder, 'node_modules', alias);
    cpSync(path.join(NODE_MODULES, name), target, { recursive: true });
    const manifest = JSON.parse(readFileSync(path.join(target, 'package.json'), 'utf8')) as object;
    writeFileSync(path.join(target, 'package.json'), JSON.stringify({ ...manifest, ...changes.manifest }));
    if (changes.rename !== undefined) rename(target, ...changes.rename);
    return alias;
  });
  // What the copies need themselves lies where they come from.
  const options = { env: { NODE_PATH: NODE_MODULES, ...env }, args: names };
  return startApp(path.join(folder, 'app.mjs'), options);
}

function rename(target: string, file: string, from: string, to: string): void {
  const text = readFileSync(path.join(target, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(path.join(target, file), text.replaceAll(from, to));
}

/** `target version` of what is patched, and whether it is followed. */
async function readFollowed(app: AppProcess): Promise<Record<string, number>> {
  const { admin } = await findUrls(app);
  const rows = select(await scrape(admin), 'barbossa_instrumentation_active');
  return Object.fromEntries(rows.map(({ labels, value }) => [`${labels['target']} ${labels['version']}`, value]));
}

const warnings = (app: AppProcess): string[] => readOwnLines(app).filter((line) => line.startsWith('warn'));

test('packages under any name, by the name in their package.json', async () => {
  const packages = {
    express4: { alias: 'an-old-web' },
    winston: { alias: '@here/logs' },
    bullmq5: { alias: 'jobs', manifest: { version: '5.81.5' } },
  };
  const app = startWith(packages, { OTEL_LOG_LEVEL: 'debug' });
  const followed = await readFollowed(app);
  expect(followed).toMatchObject({ 'express 4.22.3': 1, 'winston 3.19.0': 1, 'bullmq 5.81.5': 1 });
  for (const name of ['express 4.22.3', 'winston 3.19.0', 'bullmq 5.81.5', 'node:http']) {
    const lines = readOwnLines(app).filter((line) => line.startsWith(`debug: ${name}`) && line.endsWith('is followed'));
    expect(lines, name).toHaveLength(1);
  }
  expect(warnings(app)).toEqual([]);
});

test('an application without any of them has no word of them', async () => {
  const app = startWith({});
  expect(Object.keys(await readFollowed(app)).filter((key) => !/^(node:|@opentelemetry)/.test(key))).toEqual([]);
  expect(warnings(app)).toEqual([]);
});

test.each<[what: string, name: string, changes: Changes, key: string, why: RegExp]>([
  ['winston 4', 'winston', { manifest: { version: '4.0.0' } }, 'winston 4.0.0', /versions 3 are/],
  ['router 3', 'router', { manifest: { version: '3.1.0' } }, 'router 3.1.0', /versions 2 are/],
  ['express 3', 'express4', { manifest: { version: '3.21.2' } }, 'express 3.21.2', /versions 4, 5 are/],
  [
    'a winston of ES modules',
    'winston',
    { manifest: { version: '4.1.0', type: 'module', main: './none.js' } },
    'winston 4.1.0',
    /versions 3/,
  ],
  [
    'a BullMQ method that is renamed',
    'bullmq',
    { rename: ['dist/cjs/classes/worker.js', 'processJob', 'handleJob'] },
    'bullmq 6.7.0',
    /worker\.js has no Worker\.processJob/,
  ],
  [
    'an Express method that is renamed',
    'express4',
    { rename: ['lib/router/layer.js', 'handle_request', 'take_request'] },
    'express 4.22.3',
    /layer\.js has no handle_request/,
  ],
])('%s: one warning, and the metric', async (_what, name, changes, key, why) => {
  const isEsm = changes.manifest?.['type'] === 'module';
  const app = isEsm ? startBeside(name, changes) : startWith({ [name]: changes });
  expect((await readFollowed(app))[key]).toBe(0);
  const said = warnings(app);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(`${key} cannot be followed: `);
  expect(said[0]).toMatch(why);
});

/** An application that has a package, and does not load it by CommonJS. */
function startBeside(name: string, { manifest }: Changes): AppProcess {
  const folder = writeFiles({
    'app.mjs': SCRIPT,
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, ...manifest }),
  });
  return startApp(path.join(folder, 'app.mjs'));
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { canImportBeforeAnyScript, canRequireModules } from './node-binary.js';
import { findUrls, REGISTER, startApp, type AppProcess } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { installPackages } from './support/install-packages.js';
import { scrape, sum } from './support/metrics.js';
import { readOwnLines } from './support/own-lines.js';
import { converse, readHeaders } from './support/raw-http.js';
import { writeFiles } from './support/temporary-files.js';

let folder = '';
beforeAll(async () => {
  folder = await installPackages('process-managers');
}, 180_000);

const SERVER = `
const { createServer } = require('node:http');
const server = createServer((request, response) => response.end('plain'));
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
`;
const BY_NODE_OPTIONS = { NODE_OPTIONS: `--import ${REGISTER}` };

/** An application that says its version. */
function writeApplication(name: string): string {
  const home = writeFiles({
    [name]: SERVER,
    'package.json': '{ "name": "managed", "version": "3.2.1" }',
    'tsconfig.json': '{ "compilerOptions": { "module": "commonjs", "target": "es2022" } }',
  });
  return path.join(home, name);
}

/** Counted once by a process that knows the application, not its manager. */
async function expectWatched(url: string, admin: string): Promise<void> {
  const received = await converse(url, writeRequest('GET', '/'));
  expect(readHeaders(received, 'X-Request-ID')).toHaveLength(1);
  const samples = await scrape(admin);
  expect(sum(samples, 'barbossa_app_info', { version: '3.2.1' })).toBe(1);
}

interface Pm2 {
  readonly run: (args: readonly string[]) => Promise<void>;
  /** Everything that pm2 and its processes have written. */
  readonly read: () => string;
}

/** A pm2 with a daemon of its own, which ends with the test. */
function startPm2(env: Readonly<Record<string, string>>): Pm2 {
  const home = writeFiles({});
  const script = path.join(folder, 'node_modules/pm2/bin/pm2');
  const settings = { PM2_HOME: home, HOME: home, OTEL_LOG_LEVEL: 'debug', ...env };
  const run = async (args: readonly string[]): Promise<void> => {
    const command = startApp(script, { nodeOptions: [], args, env: settings });
    expect(await command.exited, command.stdout() + command.stderr()).toEqual({ code: 0, signal: null });
  };
  onTestFinished(() => run(['kill']));
  const read = (): string =>
    readdirSync(home, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(path.join(home, name), 'utf8'))
      .join('\n');
  return { run, read };
}

function findAll(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, found = '']) => found);
}

const PRELOAD = `--node-args=--import ${REGISTER}`;

interface Pm2Row {
  readonly how: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly processes: number;
}

const BY_ARGUMENTS: readonly Pm2Row[] = [
  { how: '--node-args', args: [PRELOAD], env: {}, processes: 1 },
  { how: '--node-args and two processes in cluster mode', args: [PRELOAD, '-i', '2'], env: {}, processes: 2 },
];
const BY_ENVIRONMENT: readonly Pm2Row[] = [
  { how: 'NODE_OPTIONS', args: [], env: BY_NODE_OPTIONS, processes: 1 },
  { how: 'NODE_OPTIONS and two processes in cluster mode', args: ['-i', '2'], env: BY_NODE_OPTIONS, processes: 2 },
];

// The command `pm2` has no extension.
test.each([...BY_ARGUMENTS, ...(canImportBeforeAnyScript() ? BY_ENVIRONMENT : [])])(
  'pm2 with $how: its applications are watched, its daemon is not',
  async ({ args, env, processes }) => {
    const pm2 = startPm2(env);
    await pm2.run(['start', writeApplication('server.js'), ...args]);
    const findAdmins = (): string[] => findAll(pm2.read(), /started for barbossa: metrics at (http\S+)\/metrics/g);
    await expect.poll(() => findAdmins().length, { timeout: 15_000 }).toBe(processes);
    await expect.poll(() => findAll(pm2.read(), /listening on (http\S+)/g).length, { timeout: 15_000 }).toBe(processes);
    const [url = ''] = findAll(pm2.read(), /listening on (http\S+)/g);
    for (const admin of findAdmins()) await expectWatched(url, admin);
    const leftAlone = findAll(pm2.read(), /debug: left alone: \S+[\\/]lib[\\/](\S+ is a tool)/g);
    expect(leftAlone).toEqual('NODE_OPTIONS' in env ? ['Daemon.js is a tool'] : []);
  },
  60_000,
);

test("pm2's cluster mode: settings that pm2 hands over later are read", async () => {
  const pm2 = startPm2({});
  const ecosystem = writeFiles({
    'app.config.json': JSON.stringify({
      apps: [
        {
          script: writeApplication('server.js'),
          instances: 1,
          exec_mode: 'cluster',
          node_args: `--import ${REGISTER}`,
          env: { OTEL_SERVICE_NAME: 'from-pm2', BARBOSSA_ROLE: 'worker' },
        },
      ],
    }),
  });
  await pm2.run(['start', path.join(ecosystem, 'app.config.json')]);
  await expect.poll(pm2.read, { timeout: 15_000 }).toMatch(/started for from-pm2: metrics at/);
}, 60_000);

/** What a manager runs is watched; of the manager there is one debug line. */
async function expectOneWatched(app: AppProcess, managers: number): Promise<void> {
  const { url, admin } = await findUrls(app);
  await expectWatched(url, admin);
  const lines = readOwnLines(app).filter((line) => !line.includes('OpenTelemetry: '));
  expect(lines.filter((line) => line.includes(' started for '))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('debug: left alone: '))).toHaveLength(managers);
}

const MANAGERS = [
  ['ts-node-dev', 'ts-node-dev/lib/bin.js', ['--respawn', '--transpile-only'], 'server.ts', 1],
  ['nodemon', 'nodemon/bin/nodemon.js', ['--quiet', '--no-stdin'], 'server.js', 1],
  ['forever', 'forever/bin/forever', ['--minUptime', '1000', '--spinSleepTime', '1000'], 'server.js', 1],
] as const;

test.each(MANAGERS.filter(([, program]) => program.endsWith('.js') || canImportBeforeAnyScript()))(
  '%s: the application is watched, the program that starts it is not',
  async (...row) => {
    const [, program, args, name, managers] = row;
    const script = writeApplication(name);
    const app = startApp(path.join(folder, 'node_modules', program), {
      nodeOptions: [],
      args: [...args, script],
      cwd: path.dirname(script),
      env: { ...BY_NODE_OPTIONS, HOME: path.dirname(script), OTEL_LOG_LEVEL: 'debug' },
      isLauncher: true,
    });
    await expectOneWatched(app, managers);
  },
  30_000,
);

// Node before 20.19 requires no ES module.
test.each(canRequireModules() ? ['--require'] : [])(
  'ts-node, which runs the application itself, by %s',
  async (option) => {
    const script = writeApplication('server.ts');
    const app = startApp(path.join(folder, 'node_modules/ts-node/dist/bin.js'), {
      nodeOptions: [option, REGISTER],
      args: ['--transpile-only', script],
      cwd: path.dirname(script),
    });
    await expectOneWatched(app, 0);
  },
);

test('ts-node-dev restarts an application that does not handle SIGTERM, as without us', async () => {
  const script = writeApplication('server.ts');
  const app = startApp(path.join(folder, 'node_modules/ts-node-dev/lib/bin.js'), {
    nodeOptions: [],
    args: ['--respawn', '--transpile-only', script],
    cwd: path.dirname(script),
    env: BY_NODE_OPTIONS,
    isLauncher: true,
  });
  await findUrls(app);
  // Until the watcher looks at the file.
  const touch = setInterval(() => writeFileSync(script, `${SERVER}// ${performance.now()}\n`), 500);
  onTestFinished(() => clearInterval(touch));
  await app.waitFor(/listening on [^]*listening on /, 25_000);
  expect(app.stdout()).toContain('Restarting');
}, 40_000);

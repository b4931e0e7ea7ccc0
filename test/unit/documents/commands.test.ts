// A command that a document shows is run: by a test, or by what CI and a release do. One that nobody runs is found here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { listCommands } from './markdown.js';

const DOCUMENTS = [
  'README.md',
  ...readdirSync(fromRoot('docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  'deploy/site/README.md',
];
const commands = DOCUMENTS.flatMap((name) => listCommands(name, readFileSync(fromRoot(name), 'utf8')));

/** Who runs a command: a file, and what in it shows that it does. */
type RunBy = readonly [file: string, says: string];

const DOCUMENTED = 'test/integration/documented-commands.test.ts';
const CI = '.ci/run';
const RELEASE: RunBy = ['docs/releasing.md', '`npm run faults` and `npm run bench` were run'];

const RUN_BY: Readonly<Record<string, RunBy>> = {
  'npm start': [DOCUMENTED, "'npm start'"],
  'npm test': [CI, 'step npm test\n'],
  'npm install barbossa-telemetry': [DOCUMENTED, "'npm install barbossa-telemetry'"],
  'node --import barbossa-telemetry/register server.js': [
    DOCUMENTED,
    "'node --import barbossa-telemetry/register server.js'",
  ],
  'npx barbossa-telemetry deploy monitoring': [DOCUMENTED, "'npx barbossa-telemetry deploy monitoring'"],
  "curl -i -H 'X-Request-ID: hello-1' http://127.0.0.1:8080/api/tracks/7": [DOCUMENTED, '/^curl -i/'],
  "curl -s http://127.0.0.1:9464/metrics | grep '^barbossa_requests_total'": [DOCUMENTED, '/^curl -s/'],
  'OTEL_SERVICE_NAME=barbossa-worker BARBOSSA_ROLE=worker OTEL_EXPORTER_PROMETHEUS_PORT=9808 REDIS_URL=redis://localhost:6379 node --import ./dist/register.js worker.js':
    [DOCUMENTED, '/worker\\.js$/'],
  'npx vitest run --project unit FILE': [DOCUMENTED, "'npx vitest run --project unit FILE'"],
  'npm run check': [CI, 'step npm run check\n'],
  // The step "documents" of the check.
  'npm run docs': ['scripts/check.js', "'scripts/generate-docs.js'"],
  'npm run stack:install': [CI, 'npm run stack:install'],
  'npm run stack:up': ['test/stack/whole/whole-run.ts', "from '../../../scripts/stack/whole/whole.js'"],
  'npm run bench -- --outage 10': RELEASE,
  'npm run faults': RELEASE,
  'cd deploy': ['test/stack/deploy-command.test.ts', "'deploy/.env.example'"],
  'cp .env.example .env': ['test/stack/deploy-command.test.ts', "'deploy/.env.example'"],
  // The images are built by a command of their own there.
  'docker compose up --build --detach': ['scripts/stack/docker/compose-stack.js', "compose('up', '--detach'"],
  // An update is a test of its own; the registry is not asked for a version that is not published.
  'npm install barbossa-telemetry@latest': [DOCUMENTED, "'npm install barbossa-telemetry'"],
  'npx barbossa-telemetry deploy DIR': ['test/integration/deploy.test.ts', "'from an older version"],
  'cd DIR/deploy && docker compose up --build --detach': [
    'scripts/stack/docker/compose-stack.js',
    "compose('up', '--detach'",
  ],
};

test('each command of README.md and docs/ is run by somebody', () => {
  expect(commands.length).toBeGreaterThan(20);
  const unknown = commands.filter(({ command }) => !Object.hasOwn(RUN_BY, command));
  expect(unknown, 'write who runs it into RUN_BY, or run it in documented-commands.test.ts').toEqual([]);
});

test('nobody is said to run what no document shows', () => {
  const shown = new Set(commands.map(({ command }) => command));
  expect(Object.keys(RUN_BY).filter((command) => !shown.has(command))).toEqual([]);
});

test.each(Object.entries(RUN_BY))('%s', (_command, [file, says]) => {
  expect(existsSync(fromRoot(file)), file).toBe(true);
  expect(readFileSync(fromRoot(file), 'utf8')).toContain(says);
});

test('each script of package.json that a command or a text names is there', () => {
  const { scripts } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { scripts: Record<string, string> };
  const named = DOCUMENTS.flatMap((name) =>
    Array.from(readFileSync(fromRoot(name), 'utf8').matchAll(/\bnpm run ([\w:]+)/g), ([, script = '']) => ({
      name,
      script,
    })),
  );
  expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  for (const [script, command] of Object.entries(scripts)) {
    const [, file] = /^node (\S+\.js)/.exec(command) ?? [];
    if (file !== undefined) expect(existsSync(fromRoot(file)), `${script}: ${path.basename(file)}`).toBe(true);
  }
});

test('a command is found in each form of a block, and what it prints is none', () => {
  const text = [
    'Words: npm run nothing.',
    '',
    '    $ curl -s http://localhost | grep x',
    '    HTTP/1.1 200 OK',
    '    A=1 B=2 node \\',
    '      server.js   # why',
    '',
    '```sh',
    'npm start',
    '```',
    '',
    '```js',
    'npm(start);',
    '```',
    '',
    '- a list',
    '',
    '    node in-a-list.js',
    '',
  ].join('\n');
  expect(
    listCommands('x.md', text)
      .map(({ command }) => command)
      .toSorted(),
  ).toEqual(['A=1 B=2 node server.js', 'curl -s http://localhost | grep x', 'node in-a-list.js', 'npm start']);
});

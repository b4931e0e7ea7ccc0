// What README.md and docs/ tell a newcomer to type, typed: the commands are read from there, and only ports and what is not
// published yet are put in their place. test/unit/documents/commands.test.ts looks that none is forgotten.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listCommands } from '../unit/documents/markdown.js';
import { APPS } from './support/app-process.js';
import { packTarball } from './support/deploy-package.js';
import { findFreePort } from './support/free-port.js';
import { writeFiles } from './support/temporary-files.js';

const ROOT = path.resolve(APPS, '../../..');
const DEADLINE_MS = 120_000;

/** A command as a document has it. */
function read(document: string, wanted: string | RegExp): string {
  const found = listCommands(document, readFileSync(path.join(ROOT, document), 'utf8')).find(({ command }) =>
    typeof wanted === 'string' ? command === wanted : wanted.test(command),
  );
  if (found === undefined) throw new Error(`${document} has no command ${String(wanted)}`);
  return found.command;
}

interface Typed {
  /** What it has printed so far, both streams. */
  readonly output: () => string;
  /** Waits for words in it. */
  readonly waitFor: (words: RegExp) => Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** Types a command into a shell; what it started ends with the test. */
function type(command: string, { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> }): Typed {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd,
    // A group of its own, so that all of it can be ended.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: undefined, NODE_ENV: undefined, VITEST: undefined, ...env },
  });
  let output = '';
  const take = (text: string): string => (output += text);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  onTestFinished(async () => {
    const runs = child.exitCode === null && child.signalCode === null;
    if (runs && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
  });
  const waitFor = (words: RegExp): Promise<void> =>
    expect.poll(() => output, { timeout: DEADLINE_MS, interval: 50 }).toMatch(words);
  return { output: () => output, waitFor, ended };
}

/** Types a command and gives what it printed, once it has ended well. */
async function finish(command: string, options: Parameters<typeof type>[1]): Promise<string> {
  const typed = type(command, options);
  const code = await typed.ended;
  expect(code, `${command}\n${typed.output()}`).toBe(0);
  return typed.output();
}

const STATE = (): Record<string, string> => ({ BARBOSSA_LOG_SPOOL_DIR: writeFiles({}) });

test('npm start, and what is typed into the other terminal', { timeout: DEADLINE_MS * 2 }, async () => {
  const document = 'docs/getting-started.md';
  const [app, admin] = [await findFreePort(), await findFreePort()];
  const withPorts = (text: string): string => text.replaceAll(':8080', `:${app}`).replaceAll(':9464', `:${admin}`);
  const started = type(read('README.md', 'npm start'), {
    cwd: ROOT,
    env: { ...STATE(), PORT: String(app), OTEL_EXPORTER_PROMETHEUS_PORT: String(admin) },
  });
  await started.waitFor(/The sample application runs/);
  // The lines that the document shows, each with its address.
  const shown = Array.from(
    readFileSync(path.join(ROOT, document), 'utf8').matchAll(/^ {6}(\w+ +http:\S+)$/gm),
    ([, line = '']) => withPorts(line),
  );
  expect(shown).toHaveLength(3);
  for (const line of shown) expect(started.output()).toContain(line);

  const answer = await finish(withPorts(read(document, /^curl -i/)), { cwd: ROOT });
  expect(answer).toContain('HTTP/1.1 200 OK');
  expect(answer).toMatch(/^X-Request-ID: hello-1\r?$/im);
  const metrics = await finish(withPorts(read(document, /^curl -s/)), { cwd: ROOT });
  expect(metrics).toContain('barbossa_requests_total{method="GET",endpoint="/api/tracks/:id",status="200"} 1\n');
  await started.waitFor(/info: GET \/api\/tracks\/7 200 .*"request_id":"hello-1"/);
});

test('the worker', { timeout: DEADLINE_MS }, async () => {
  const [admin, redis] = [await findFreePort(), await findFreePort()];
  const command = read('docs/getting-started.md', /worker\.js$/)
    .replace('9808', String(admin))
    .replace('6379', String(redis));
  await type(command, { cwd: ROOT, env: STATE() }).waitFor(
    new RegExp(`started for barbossa-worker: metrics at http://127\\.0\\.0\\.1:${admin}/metrics`),
  );
});

test('one test file', { timeout: DEADLINE_MS }, async () => {
  const command = read('docs/extending.md', 'npx vitest run --project unit FILE');
  const printed = await finish(command.replace('FILE', 'test/unit/deploy/command/versions.test.ts'), { cwd: ROOT });
  expect(printed).toMatch(/Tests .*2 passed/);
});

test('in an application of one’s own', { timeout: DEADLINE_MS * 3 }, async () => {
  const site = writeFiles({ 'package.json': '{ "name": "site", "private": true }' });
  writeFileSync(
    path.join(site, 'server.js'),
    "require('node:http').createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1');\n",
  );
  // What would be published, in place of what is.
  const install = read('README.md', 'npm install barbossa-telemetry').replace('barbossa-telemetry', packTarball());
  await finish(`${install} --prefer-offline --no-audit --no-fund --ignore-scripts`, { cwd: site });

  const admin = await findFreePort();
  const command = read('README.md', 'node --import barbossa-telemetry/register server.js');
  const env = { ...STATE(), OTEL_EXPORTER_PROMETHEUS_PORT: String(admin) };
  const preloaded = type(command, { cwd: site, env });
  await preloaded.waitFor(new RegExp(`started for \\S+: metrics at http://127\\.0\\.0\\.1:${admin}/metrics`));

  const written = await finish(read('README.md', 'npx barbossa-telemetry deploy monitoring'), { cwd: site });
  expect(written).toMatch(/written {2}\d+ files/);
  expect(readFileSync(path.join(site, 'monitoring/deploy/compose.yaml'), 'utf8')).toBe(
    readFileSync(path.join(ROOT, 'deploy/compose.yaml'), 'utf8'),
  );
});

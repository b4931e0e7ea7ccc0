#!/usr/bin/env node
// npm run dev: the sample under the preload, built and started anew at each change of src or of the sample. What does not
// compile is shown, and the one before runs on.
import './project/node-guard.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { ensureBuilt, TSC } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { runNode } from './project/processes.js';
import { inProject, ROOT } from './project/root.js';
import { printDuration, say } from './project/say.js';

const COMMAND = ['--import', './dist/register.js', 'server.js'];
const WATCHED = ['src', 'sample', 'server.js'].map((name) => inProject(name)).filter((name) => existsSync(name));
/** An editor writes a file in several steps, and a change of branch is many files. */
const QUIET_MS = 150;

await ensureInstalled({ tools: true });
await ensureBuilt();

let app = startApp();
/** @type {NodeJS.Timeout | undefined} */
let timer;
let working = Promise.resolve();
for (const name of WATCHED) watch(name, { recursive: true }, onChange);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    app.once('exit', () => process.exit(0));
    app.kill(signal);
    if (app.exitCode !== null) process.exit(0);
  });
}
say('\nThe sample runs; it starts anew when src or sample changes. Ctrl-C ends both.');

function onChange() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    working = working.then(rebuild);
  }, QUIET_MS);
}

async function rebuild() {
  const result = await runNode([TSC, '-p', 'tsconfig.json']);
  if (result.code !== 0) {
    say('It does not compile: the one before runs on.');
    return;
  }
  await stopApp();
  app = startApp();
  say(`Built in ${printDuration(result.durationMs)} and started anew.`);
}

/** In a group of its own: Ctrl-C reaches it once, from here. */
function startApp() {
  return spawn(process.execPath, COMMAND, { cwd: ROOT, stdio: 'inherit', detached: process.platform !== 'win32' });
}

async function stopApp() {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const exited = once(app, 'exit');
  app.kill('SIGTERM');
  await exited;
}

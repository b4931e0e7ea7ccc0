import path from 'node:path';
import { expect, test } from 'vitest';
import { readNodeVersion } from './node-binary.js';
import { REGISTER, startApp } from './support/app-process.js';
import { readOwnLines } from './support/own-lines.js';
import { writeFiles } from './support/temporary-files.js';

const NODE_20 = /^2[01]\./.test(readNodeVersion());

/** Forks a child, writes to it at once, and prints what comes back and how it ends. */
const PARENT = `
const { fork } = require('node:child_process');
const child = fork(__dirname + '/child.cjs', { execArgv: ['--import', process.argv[2]], env: process.env });
child.send(1);
child.send(2);
child.on('message', (message) => console.log('came back:', message));
child.on('exit', (code, signal) => console.log('ended with', code, signal));
`;

test.each([
  [
    'listens',
    "let left = 2; process.on('message', (n) => { process.send(n); if (--left === 0) process.disconnect(); });",
    '12',
  ],
  [
    'listens once, and again',
    "process.once('message', (n) => { process.send(n); process.once('message', (n) => { process.send(n); process.disconnect(); }); });",
    '12',
  ],
  [
    'does not hold on to the channel',
    "process.on('message', (n) => process.send(n)); process.channel.unref(); setTimeout(() => process.disconnect(), 500);",
    '12',
  ],
  ['never listens', "console.log('came back: runs');", ' runs'],
])('a forked child to which its parent writes at once, which %s: as without us', async (_name, child, back) => {
  const home = writeFiles({ 'parent.cjs': PARENT, 'child.cjs': child });
  const app = startApp(path.join(home, 'parent.cjs'), { nodeOptions: [], args: [REGISTER] });
  expect(await app.exited).toEqual({ code: 0, signal: null });
  const lines = app.stdout().trim().split('\n');
  expect(lines.at(-1)).toBe('ended with 0 null');
  expect(lines.slice(0, -1).join('').replaceAll('came back: ', '')).toBe(back.trim());
  expect(app.stderr()).not.toContain('TypeError');
});

const CLUSTER = `
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  cluster.setupPrimary({ execArgv: [process.argv[2], process.argv[3]] });
  const worker = cluster.fork();
  worker.send(1);
  worker.on('message', (message) => { console.log('came back:', message); worker.disconnect(); });
  worker.on('exit', (code, signal) => console.log('ended with', code, signal));
  setTimeout(() => worker.disconnect(), 3_000).unref();
} else {
  process.on('message', (message) => process.send(message));
}
`;

test('a cluster worker to which the primary writes at once: what it lost is told in one line, --require loses nothing', async () => {
  const home = writeFiles({ 'cluster.cjs': CLUSTER });
  const run = (option: string) =>
    startApp(path.join(home, 'cluster.cjs'), { nodeOptions: [], args: [option, REGISTER] });
  const [imported, required] = [run('--import'), run('--require')];
  await Promise.all([imported.exited, required.exited]);
  const told = readOwnLines(imported).filter((line) => line.includes('use --require instead of --import'));
  expect(told).toHaveLength(NODE_20 ? 1 : 0);
  expect(imported.stdout()).toEqual(NODE_20 ? 'ended with 0 null\n' : expect.stringContaining('came back: 1\n'));
  // Where Node can require ES modules.
  if (!required.stderr().includes('ERR_REQUIRE_ESM')) {
    expect(required.stdout()).toContain('came back: 1\n');
    expect(readOwnLines(required).filter((line) => line.startsWith('warn: messages'))).toEqual([]);
  }
});

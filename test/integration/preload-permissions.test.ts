import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeBinary } from './node-binary.js';
import { REGISTER, startApp } from './support/app-process.js';
import { readOwnLines } from './support/own-lines.js';
import { writeFiles } from './support/temporary-files.js';

/** Node's permission model, by the name that this Node knows it by. */
const PERMISSION = isKnown('--permission') ? '--permission' : '--experimental-permission';

function isKnown(...options: readonly string[]): boolean {
  return spawnSync(nodeBinary, [...options, '--allow-fs-read=*', '--eval', '0']).status === 0;
}

test('a process that may read files and nothing else runs to its end, and is told what it lacks', async () => {
  const folder = writeFiles({ 'app.mjs': "setTimeout(() => console.log('still here'), 500);" });
  const app = startApp(path.join(folder, 'app.mjs'), {
    nodeOptions: [PERMISSION, '--allow-fs-read=*', '--import', REGISTER],
  });
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.stdout()).toBe('still here\n');
  const isNetworkDenied = isKnown(PERMISSION, '--allow-net');
  const lines = [/^warn: log spool .+ is not used: ERR_ACCESS_DENIED: /, / started for /];
  if (isNetworkDenied) lines.splice(1, 0, /cannot listen on .+ \(Node does not permit it\); allow it with --allow-net/);
  expect(readOwnLines(app)).toEqual(lines.map((line) => expect.stringMatching(line) as string));
});

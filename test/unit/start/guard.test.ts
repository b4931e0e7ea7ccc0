import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isSupported, isTool } from '../../../src/start/guard.js';

test.each([
  ['18.20.8', false],
  ['20.5.1', false],
  ['20.6.0', true],
  ['20.20.2', true],
  ['21.0.0', true],
  ['22.1.0', true],
  ['26.10.0', true],
  ['100.0.0', true],
  ['27.0.0-nightly20261101', true],
])('Node %s: supported is %s', (version, supported) => {
  expect(isSupported(version)).toBe(supported);
});

test.each([
  '/usr/bin/npm',
  '/usr/lib/node_modules/npm/bin/npm-cli.js',
  '/usr/lib/node_modules/npm/bin/npx-cli.js',
  '/home/anne/app/.yarn/releases/yarn-4.9.1.cjs',
  '/home/anne/.cache/node/corepack/v1/pnpm/10.0.0/bin/pnpm.cjs',
  '/app/node_modules/typescript/bin/tsc',
  '/app/node_modules/.pnpm/vite@7.0.0/node_modules/vite/bin/vite.js',
  '/app/node_modules/@nestjs/cli/bin/nest.js',
  '/app/node_modules/nodemon/bin/nodemon.js',
  '/app/node_modules/vitest/dist/workers/forks.js',
  'C:\\app\\node_modules\\webpack\\bin\\webpack.js',
])('%s is a tool', (script) => {
  expect(isTool(script)).toBe(true);
});

test.each([
  undefined,
  '',
  '/app/server.js',
  '/app/vite.js',
  '/app/typescript/server.js',
  '/app/node_modules/json-server/lib/cli/bin.js',
  '/app/node_modules/@acme/vite/server.js',
  '/app/node_modules/@nestjs/core/index.js',
  '/app/node_modules',
  '/app/npm-stats/server.js',
  '/vite/node_modules/acme/server.js',
])('%s is an application', (script) => {
  expect(isTool(script)).toBe(false);
});

test('a link is what it points to', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, file] of [
    ['rollup', 'dist/bin/rollup'],
    ['acme', 'bin/serve.js'],
  ] as const) {
    const target = path.join(folder, 'node_modules', name, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, '');
    mkdirSync(path.join(folder, 'node_modules/.bin'), { recursive: true });
    symlinkSync(target, path.join(folder, 'node_modules/.bin', name));
  }
  expect(isTool(path.join(folder, 'node_modules/.bin/rollup'))).toBe(true);
  expect(isTool(path.join(folder, 'node_modules/.bin/acme'))).toBe(false);
});

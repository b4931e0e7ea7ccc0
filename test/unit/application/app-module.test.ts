import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { findModule } from '../../../src/application/app-module.js';
import { makeBuiltInChecks } from '../../../src/health/built-in.js';
import { captureStderr } from '../metrics/test-meter.js';

/** An application in a folder of its own, which this process is for the running test. */
function beApplication(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-app-'));
  const [, before = ''] = process.argv;
  process.argv[1] = path.join(folder, 'server.js');
  onTestFinished(() => {
    process.argv[1] = before;
    rmSync(folder, { recursive: true });
  });
  writeFileSync(path.join(folder, 'server.js'), '');
  return folder;
}

function addPackage(folder: string, name: string, source: string): void {
  const place = path.join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'index.js'), source);
}

test("the application's own package is taken, else ours, and loaded when it is needed", () => {
  beApplication();
  expect(findModule<{ Client: unknown }>('pg')?.()).toHaveProperty('Client');
  addPackage(beApplication(), 'pg', 'globalThis.loadedHere = true; module.exports = { mine: true };');
  const load = findModule('pg');
  expect(globalThis).not.toHaveProperty('loadedHere');
  expect(load?.()).toEqual({ mine: true });
  expect(findModule('a-package-of-nobody')).toBeUndefined();
});

test('a package that fails to load is a failure of the check', async () => {
  addPackage(beApplication(), 'pg', 'throw new Error("broken");');
  const [check] = makeBuiltInChecks(loadConfig({ DATABASE_URL: 'postgres://127.0.0.1:1/a' }).config.health);
  await expect(check?.run(new AbortController().signal)).rejects.toMatchObject({
    category: 'failed',
    message: 'broken',
  });
});

test('a server whose package is nowhere is one warning that says what to do, and no check', async () => {
  vi.resetModules();
  vi.doMock('../../../src/application/app-module.js', () => ({ findModule: () => undefined }));
  onTestFinished(() => {
    vi.doUnmock('../../../src/application/app-module.js');
  });
  const lines = captureStderr();
  const { makeBuiltInChecks: make } = await import('../../../src/health/built-in.js');
  const { health } = loadConfig({ DATABASE_URL: 'postgres://a:secret@db/c', REDIS_URL: 'redis://cache' }).config;
  expect(make(health)).toEqual([]);
  expect(lines).toEqual([
    expect.stringMatching(/warn: DATABASE_URL is set, but the package pg is not installed: .* registerDatabaseCheck/),
    expect.stringMatching(/warn: REDIS_URL is set, but the package ioredis is not installed: .* registerRedisCheck/),
  ]);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findBlindApi, findForeignSdk, findOwnApiVersion } from '../../../src/otel/foreign.js';

function writeApi(version: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const api = path.join(folder, 'node_modules/@opentelemetry/api');
  mkdirSync(path.join(api, 'build'), { recursive: true });
  writeFileSync(
    path.join(api, 'package.json'),
    JSON.stringify({ name: '@opentelemetry/api', version, main: 'build/index.js' }),
  );
  writeFileSync(path.join(api, 'build/index.js'), '');
  return folder;
}

test.each([
  ['1.9.1', false],
  ['1.9.0', false],
  ['1.9.9', false],
  ['1.0.0', false],
  ['1.10.0', false],
  ['2.0.0', true],
  ['0.18.0', true],
])("the application's API is %s beside our 1.9.1: blind is %s", (version, blind) => {
  expect(findBlindApi(writeApi(version), '1.9.1')).toBe(blind ? version : undefined);
});

test('an application without an API is not blind', () => {
  expect(findBlindApi(os.tmpdir(), '1.9.1')).toBeUndefined();
});

test('our own API is found', () => {
  expect(findOwnApiVersion()).toMatch(/^1\.\d+\.\d+$/);
});

test.each([
  ['opentelemetry.js.api.1', { trace: {}, metrics: {} }, 'trace, metrics'],
  ['opentelemetry.js.api.2', { context: {} }, 'context'],
  ['opentelemetry.js.api.1', { version: '1.9.0', diag: {} }, undefined],
  ['opentelemetry.js.api', { trace: {} }, undefined],
])('what is registered under %s as %j: %j', (key, registered, expected) => {
  const globals = globalThis as Record<symbol, unknown>;
  const symbol = Symbol.for(key);
  const before = globals[symbol];
  onTestFinished(() => {
    if (before === undefined) delete globals[symbol];
    else globals[symbol] = before;
  });
  globals[symbol] = registered;
  expect(findForeignSdk()).toBe(expected);
});

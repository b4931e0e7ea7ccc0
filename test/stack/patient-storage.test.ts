// @needs Go
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fromRoot } from '../../scripts/stack/paths.js';

// The extension's own tests, in Go: among them faults that no disk shows twice in the same way.
test("the extension that keeps the collector's queue passes its tests", () => {
  const env = { ...process.env, GOWORK: 'off' };
  const printed = execFileSync('go', ['test', '-v', './...'], { cwd: fromRoot('otel-collector/patientstorage'), env });
  expect(printed.toString().match(/^--- PASS/gm)?.length).toBeGreaterThanOrEqual(10);
});

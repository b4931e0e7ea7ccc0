// @needs Go
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fromRoot } from '../../scripts/stack/paths.js';

// The receiver's own tests, in Go: what it answers to Kafka's client at moments that no broker shows twice in the same way.
test('the receiver that carries a message on passes its tests', () => {
  const env = { ...process.env, GOWORK: 'off' };
  const printed = execFileSync('go', ['test', '-v', './...'], { cwd: fromRoot('otel-collector/patientkafka'), env });
  expect(printed.toString().match(/^--- PASS/gm)?.length).toBeGreaterThanOrEqual(5);
});

import { diag as otelDiag } from '@opentelemetry/api';
import { afterEach, expect, test, vi } from 'vitest';
import { routeOtelDiag } from '../../../src/otel/otel-diag.js';
import { captureStderr } from '../metrics/test-meter.js';

afterEach(() => {
  vi.useRealTimers();
  otelDiag.disable();
});

test('a repeated message is told again after a minute, whatever becomes of the clock', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  const lines = captureStderr();
  routeOtelDiag('info', []);
  const repeat = (): void => {
    for (let count = 0; count < 5; count += 1) otelDiag.warn('the same');
  };
  repeat();
  expect(lines).toHaveLength(1);
  // The clock is set back an hour while a minute passes.
  vi.advanceTimersByTime(61_000);
  vi.setSystemTime(Date.now() - 3_600_000);
  repeat();
  expect(lines).toHaveLength(2);
  // And forward: no minute has passed.
  vi.setSystemTime(Date.now() + 7_200_000);
  repeat();
  expect(lines).toHaveLength(2);
});

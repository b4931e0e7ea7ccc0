import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { emitFatal } from '../../../src/logs/fatal.js';
import { withRequestScope } from '../../../src/context/request-context.js';
import { startTestContext, startTestLogs } from './test-logs.js';

test.each([
  ['uncaughtException', 'uncaught exception: boom'],
  ['unhandledRejection', 'unhandled rejection: boom'],
])('%s', (origin, body) => {
  startTestContext();
  const records = startTestLogs();
  context.with(withRequestScope(ROOT_CONTEXT, { requestId: 'r1' }), () => emitFatal(new RangeError('boom'), origin));
  expect(records()).toHaveLength(1);
  expect(records()[0]).toMatchObject({
    body,
    severityNumber: 17,
    severityText: 'ERROR',
    instrumentationScope: { name: 'process' },
    attributes: { 'exception.type': 'RangeError', 'exception.message': 'boom', request_id: 'r1' },
  });
});

test.each<[string, unknown, string]>([
  ['undefined', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a text', 'boom', 'boom'],
  ['an object', { secret: 1 }, '[Object]'],
  ['an error without a message', new Error(), ''],
])('%s was thrown', (_name, thrown, message) => {
  const records = startTestLogs();
  emitFatal(thrown, 'uncaughtException');
  expect(records()[0]?.body).toBe(`uncaught exception: ${message}`);
  expect(records()[0]?.attributes['exception.stacktrace']).toBeTypeOf('string');
});

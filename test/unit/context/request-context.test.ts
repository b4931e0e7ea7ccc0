import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { getRequestId, setUserId, withRequestScope, type RequestScope } from '../../../src/context/request-context.js';
import { startTestContext } from '../logs/test-logs.js';

test("setUserId says whose the request is; a number is text, and the request's id stays", () => {
  startTestContext();
  const scope: RequestScope = { requestId: 'r-1' };
  context.with(withRequestScope(ROOT_CONTEXT, scope), () => {
    setUserId('anne');
    expect(scope.userId).toBe('anne');
    setUserId(7);
    expect(getRequestId()).toBe('r-1');
  });
  expect(scope).toEqual({ requestId: 'r-1', userId: '7' });
});

test('outside of a request nothing happens', () => {
  startTestContext();
  setUserId('anne');
  expect(getRequestId()).toBeUndefined();
});

test.each([[''], ['x'.repeat(129)], [null], [{}]])('%j is nobody, and is refused in any case', (userId) => {
  expect(() => setUserId(userId as string)).toThrow(TypeError);
});

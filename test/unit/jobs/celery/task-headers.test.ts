import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { withRequestScope } from '../../../../src/context/request-context.js';
import { getTaskHeaders } from '../../../../src/jobs/celery/task-headers.js';
import { registerTestSdk } from '../test-sdk.js';

test('the headers of a task are the request and the trace that put it in; outside of both there are none', () => {
  registerTestSdk();
  expect(getTaskHeaders()).toEqual({});
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED };
  const here = withRequestScope(trace.setSpanContext(ROOT_CONTEXT, span), { requestId: 'r-1', userId: 'anne' });
  expect(context.with(here, () => getTaskHeaders())).toEqual({
    traceparent: `00-${span.traceId}-${span.spanId}-01`,
    'x-request-id': 'r-1',
  });
});

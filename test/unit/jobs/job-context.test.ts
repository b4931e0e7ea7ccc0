import { context, propagation, ROOT_CONTEXT, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { getRequestScope, withRequestScope } from '../../../src/context/request-context.js';
import { openCarrier, readCarrier, writeCarrier, getTaskHeaders } from '../../../src/jobs/job-context.js';
import { registerTestSdk } from './test-sdk.js';

const TRACE_ID = 'a'.repeat(32);
const SPAN = { traceId: TRACE_ID, spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED };
const TRACEPARENT = `00-${TRACE_ID}-${SPAN.spanId}-01`;

function inRequest(requestId: string): Context {
  return withRequestScope(trace.setSpanContext(ROOT_CONTEXT, SPAN), { requestId, userId: 'anne' });
}

test('what a request writes, a job opens: its id and its trace, and not who the user is', () => {
  registerTestSdk();
  const carrier = writeCarrier(inRequest('mine'));
  expect(carrier).toEqual({ traceparent: TRACEPARENT, 'x-request-id': 'mine' });
  const opened = openCarrier(readCarrier(JSON.parse(JSON.stringify(carrier))));
  expect(trace.getSpanContext(opened)).toMatchObject({ ...SPAN, isRemote: true });
  expect(getRequestScope(opened)).toEqual({ requestId: 'mine' });
});

test('outside of a request and a span there is none', () => {
  registerTestSdk();
  expect(writeCarrier()).toBeUndefined();
  expect(openCarrier(undefined)).toBe(ROOT_CONTEXT);
  expect(context.with(inRequest('mine'), () => writeCarrier())).toBeDefined();
});

test("what the application's baggage makes too long stays behind", () => {
  registerTestSdk();
  const short = propagation.createBaggage({ ship: { value: 'black pearl' } });
  expect(writeCarrier(propagation.setBaggage(inRequest('mine'), short))).toMatchObject({
    baggage: 'ship=black%20pearl',
  });
  const long = propagation.createBaggage({ ship: { value: 'x'.repeat(2_000) } });
  expect(writeCarrier(propagation.setBaggage(inRequest('mine'), long))).not.toHaveProperty('baggage');
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a text', TRACEPARENT],
  ['a number', 5],
  ['a list', [TRACEPARENT]],
  ['an empty object', {}],
  ['other fields', { 'x-other': 'y', __proto__: { traceparent: TRACEPARENT } }],
  ['values of other types', { traceparent: [TRACEPARENT], baggage: 5, tracestate: {}, 'x-request-id': true }],
  ['what is huge', { traceparent: 'x'.repeat(10_000), 'x-request-id': 'y'.repeat(1_025) }],
])('%s is no carrier', (_name, value) => {
  registerTestSdk();
  expect(readCarrier(value)).toBeUndefined();
});

test.each(['x'.repeat(129), 'a\nb', '', 'naïve', '\u0000'])('%j is no request id', (requestId) => {
  registerTestSdk();
  const opened = openCarrier(readCarrier({ traceparent: TRACEPARENT, 'x-request-id': requestId }));
  expect(getRequestScope(opened)).toBeUndefined();
  expect(trace.getSpanContext(opened)?.traceId).toBe(TRACE_ID);
});

test.each(['00-0-0-01', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, `zz-${TRACE_ID}`, '; --', '%'])(
  '%j is no trace',
  (traceparent) => {
    registerTestSdk();
    const opened = openCarrier(
      readCarrier({ traceparent, baggage: '=;%%,,', tracestate: '=,=', 'x-request-id': 'mine' }),
    );
    expect(trace.getSpanContext(opened)).toBeUndefined();
    expect(getRequestScope(opened)).toEqual({ requestId: 'mine' });
  },
);

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

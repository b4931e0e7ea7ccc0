import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { APPS, REGISTER, startApp } from './support/app-process.js';
import { startCallServers } from './support/client-call-server.js';
import { startSpanReceiver, type ReceivedSpan } from './support/span-receiver.js';

type Told = Readonly<Record<string, unknown>>;

/** What a preload tells of each request of apps/client-calls.cjs, by its name. */
async function readSpans(preload: string): Promise<Map<string, Told>> {
  const receiver = await startSpanReceiver();
  const { url, secureUrl } = await startCallServers();
  const app = startApp('client-calls.cjs', {
    nodeOptions: ['--import', pathToFileURL(preload).href],
    args: [url, secureUrl],
    env: {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_SEMCONV_STABILITY_OPT_IN: 'http',
    },
  });
  await app.waitFor(/called all/, 30_000);
  await receiver.waitFor((spans) => JSON.stringify(spans).includes('/last"'));
  const ports = [url, secureUrl].map((each) => new URL(each).port);
  const told = receiver.spans().map((span) => describeSpan(span, ports));
  return new Map(told.map((each) => [/\/([\w-]+)(?:\?|$)/.exec(String(each['url.full']))?.[1] ?? '', each]));
}

/** A span as a flat object; the ports of a run are named, an exception is its type and message. */
function describeSpan({ name, kind, status, parentSpanId, attributes, events }: ReceivedSpan, ports: string[]): Told {
  const exception = events?.flatMap((event) => readValues(event.attributes).slice(0, 2)).map(([, value]) => value);
  const known = Object.fromEntries(readValues(attributes).map(([key, value]) => [key, namePort(value, ports)]));
  return { name, kind, status: status.code, message: status.message, parentSpanId, exception, ...known };
}

function readValues(attributes: ReceivedSpan['attributes']): [string, unknown][] {
  return attributes.map(({ key, value }) => [key, Object.values(value)[0]]);
}

function namePort(value: unknown, ports: readonly string[]): unknown {
  if (typeof value === 'number') return ports.includes(String(value)) ? 'PORT' : value;
  return ports.reduce((text, port) => text.replace(`:${port}/`, ':PORT/'), String(value));
}

interface Difference {
  readonly why: string;
  readonly requests: readonly string[];
  /** Fields that differ; undefined is one that is not there. */
  readonly theirs: Told;
  readonly ours: Told;
}

const url = (rest: string): Told => ({ 'url.full': `http://127.0.0.1:PORT/${rest}` });
const codes = (requests: string[], code: string): Difference => ({
  why: 'the class of an error of Node tells nothing; its code does, and the conventions name it',
  requests,
  theirs: { 'error.type': 'Error' },
  ours: { 'error.type': code },
});
const failsBy = (code: string): Difference['ours'] => ({
  'error.type': code,
  status: 2,
  message: 'aborted',
  exception: [code, 'aborted'],
});
const ANSWERED_WELL: Told = { 'error.type': undefined, status: 0, message: undefined, exception: [] };

/** All that we tell in another way. Ids, times and the instrumentation's own name are not compared. */
const DIFFERENCES: readonly Difference[] = [
  ...[404, 500].map((status) => ({
    why: 'the conventions ask for the status as the kind of error',
    requests: [String(status)],
    theirs: { 'error.type': undefined },
    ours: { 'error.type': String(status) },
  })),
  codes(['destroyed', 'destroyed-early', 'half-aborted', 'no-answer'], 'ECONNRESET'),
  codes(['refused'], 'ECONNREFUSED'),
  codes(['untrusted'], 'DEPTH_ZERO_SELF_SIGNED_CERT'),
  {
    why: 'a body that breaks off is a failure; upstream ends the span just before the answer says so',
    requests: ['cut', 'half-destroyed'],
    theirs: ANSWERED_WELL,
    ours: failsBy('ECONNRESET'),
  },
  {
    why: 'what the application calls off by a signal is no error',
    requests: ['signal'],
    theirs: {
      'error.type': 'AbortError',
      status: 2,
      message: 'The operation was aborted',
      exception: ['ABORT_ERR', 'The operation was aborted'],
    },
    ours: ANSWERED_WELL,
  },
  {
    why: 'our redaction: more names of secrets, one mark',
    requests: ['secrets'],
    theirs: url('secrets?page=2&sig=REDACTED&X-Plex-Token=hunter2'),
    ours: url('secrets?page=2&sig=[redacted]&X-Plex-Token=[redacted]'),
  },
  {
    why: 'our redaction leaves credentials out',
    requests: ['credentials'],
    theirs: { 'url.full': 'http://REDACTED:REDACTED@127.0.0.1:PORT/credentials' },
    ours: url('credentials'),
  },
  {
    why: 'the URL is shown as it is sent; upstream writes each query anew',
    requests: ['query'],
    theirs: url('query?page=2&q=a+b'),
    ours: url('query?page=2&q=a%20b'),
  },
  {
    why: 'names of headers have no case',
    requests: ['agent-upper'],
    theirs: { 'user_agent.original': undefined },
    ours: { 'user_agent.original': 'mine/1' },
  },
  {
    why: 'Node sends the method in capitals, and the original is what is sent',
    requests: ['lower'],
    theirs: { 'http.request.method_original': 'put' },
    ours: { 'http.request.method_original': undefined },
  },
  {
    why: 'the conventions name a span of an unknown method so',
    requests: ['purge'],
    theirs: { name: 'PURGE' },
    ours: { name: 'HTTP' },
  },
  {
    why: 'an upgrade has an answer too',
    requests: ['upgrade'],
    theirs: {
      'http.response.status_code': undefined,
      'network.peer.address': undefined,
      'network.peer.port': undefined,
      'network.protocol.version': undefined,
    },
    ours: {
      'http.response.status_code': 101,
      'network.peer.address': '127.0.0.1',
      'network.peer.port': 'PORT',
      'network.protocol.version': '1.1',
    },
  },
];
/** Upstream never ends the span of a request that `abort()` ends before its answer. */
const TOLD_BY_US_ALONE = ['aborted'];

test('client spans are those of the upstream instrumentation, but for what is listed', async () => {
  const [ours, theirs] = await Promise.all([readSpans(REGISTER), readSpans(path.join(APPS, 'upstream-spans.mjs'))]);
  const both = [...theirs.keys()];
  expect([...ours.keys()].filter((name) => !theirs.has(name))).toEqual(TOLD_BY_US_ALONE);
  expect(both.filter((name) => !ours.has(name))).toEqual([]);
  expect(both.length).toBeGreaterThan(30);
  for (const { why, requests, ...sides } of DIFFERENCES) {
    for (const name of requests) {
      const told = Object.keys(sides.ours).map((key) => [key, theirs.get(name)?.[key]]);
      expect({ name, why, ...Object.fromEntries(told) }).toEqual({ name, why, ...sides.theirs });
      theirs.set(name, { ...theirs.get(name), ...sides.ours });
    }
  }
  for (const name of both) expect({ request: name, ...ours.get(name) }).toEqual({ request: name, ...theirs.get(name) });
}, 90_000);

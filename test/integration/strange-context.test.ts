import { expect, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { startEcho } from './support/echo-server.js';
import { converse } from './support/raw-http.js';
import { readAttribute, startSpanReceiver, type ReceivedSpan, type SpanReceiver } from './support/span-receiver.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const STRANGE: Readonly<Record<string, string>> = {
  traceparent: `00-${TRACE}-${SPAN}-01`,
  tracestate: 'stranger=1',
  baggage: 'who=stranger',
  b3: `${TRACE}-${SPAN}-1`,
  'uber-trace-id': `${TRACE}:${SPAN}:0:1`,
};
const JSON_SPANS = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '50' };

const spansTo = (receiver: SpanReceiver): Record<string, string> => ({
  ...JSON_SPANS,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/traces`,
});
const isServer = ({ kind }: ReceivedSpan): boolean => kind === 2;

const OTHER_PROPAGATORS = { OTEL_PROPAGATORS: 'tracecontext,baggage,b3,jaeger' };

test.each([
  ['http', {}, false],
  ['fetch', {}, true],
  ['http', OTHER_PROPAGATORS, true],
  ['fetch', OTHER_PROPAGATORS, false],
] as const)('not trusted: %s carries nothing of what a stranger has sent (%j)', async (way, env, exported) => {
  const receiver = await startSpanReceiver();
  const spans = exported ? spansTo(receiver) : {};
  const app = startApp('outgoing.mjs', { env: { BARBOSSA_TRUST_INCOMING_TRACE: 'false', ...env, ...spans } });
  const { url } = await findUrls(app);
  const to = encodeURIComponent(await startEcho());
  const answer = await fetch(`${url}/${way}/anne?to=${to}`, { headers: STRANGE });
  const sent = await answer.text();
  const strange = new RegExp(`stranger|${TRACE}|${SPAN}`);
  expect(sent).toMatch(/"traceparent":"00-[\da-f]{32}-/);
  expect(sent + app.stdout()).not.toMatch(strange);
  if (!exported) return;
  await receiver.waitFor((all) => all.some(isServer));
  expect(JSON.stringify(receiver.spans())).not.toMatch(strange);
});

test('trusted, which is the default: the trace and the baggage go on', async () => {
  const app = startApp('outgoing.mjs');
  const { url } = await findUrls(app);
  const to = encodeURIComponent(await startEcho());
  const answer = await fetch(`${url}/http/anne?to=${to}`, { headers: STRANGE });
  const sent = (await answer.json()) as Record<string, string>;
  expect(sent).toMatchObject({ traceparent: expect.stringContaining(TRACE) as string, baggage: 'who=stranger' });
});

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw';

test('a server span has no secrets, and says where the client meant to go', async () => {
  const receiver = await startSpanReceiver();
  const { url } = await findUrls(startApp('bare.js', { env: spansTo(receiver) }));
  const own = { address: '127.0.0.1', port: Number(new URL(url).port) };
  const rows: readonly [start: string, host: string | undefined, expected: object][] = [
    ['GET /a', 'example.com:8080', { address: 'example.com', port: 8080, path: '/a' }],
    ['GET /b?code=1#x', 'Example.COM', { address: 'example.com', port: 80, path: '/b' }],
    ['GET /c', '[2001:db8::1]:3000', { address: '2001:db8::1', port: 3000, path: '/c' }],
    ['GET /d', '[::1]', { address: '::1', port: 80, path: '/d' }],
    ['GET /e', '', { ...own, path: '/e' }],
    ['GET /f', 'no host, this', { ...own, path: '/f' }],
    ['GET /g', 'a:99999', { ...own, path: '/g' }],
    ['GET /h', 'user:secret@example.com', { ...own, path: '/h' }],
    ['GET /i', '::1', { ...own, path: '/i' }],
    ['GET http://user:secret@other.example:81/j?x', 'example.com', { address: 'other.example', port: 81, path: '/j' }],
    ['OPTIONS *', 'example.com', { address: 'example.com', port: 80, path: '*' }],
    ['CONNECT far.example:443', 'example.com', { address: 'far.example', port: 443, path: undefined }],
    ['GET /k:', 'example.com:', { address: 'example.com', port: 80, path: '/k:' }],
  ];
  for (const [start, host] of rows) {
    const headers = host === undefined ? '' : `Host: ${host}\r\n`;
    await converse(url, `${start} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
  }
  await converse(url, `GET /l HTTP/1.0\r\n\r\n`);
  await converse(
    url,
    `GET /bot/${TOKEN}/x HTTP/1.1\r\nHost: a\r\nUser-Agent: curl (Bearer ${TOKEN})\r\nConnection: close\r\n\r\n`,
  );
  await receiver.waitFor((spans) => spans.filter(isServer).length === rows.length + 2);
  const servers = receiver.spans().filter(isServer);
  const seen = servers.map((span) => ({
    address: readAttribute(span, 'server.address'),
    port: Number(readAttribute(span, 'server.port')),
    path: readAttribute(span, 'url.path'),
  }));
  expect(seen.slice(0, rows.length)).toEqual(rows.map(([, , expected]) => expected));
  expect(seen[rows.length]).toEqual({ ...own, path: '/l' });
  expect(JSON.stringify(servers)).not.toMatch(/eyJhbGci|secret/);
});

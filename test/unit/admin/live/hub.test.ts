import { once } from 'node:events';
import http from 'node:http';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LiveHub } from '../../../../src/admin/live/hub.js';
import type { LiveLine } from '../../../../src/admin/live/line.js';
import { answerHome, makeLiveRoutes } from '../../../../src/admin/live/pages.js';
import { withRequestScope } from '../../../../src/context/request-context.js';
import { request, startServer } from '../client.js';

const REQUEST = withRequestScope(ROOT_CONTEXT, { requestId: 'r-secret' });
const LINE: LiveLine = { timeMs: 1, level: 'INFO', logger: 'a', message: 'hello' };

/** A hub, and who gives it lines: undefined while nobody looks. */
function makeHub(): { hub: LiveHub; writer: { write: ((line: LiveLine) => void) | undefined } } {
  const writer: { write: ((line: LiveLine) => void) | undefined } = { write: undefined };
  const hub = new LiveHub({
    introduce: () => ({ service: 'test' }),
    describe: () => ({}),
    measure: () => Promise.reject(new Error('no metrics')),
    redact: (text) => text.replace('secret', '***'),
    watchLines: (listener) => {
      writer.write = listener;
      return () => (writer.write = undefined);
    },
  });
  onTestFinished(() => hub.close());
  return { hub, writer };
}

/** Opens the stream and reads until `stop`. */
async function look(url: string): Promise<{ response: http.IncomingMessage; text: () => string }> {
  const sent = http.get(`${url}/live/stream`, { agent: false });
  sent.on('error', () => {});
  onTestFinished(() => void sent.destroy());
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  let text = '';
  response.on('error', () => {});
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { response, text: () => text };
}

test('nobody looks: no line is asked for; who looks gets what is there, then what is new', async () => {
  const { hub, writer } = makeHub();
  const { url } = await startServer(makeLiveRoutes(hub));
  hub.onRequest({ method: 'GET', route: '/a', status: 200, durationSeconds: 1 }, ROOT_CONTEXT);
  expect(writer.write).toBeUndefined();
  const { response, text } = await look(url);
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  await vi.waitFor(() => expect(text()).toMatch(/event: hello\ndata: \{"service":"test"/), 10_000);
  writer.write?.({ ...LINE, message: 'a\n\ndata: b' });
  hub.onRequest({ method: 'GET', route: '/a', status: 200, durationSeconds: 1 }, REQUEST);
  await vi.waitFor(() => expect(text()).toMatch(/event: tick\n[^\n]*"a\\n\\ndata: b"/), 10_000);
  expect(text()).toContain('"id":"r-***"');
});

test('a megabyte is cut', async () => {
  const { hub, writer } = makeHub();
  const { url } = await startServer(makeLiveRoutes(hub));
  const first = await look(url);
  await vi.waitFor(() => expect(writer.write).toBeDefined(), 10_000);
  writer.write?.({ ...LINE, message: 'x'.repeat(2 ** 20), more: 'y'.repeat(2 ** 20) });
  await vi.waitFor(() => expect(first.text()).toContain('(1048576 characters)'), 10_000);
  expect(first.text().length).toBeLessThan(20_000);
});

test('eight look, the ninth is refused; one who leaves makes room', async () => {
  const { hub } = makeHub();
  const { url } = await startServer(makeLiveRoutes(hub));
  const lookers = await Promise.all(Array.from({ length: 8 }, () => look(url)));
  expect((await request(`${url}/live/stream`)).status).toBe(503);
  lookers[0]?.response.destroy();
  await vi.waitFor(() => expect(hub.hasRoom).toBe(true), 10_000);
});

test('who does not read is cut off, and nobody else', async () => {
  const { hub, writer } = makeHub();
  const { url } = await startServer(makeLiveRoutes(hub));
  const slow = await look(url);
  const other = await look(url);
  let isCut = false;
  slow.response.on('close', () => (isCut = true));
  slow.response.pause();
  const flood = setInterval(() => {
    for (let index = 0; index < 500; index += 1) writer.write?.({ ...LINE, more: 'z'.repeat(4_000) });
  }, 100);
  onTestFinished(() => clearInterval(flood));
  // What is on its way in the system's buffers is read before the end is seen.
  await vi.waitFor(() => expect(hub.lookers).toBe(1), { timeout: 18_000, interval: 50 });
  slow.response.resume();
  await vi.waitFor(() => expect(isCut).toBe(true), 10_000);
  expect(other.response.destroyed).toBe(false);
});

test('the page is for who takes HTML by name', () => {
  expect(answerHome({ accept: 'text/html,*/*' })?.headers?.['content-security-policy']).toContain("script-src 'self';");
  expect(answerHome({ accept: '*/*' })).toBeUndefined();
  expect(answerHome({})).toBeUndefined();
});

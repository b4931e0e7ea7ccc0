import { expect, test } from 'vitest';
import { findUrls, startApp, type AppProcess } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { converse, readHeaders } from './support/raw-http.js';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const ENV = { NODE_ENV: 'production' };

interface Line {
  readonly message: string;
  readonly request_id?: string;
  /** What getRequestId() gave where the line was written. */
  readonly known?: string;
}

/** The log lines with the given messages, once all of them are there. */
async function waitForLines(app: AppProcess, messages: readonly string[]): Promise<Line[]> {
  const read = (): Line[] =>
    app
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line);
  await expect
    .poll(() => read().map(({ message }) => message), { timeout: 10_000 })
    .toEqual(expect.arrayContaining([...messages]));
  return read();
}

/** The one request id of an answer. */
function readId(received: string): string {
  const ids = readHeaders(received, 'X-Request-ID');
  expect(ids).toHaveLength(1);
  return ids[0] ?? '';
}

test('1 to 128 characters of the allowed ones are taken over', async () => {
  const { url } = await findUrls(startApp('request-id.mjs', { env: ENV }));
  for (const id of ['a', 'x'.repeat(128), 'AZaz09._:+/=-', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']) {
    const received = await converse(url, writeRequest('GET', '/id', [`X-Request-ID: ${id}`]));
    expect.soft(readId(received)).toBe(id);
    expect.soft(received).toContain(JSON.stringify({ id }));
    expect.soft(readId(await converse(url, writeRequest('GET', '/id', [`x-REQUEST-id:\t${id}  `])))).toBe(id);
  }
});

test('everything else becomes a fresh UUID', async () => {
  const { url } = await findUrls(startApp('request-id.mjs', { env: ENV }));
  const refused = [
    [],
    ['X-Request-ID:'],
    ['X-Request-ID:   '],
    [`X-Request-ID: ${'x'.repeat(129)}`],
    ['X-Request-ID: a b'],
    ['X-Request-ID: a\tb'],
    ['X-Request-ID: a%0d%0ab,'],
    ['X-Request-ID: <b>'],
    ['X-Request-ID: "a"'],
    ['X-Request-ID: ${jndi:x}'],
    ['X-Request-ID: \u00e9'],
    ['X-Request-ID: \u00ff\u0080'],
    ['X-Request-ID: a', 'X-Request-ID: b'],
    ['X-Request-ID: a,b'],
    ['X_Request_ID: a'],
  ];
  const ids = new Set<string>();
  for (const headers of refused) {
    const received = await converse(url, writeRequest('GET', '/id', headers));
    const id = readId(received);
    expect.soft(id, headers.join()).toMatch(UUID);
    expect.soft(received, headers.join()).toContain(JSON.stringify({ id }));
    ids.add(id);
  }
  expect(ids.size).toBe(refused.length);
});

test.each([
  ['a line break', 'X-Request-ID: a\r\nX-Other: b'],
  ['a folded line', 'X-Request-ID: a\r\n b'],
  ['a bare line feed', 'X-Request-ID: a\nX-Other: b'],
  ['a NUL', 'X-Request-ID: a\0b'],
  ['UTF-8', `X-Request-ID: ${Buffer.from('\u{1f3f4}').toString('latin1')}`],
])('%s reaches no header and no log line', async (_name, header) => {
  const app = startApp('request-id.mjs', { env: ENV });
  const { url } = await findUrls(app);
  const received = await converse(url, writeRequest('GET', '/later', [header]));
  expect(readHeaders(received, 'X-Other')).toEqual([]);
  // Node refuses some of it before it is a request; what is one has an id.
  const isRefused = received.startsWith('HTTP/1.1 400 ');
  const ids = readHeaders(received, 'X-Request-ID');
  expect(ids).toHaveLength(isRefused ? 0 : 1);
  const lines = isRefused ? [] : await waitForLines(app, ['timer']);
  for (const id of [...ids, ...lines.map(({ request_id: logged }) => logged)]) expect(id).toMatch(/^(a|[\da-f-]{36})$/);
});

test('404s, errors and answers without a body have the id', async () => {
  const { url } = await findUrls(startApp('request-id.mjs', { env: ENV }));
  for (const [method, target, status] of [
    ['GET', '/nowhere', 404],
    ['GET', '/throws', 500],
    ['GET', '/own/set/%E0%A4%A', 400],
    ['HEAD', '/id', 200],
    ['OPTIONS', '/id', 200],
  ] as const) {
    const received = await converse(url, writeRequest(method, target, ['X-Request-ID: mine']));
    expect.soft(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect.soft(readId(received), `${method} ${target}`).toBe('mine');
  }
});

test.each(['set', 'lower', 'append', 'object', 'list', 'headers'])(
  'an id that the application sets wins everywhere (%s)',
  async (way) => {
    const app = startApp('request-id.mjs', { env: ENV });
    const { url } = await findUrls(app);
    const received = await converse(url, writeRequest('GET', `/own/${way}/mine`, ['X-Request-ID: of-the-client']));
    expect(readId(received)).toBe('mine');
    expect(await waitForLines(app, ['later'])).toMatchObject([
      { message: 'before', request_id: 'of-the-client', known: 'of-the-client' },
      { message: 'after', request_id: 'mine', known: 'mine' },
      { message: 'later', request_id: 'mine', known: 'mine' },
    ]);
  },
);

test('an id that cannot be a header is refused by Node, and ours stays', async () => {
  const app = startApp('request-id.mjs', { env: ENV });
  const { url } = await findUrls(app);
  const received = await converse(url, writeRequest('GET', '/own/not-possible', ['X-Request-ID: mine']));
  expect(received).toContain('ERR_INVALID_CHAR');
  expect(readId(received)).toBe('mine');
  expect(await waitForLines(app, ['not possible'])).toMatchObject([{ request_id: 'mine', known: 'mine' }]);
});

test('what is written later carries the id: timers, promises, emitters, files, streams', async () => {
  const app = startApp('request-id.mjs', { env: ENV });
  const { url } = await findUrls(app);
  const expected = [
    'finish',
    'close',
    'timer',
    'immediate',
    'tick',
    'microtask',
    'promise',
    'file',
    'emitter',
    'interval',
  ];
  // At the same time, so that what is mixed up is seen.
  const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`);
  await Promise.all(ids.map((id) => converse(url, writeRequest('GET', '/later', [`X-Request-ID: ${id}`]))));
  await converse(url, writeRequest('POST', '/body', ['X-Request-ID: with-a-body'], 'yo ho'));
  await expect
    .poll(async () => (await waitForLines(app, expected)).length, { timeout: 10_000 })
    .toBe(ids.length * expected.length + 2);
  const lines = await waitForLines(app, expected);
  for (const id of ids) {
    const own = lines.filter((line) => line.request_id === id);
    expect(own.map(({ message }) => message).toSorted()).toEqual(expected.toSorted());
    for (const { known } of own) expect(known).toBe(id);
  }
  const ofBody = lines.filter((line) => line.request_id === 'with-a-body');
  expect(ofBody.map(({ message }) => message)).toEqual(['data', 'end']);
});

test('an upgrade has the id in its answer and in its log lines, or that of the application', async () => {
  const app = startApp('request-id.mjs', { env: ENV });
  const { url } = await findUrls(app);
  const headers = ['Connection: Upgrade', 'Upgrade: own', 'X-Request-ID: mine'];
  expect(readId(await converse(url, writeRequest('GET', '/', headers)))).toBe('mine');
  expect(await waitForLines(app, ['upgrade', 'upgraded'])).toMatchObject([
    { message: 'upgrade', request_id: 'mine', known: 'mine' },
    { message: 'upgraded', request_id: 'mine', known: 'mine' },
  ]);
  expect(readId(await converse(url, writeRequest('GET', '/own', headers)))).toBe('of-the-application');
  expect((await waitForLines(app, ['answered'])).at(-1)).toMatchObject({
    request_id: 'of-the-application',
    known: 'of-the-application',
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { nodeBinary } from './node-binary.js';
import { APPS, startApp, type AppProcess } from './support/app-process.js';

const ROOT = path.resolve(APPS, '../../..');
const PASSWORD = 'black-pearl';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: unknown;
}

/** The sample without the preload. */
async function startSample(env: Readonly<Record<string, string>> = {}): Promise<{ app: AppProcess; url: string }> {
  const app = startApp(path.join(ROOT, 'server.js'), { nodeOptions: [], env: { PORT: '0', ...env } });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  return { app, url };
}

async function call(method: string, url: string, { headers = {}, data }: CallOptions = {}): Promise<Answer> {
  const isText = typeof data === 'string';
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(data === undefined ? {} : { body: isText ? data : JSON.stringify(data) }),
  });
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : { text };
  return { status: response.status, headers: response.headers, body };
}

async function logIn(url: string): Promise<{ authorization: string }> {
  const { status, body } = await call('POST', `${url}/api/login`, { data: { user: 'anne', password: PASSWORD } });
  expect(status).toBe(200);
  return { authorization: `Bearer ${String(body['token'])}` };
}

/** Asks until the answer is as wanted, and gives it; fails at the deadline. */
async function ask<T>(
  question: () => T | Promise<T>,
  isWanted: (answer: T) => boolean,
  deadlineMs = 10_000,
): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const answer = await question();
    if (isWanted(answer)) return answer;
    if (Date.now() > endMs) throw new Error(`not in ${deadlineMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Progress {
  readonly id: string;
  readonly state: string;
  readonly progress: number;
}

async function watchProgress(url: string): Promise<{ socket: WebSocket; messages: Progress[] }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  onTestFinished(() => socket.terminate());
  const messages: Progress[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Progress));
  await once(socket, 'open');
  return { socket, messages };
}

interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runTraffic(...args: readonly string[]): Promise<Output> {
  const child = spawn(nodeBinary, [path.join(ROOT, 'scripts/traffic.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

test('the sample shows its library to everybody, and says what is wrong with a request', async () => {
  const { url } = await startSample();
  const page = await call('GET', url);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  const list = await call('GET', `${url}/api/tracks?page=2&size=5`);
  expect(list.body).toMatchObject({ page: 2, size: 5, total: 480 });
  expect((list.body['tracks'] as { id: number }[]).map(({ id }) => id)).toEqual([6, 7, 8, 9, 10]);
  expect((await call('GET', `${url}/api/tracks/6`)).body).toMatchObject({ id: 6 });
  expect((await call('GET', `${url}/api/search?q=WINDWARD`)).body['tracks']).not.toEqual([]);
  for (const [method, target, status] of [
    ['GET', '/api/tracks?page=0', 400],
    ['GET', '/api/tracks?size=101', 400],
    ['GET', '/api/tracks/first', 400],
    ['GET', '/api/tracks/%E0%A4%A', 400],
    ['GET', '/api/search', 400],
    ['GET', '/api/search?q=a&q=b', 400],
    ['GET', '/api/slow?ms=10001', 400],
    ['GET', '/api/tracks/481', 404],
    ['GET', '/api/nothing', 404],
    ['GET', '/nothing', 404],
    ['POST', '/api/tracks', 404],
    ['GET', '/ws', 404],
  ] as const) {
    const answer = await call(method, url + target);
    expect([target, answer.status, typeof answer.body['error']]).toEqual([target, status, 'string']);
  }
  const slow = await call('GET', `${url}/api/slow?ms=150&stream=1`);
  expect(slow.body['text']).toMatch(/^one moment\n(still at it\n)*that took 150 ms\n$/);
});

test('what changes something needs a session, as a token or a cookie', async () => {
  const { url } = await startSample();
  const download = { artist: 'Windward', title: 'Wild Sails', source: 'archive' };
  const start = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
    call('POST', `${url}/api/downloads`, { headers, data: download });
  expect((await start({})).status).toBe(401);
  expect((await start({ authorization: 'Bearer guess' })).status).toBe(401);
  expect((await call('POST', `${url}/api/imports`, { data: {} })).status).toBe(401);
  expect((await call('DELETE', `${url}/api/downloads/1`)).status).toBe(401);
  expect((await call('POST', `${url}/api/login`, { data: { user: 'anne', password: 'guess' } })).status).toBe(401);
  for (const data of ['{"user"', '"anne"', { user: 'anne' }, { user: 7, password: PASSWORD }]) {
    expect((await call('POST', `${url}/api/login`, { data })).status).toBe(400);
  }
  expect((await call('POST', `${url}/api/login`, { data: { user: 'x'.repeat(20_000) } })).status).toBe(413);

  const login = await call('POST', `${url}/api/login`, { data: { user: 'anne', password: PASSWORD } });
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  expect(cookie).toContain(String(login.body['token']));
  expect((await start({ cookie })).status).toBe(202);
  expect((await start({ authorization: `Bearer ${String(login.body['token'])}` })).status).toBe(202);
  expect(
    (await call('POST', `${url}/api/downloads`, { headers: { cookie }, data: { ...download, source: 'moon' } })).status,
  ).toBe(400);
  expect((await call('POST', `${url}/api/logout`, { headers: { cookie } })).status).toBe(204);
  expect((await start({ cookie })).status).toBe(401);
});

test('a WebSocket tells of downloads, which succeed, fail or are cancelled', async () => {
  const { url } = await startSample();
  const headers = await logIn(url);
  const { messages } = await watchProgress(url);
  const start = async (title: string): Promise<string> => {
    const {
      status,
      headers: answered,
      body,
    } = await call('POST', `${url}/api/downloads`, {
      headers,
      data: { artist: 'Windward', title, source: 'archive' },
    });
    expect(status).toBe(202);
    expect(answered.get('location')).toBe(`/api/downloads/${String(body['id'])}`);
    return String(body['id']);
  };
  const end = (id: string): Promise<Progress | undefined> =>
    ask(() => messages.find((message) => message.id === id && !['waiting', 'active'].includes(message.state)), Boolean);

  const cancelled = await start('Stolen Anchor');
  expect((await call('DELETE', `${url}/api/downloads/${cancelled}`, { headers })).body).toMatchObject({
    state: 'cancelled',
  });
  expect((await call('DELETE', `${url}/api/downloads/none`, { headers })).status).toBe(404);
  expect(await end(cancelled)).toMatchObject({ state: 'cancelled' });

  // What is downloaded decides how it ends.
  const ids = [await start('Black Sails'), await start('Silent Anchor')];
  const states = await Promise.all(ids.map(async (id) => (await end(id))?.state));
  expect(states).toEqual(['succeeded', 'failed']);
  expect((await call('DELETE', `${url}/api/downloads/${ids[0]}`, { headers })).status).toBe(409);
  const steps = messages.filter(({ id }) => id === ids[0]).map(({ progress }) => progress);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(steps.at(-1)).toBe(1);
  expect((await call('GET', `${url}/api/downloads/${ids[1]}`)).body).toMatchObject({
    state: 'failed',
    title: 'Silent Anchor',
    error: 'archive closed the connection',
  });
  expect((await call('GET', `${url}/api/downloads?size=2`)).body).toMatchObject({
    total: 3,
    downloads: [{ id: ids[1] }, { id: ids[0] }],
  });
});

test('an import adds to the library, once', async () => {
  const { app, url } = await startSample();
  const headers = await logIn(url);
  const importFolder = async (): Promise<void> => {
    const answer = await call('POST', `${url}/api/imports`, {
      headers,
      data: { folder: 'incoming/windward', source: 'folder' },
    });
    expect(answer).toMatchObject({ status: 202, body: { state: 'waiting' } });
  };
  const countTracks = async (): Promise<number> => Number((await call('GET', `${url}/api/tracks`)).body['total']);
  await importFolder();
  const total = await ask(countTracks, (count) => count > 480);
  await importFolder();
  await app.waitFor(/imported incoming\/windward .*"tracks":0/);
  expect(await countTracks()).toBe(total);
});

test('a request that fails is answered, logged with its cause, and tells the client nothing of it', async () => {
  const { app, url } = await startSample({ NODE_ENV: 'production' });
  const answer = await call('GET', `${url}/api/fail`);
  expect(answer).toMatchObject({ status: 500, body: { error: 'something went wrong here' } });
  await app.waitFor(/GET \/api\/fail 500/);
  const lines = app
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
  const failure = lines.find(({ level }) => level === 'error');
  expect(failure).toMatchObject({ logger: 'web', message: 'GET /api/fail failed' });
  expect(failure?.['stack']).toMatch(/the library cannot be read[\s\S]*\[cause\][\s\S]*ECONNREFUSED/);
  expect((await call('GET', `${url}/api/tracks/1`)).status).toBe(200);
});

test('SIGTERM: what is under way ends, watchers are told, and the process ends by itself', async () => {
  const { app, url } = await startSample();
  const headers = await logIn(url);
  const { socket } = await watchProgress(url);
  await call('POST', `${url}/api/downloads`, {
    headers,
    data: { artist: 'Windward', title: 'Wild Sails', source: 'archive' },
  });
  const slow = await fetch(`${url}/api/slow?ms=1000&stream=1`);
  const closed = once(socket, 'close') as Promise<[number]>;
  app.child.kill('SIGTERM');
  expect((await closed)[0]).toBe(1001);
  expect(await slow.text()).toContain('that took 1000 ms');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.stdout()).toMatch(/downloaded Windward: Wild Sails[\s\S]*stopped/);
});

test('a second signal ends the sample at once', async () => {
  const { app, url } = await startSample();
  const slow = await fetch(`${url}/api/slow?ms=10000&stream=1`);
  app.child.kill('SIGINT');
  await app.waitFor(/SIGINT: no new requests/);
  app.child.kill('SIGINT');
  expect(await app.exited).toEqual({ code: null, signal: 'SIGINT' });
  await expect(slow.text()).rejects.toThrow();
});

test('a port that is taken or nonsense is one line and exit code 1', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  for (const [value, line] of [
    [String(port), `error: port ${port} is taken: set PORT to another one, or to 0 for a free one`],
    ['http', 'error: PORT is "http"; it has to be a whole number from 0 to 65535, 0 takes a free one'],
  ] as const) {
    const app = startApp(path.join(ROOT, 'server.js'), { nodeOptions: [], env: { PORT: value } });
    expect(await app.exited).toEqual({ code: 1, signal: null });
    expect(app.stdout()).toBe(`${line} {"logger":"web"}\n`);
  }
});

test('the worker without a queue says so and ends', async () => {
  const app = startApp(path.join(ROOT, 'worker.js'), { nodeOptions: [] });
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.stdout()).toMatch(/^info: no queue to work on: REDIS_URL is not set.*\n$/);
});

interface Summary {
  readonly sent: number;
  readonly counted: number;
  readonly requests: readonly {
    readonly method: string;
    readonly endpoint: string;
    readonly status: number;
    readonly count: number;
  }[];
  readonly unexpected: readonly unknown[];
  readonly errors: readonly unknown[];
}

test('traffic reports exactly what the sample got', async () => {
  const { app, url } = await startSample();
  const { code, stdout, stderr } = await runTraffic(
    '--url',
    url,
    '--requests',
    '300',
    '--rate',
    '300',
    '--seed',
    '2',
    '--json',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('answer') as string });
  const summary = JSON.parse(stdout) as Summary;
  expect(summary).toMatchObject({ sent: 300, counted: 300, unexpected: [], errors: [] });

  const reported = new Map<string, number>();
  for (const { method, status, count } of summary.requests) {
    // Express does not see what becomes a WebSocket.
    if (status !== 101) add(reported, `${method} ${status === 499 ? 'aborted' : status}`, count);
  }
  const seen = await ask(
    () => readAccessLog(app.stdout()),
    (counts) => sum(counts) === sum(reported),
  );
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(reported));
  for (const status of [101, 401, 404, 499, 500]) expect(summary.requests.map((row) => row.status)).toContain(status);
});

function readAccessLog(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, method = '', status = ''] of text.matchAll(/^info: ([A-Z]+) \S+ (\d{3}|aborted) \{/gm)) {
    add(counts, `${method === 'PROPFIND' ? '_OTHER' : method} ${status}`, 1);
  }
  return counts;
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return Array.from(counts.values()).reduce((total, count) => total + count, 0);
}

test('traffic that cannot be: one line and exit code 1', async () => {
  const cases = [
    [['--url', 'http://192.0.2.1:8080'], 'it has to be http:// with a host of this machine'],
    [['--url', 'https://127.0.0.1'], 'it has to be http:// with a host of this machine'],
    [['--url', 'http://127.0.0.1.example.org'], 'it has to be http:// with a host of this machine'],
    [['--rate', '0'], '--rate is "0"; it has to be a whole number from 1 to 2000'],
    [['--requests', '1e3'], '--requests is "1e3"; it has to be a whole number'],
    [['--seconds', '5', '--requests', '5'], '--seconds and --requests exclude each other'],
    [['--seed', '-1'], "'--seed' argument is ambiguous"],
    [['--sed', '1'], "Unknown option '--sed'"],
    [['--url', 'http://127.0.0.1:1'], 'nobody listens at http://127.0.0.1:1 (ECONNREFUSED)'],
  ] as const;
  const outputs = await Promise.all(cases.map(([args]) => runTraffic(...args)));
  for (const [index, [, message]] of cases.entries()) {
    expect(outputs[index]).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(message) as string });
    expect(outputs[index]?.stderr).toMatch(/^[^\n]+\n$/);
  }
});

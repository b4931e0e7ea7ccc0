import path from 'node:path';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { findUrls, REGISTER, startApp, type AppOptions, type AppProcess } from './support/app-process.js';
import { prepareExpress4 } from './support/aliased-package.js';
import { EXPRESS_REQUESTS, writeRequest } from './support/express-requests.js';
import { scrapeUntil, sum } from './support/metrics.js';
import { connectRaw, converse, readHeaders, readStatuses } from './support/raw-http.js';
import { countKeys, expectCounts } from './support/request-counts.js';

const ENV = { NODE_ENV: 'production' };

const APPLICATIONS: readonly [name: string, start: () => AppProcess][] = [
  ['Express 5, ESM', () => startApp('express5.js', { env: ENV })],
  ['Express 5, TypeScript', () => startTypeScript({ env: ENV })],
  ['Express 4, CommonJS', () => startApp(path.join(prepareExpress4(FILES), 'express4.cjs'), { env: ENV })],
];

const FILES = ['express4.cjs', 'routes.cjs', 'serve.cjs'];

function startTypeScript(options: AppOptions): AppProcess {
  return startApp('express5.ts', { ...options, nodeOptions: ['--import', 'tsx', '--import', REGISTER] });
}

test.each(APPLICATIONS)('%s: each request is counted once and gets an id', async (_name, start) => {
  const app = start();
  const { url, admin } = await findUrls(app);
  for (const { name, text, counted, refused } of EXPRESS_REQUESTS) {
    const received = await converse(url, text);
    const statuses = readStatuses(received).filter((status) => status >= 200);
    const expected = counted.map((key) => Number(key.split(' ').at(-1))).filter((status) => status !== 499);
    expect.soft(statuses, name).toEqual(expected);
    const ids = readHeaders(received, 'X-Request-ID');
    expect.soft(ids.length, name).toBe(refused === true ? 0 : expected.length);
  }
  await expectCounts(admin, countKeys(EXPRESS_REQUESTS.flatMap(({ counted }) => counted)));
});

test.each(APPLICATIONS)('%s: aborted requests, WebSockets and a second port', async (_name, start) => {
  const app = start();
  const { url, admin } = await findUrls(app);
  await abort(app, url, writeRequest('GET', '/hang'), /hanging/);
  await abort(app, url, writeRequest('GET', '/drip'), /dripping/);
  await abort(app, url, writeRequest('POST', '/upload', ['Content-Length: 1000'], ''), /uploading/);
  // The answers behind the one that hangs are ready, and never sent.
  const pipelined = ['/items/1', '/hang', '/items/2', '/nowhere'].map(
    (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`,
  );
  await abort(app, url, pipelined.join(''), /(hanging[^]*){2}/);
  const [, second = ''] = await app.waitFor(/also on (\S+)/);
  await converse(second, writeRequest('GET', '/items/1'));
  await keepAlive(url);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`);
  await new Promise((resolve) => socket.once('message', resolve));
  await scrapeUntil(admin, (samples) => sum(samples, 'barbossa_websocket_connections') === 1);
  socket.close();
  await scrapeUntil(admin, (samples) => sum(samples, 'barbossa_websocket_connections') === 0);
  const aborted = ['GET /hang 499', 'GET /drip 499', 'POST /upload 499', 'GET /hang 499', 'GET /items/:id 499'];
  const answered = Array.from({ length: 5 }, () => 'GET /items/:id 200');
  await expectCounts(admin, countKeys([...aborted, 'GET <unmatched> 499', ...answered, 'GET <unmatched> 101']));
});

/** Sends, waits until the application says that it is there, and goes away. */
async function abort(app: AppProcess, url: string, text: string, arrived: RegExp): Promise<void> {
  const connection = await connectRaw(url);
  await connection.send(text);
  await app.waitFor(arrived);
  connection.socket.destroy();
}

/** Three requests on one connection, each after the answer of the one before. */
async function keepAlive(url: string): Promise<void> {
  const connection = await connectRaw(url);
  for (const id of [1, 2, 3]) {
    await connection.send(`GET /items/${id} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await connection.waitFor(new RegExp(`\\{"id":"${id}"\\}`));
  }
  connection.socket.destroy();
}

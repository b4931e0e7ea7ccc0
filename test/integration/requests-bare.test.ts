import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { findUrls, startApp } from './support/app-process.js';
import { BARE_REQUESTS } from './support/bare-requests.js';
import { writeRequest } from './support/express-requests.js';
import { scrapeUntil, select, sum } from './support/metrics.js';
import { connectRaw, converse, readHeaders, readStatuses } from './support/raw-http.js';
import { countKeys, expectCounts } from './support/request-counts.js';
import { createSelfSigned } from './support/self-signed.js';

const { key, cert } = createSelfSigned();

const SERVERS: readonly [scheme: string, env: Record<string, string>][] = [
  ['http', {}],
  ['https', { TLS_KEY: key, TLS_CERT: cert }],
];

test.each(SERVERS)('%s: each request is counted once and gets an id', async (scheme, env) => {
  const { url, admin } = await findUrls(startApp('bare.js', { env }));
  for (const { name, text, counted, refused } of BARE_REQUESTS) {
    const received = await converse(url, text);
    const statuses = readStatuses(received).filter((status) => status >= 200);
    const status = Number(counted[0]?.split(' ').at(-1));
    // Where the server gives up it may have answered, in part or with a 400 of its own.
    if (status === 499) continue;
    expect.soft(statuses, name).toEqual([status]);
    expect.soft(readHeaders(received, 'X-Request-ID').length, name).toBe(refused === true ? 0 : 1);
  }
  const samples = await expectCounts(admin, countKeys(BARE_REQUESTS.flatMap(({ counted }) => counted)));
  const schemes = select(samples, 'http_server_request_duration_count').filter(
    // What Node's parser refuses is told as http: nobody knows whose it was.
    ({ labels }) => labels['http_request_method'] !== '_OTHER',
  );
  expect(new Set(schemes.map(({ labels }) => labels['url_scheme']))).toEqual(new Set([scheme]));
});

test.each(SERVERS)('%s: aborted requests', async (_scheme, env) => {
  const app = startApp('bare.js', { env });
  const { url, admin } = await findUrls(app);
  for (const [path, arrived] of [
    ['/hang', /hanging/],
    ['/drip', /dripping/],
  ] as const) {
    const connection = await connectRaw(url);
    await connection.send(writeRequest('GET', path));
    await app.waitFor(arrived);
    connection.socket.destroy();
  }
  await expectCounts(admin, { 'GET <unmatched> 499': 2 });
});

test.each(SERVERS)('%s: WebSockets are counted while they are open', async (_scheme, env) => {
  const { url, admin } = await findUrls(startApp('bare.js', { env }));
  const clients = await Promise.all([1, 2, 3].map(() => openWebSocket(url)));
  const isOpen = (count: number) => scrapeUntil(admin, (all) => sum(all, 'barbossa_websocket_connections') === count);
  await isOpen(3);
  // With a goodbye, and without one.
  clients[0]?.close();
  clients[1]?.terminate();
  await isOpen(1);
  clients[2]?.terminate();
  await isOpen(0);
  await expectCounts(admin, { 'GET <unmatched> 101': 3 });
});

test('a client that never ends its request is counted when the server gives it up', async () => {
  const app = startApp('bare.js');
  const { admin } = await findUrls(app);
  const [, url = ''] = await app.waitFor(/impatient on (\S+)/);
  expect(readStatuses(await converse(url, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow'))).toEqual([408]);
  await expectCounts(admin, { '_OTHER <unmatched> 408': 1 });
});

async function openWebSocket(url: string): Promise<WebSocket> {
  const client = new WebSocket(`${url.replace('http', 'ws')}/socket`, { rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    client.once('message', () => resolve());
    client.once('error', reject);
  });
  return client;
}

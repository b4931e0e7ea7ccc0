import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { findUrls, startApp } from './support/app-process.js';
import { scrapeUntil, sum } from './support/metrics.js';
import { converse, readHeaders } from './support/raw-http.js';
import { expectCounts } from './support/request-counts.js';

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Host: a', '', ''].join('\r\n');

const REFUSALS: readonly [path: string, status: number, ids: number][] = [
  ['/two-writes', 403, 1],
  // What the blank line begins with is sent before it is known to be one.
  ['/bytes', 401, 0],
  ['/version-first', 404, 1],
  ['/encoded', 409, 1],
  ['/no-words', 410, 1],
  ['/bare-line-feeds', 418, 1],
  ['/interim', 503, 1],
  ['/gone', 499, 0],
];

test.each(['nobody', 'before', 'within'])('sockets that are wrapped: %s', async (wrapped) => {
  const app = startApp('upgrades.cjs', { args: [wrapped] });
  const { url, admin } = await findUrls(app);
  const clients = await Promise.all([1, 2].map(() => openWebSocket(url)));
  await scrapeUntil(admin, (all) => sum(all, 'barbossa_websocket_connections') === 2);
  for (const client of clients) client.close();
  await scrapeUntil(admin, (all) => sum(all, 'barbossa_websocket_connections') === 0);

  for (const [path, , ids] of REFUSALS) {
    const received = await converse(url, `GET ${path} HTTP/1.1\r\n${UPGRADE}`);
    expect.soft(readHeaders(received.replaceAll(/\r?\n/g, '\r\n'), 'X-Request-ID'), path).toHaveLength(ids);
  }
  const tunnel = await converse(url, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(tunnel).toMatch(/^HTTP\/1\.1 200 Connected\r\nX-Request-ID: \S+\r\n\r\ntunnel$/);

  const refused = Object.fromEntries(REFUSALS.map(([, status]) => [`GET <unmatched> ${status}`, 1]));
  await expectCounts(admin, { 'GET <unmatched> 101': 2, 'CONNECT <unmatched> 200': 1, ...refused });
  expect(app.stdout() + app.stderr()).not.toMatch(/warned|Warning/);
});

/** Open, and with its twenty messages. */
async function openWebSocket(url: string): Promise<WebSocket> {
  const client = new WebSocket(url.replace('http', 'ws'));
  let messages = 0;
  await new Promise<void>((resolve, reject) => {
    client.on('message', () => {
      messages += 1;
      if (messages === 20) resolve();
    });
    client.once('error', reject);
  });
  return client;
}

import { Agent, get } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { findUrls, REGISTER, startApp } from './support/app-process.js';
import { connectRaw } from './support/raw-http.js';

const OPTIONS = { nodeOptions: ['--expose-gc', '--import', REGISTER] };
/** Node holds the last request of a connection or two itself: of those that its parsers have just been used for. */
const FEW = 5;

/** How much of what the application was sent it still holds. */
async function readAlive(url: string): Promise<{ readonly requests: number; readonly bodies: number }> {
  const answer = await fetch(`${url}/alive`);
  return (await answer.json()) as { requests: number; bodies: number };
}

test('connections that are kept alive do not hold their last requests', async () => {
  const { url } = await findUrls(startApp('retained.cjs', OPTIONS));
  const agent = new Agent({ keepAlive: true, maxSockets: 300, maxFreeSockets: 300 });
  onTestFinished(() => agent.destroy());
  await Promise.all(Array.from({ length: 300 }, () => request(url, agent)));
  expect((await readAlive(url)).requests).toBeLessThanOrEqual(FEW);
});

test('a timer that was started in a request does not hold its body', async () => {
  const { url } = await findUrls(startApp('retained.cjs', OPTIONS));
  for (let n = 0; n < 10; n += 1) {
    const response = await fetch(url, { method: 'POST', body: Buffer.alloc(5_000_000) });
    await response.text();
  }
  const alive = await readAlive(url);
  expect(alive.bodies).toBeLessThanOrEqual(1);
});

test('WebSockets that are open do not hold their requests', async () => {
  const { url } = await findUrls(startApp('retained.cjs', OPTIONS));
  for (let n = 0; n < 30; n += 1) {
    const { socket, send, waitFor } = await connectRaw(url);
    onTestFinished(() => void socket.destroy());
    await send('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await waitFor(/101 Switching/);
  }
  expect((await readAlive(url)).requests).toBeLessThanOrEqual(FEW);
});

function request(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => void response.resume().on('end', resolve)).on('error', reject);
  });
}

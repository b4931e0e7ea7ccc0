import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { startEcho } from './support/echo-server.js';

interface Line {
  readonly message: string;
  readonly event: string;
  readonly name: string;
  readonly reused: boolean;
  readonly port: number;
  readonly trace_id: string;
}

const EVENTS = ['answer closed', 'close', 'data', 'end', 'finish', 'response', 'socket'];

async function call(url: string, to: string, id: string): Promise<number> {
  const headers = { traceparent: `00-${id}-b7ad6b7169203331-01` };
  return (await fetch(`${url}?to=${to}&name=${id}`, { headers })).status;
}

test('what listens to answers on one kept connection logs with the ids of its own request', async () => {
  const app = startApp('kept-sockets.mjs');
  const { url } = await findUrls(app);
  const to = encodeURIComponent(await startEcho());
  const traceIds = Array.from({ length: 4 }, () => randomBytes(16).toString('hex'));
  // The last one finds the connection free, the others wait for it.
  const first = traceIds.slice(0, -1).map((id) => call(url, to, id));
  expect(await Promise.all(first)).toEqual(first.map(() => 200));
  expect(await call(url, to, traceIds.at(-1) ?? '')).toBe(200);
  const lines = (): Line[] =>
    app
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"heard"'))
      .map((line) => JSON.parse(line) as Line);
  await expect.poll(() => lines().length, { timeout: 10_000 }).toBe(traceIds.length * EVENTS.length);
  for (const id of traceIds) {
    const own = lines().filter(({ name }) => name === id);
    expect(own.map(({ event }) => event).toSorted()).toEqual(EVENTS);
    expect(own.map((line) => line.trace_id)).toEqual(EVENTS.map(() => id));
  }
  const responses = lines().filter(({ event }) => event === 'response');
  expect(new Set(responses.map(({ port }) => port)).size).toBe(1);
  expect(responses.at(-1)).toMatchObject({ reused: true, name: traceIds.at(-1) });
}, 30_000);

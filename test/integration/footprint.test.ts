import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { readNodeVersion } from './node-binary.js';
import { REGISTER, startApp } from './support/app-process.js';
import { startReceiver } from './support/otlp-receiver.js';

/** What a request with one winston line, or a line alone, takes more with us than without. */
interface Footprint {
  /** In the heap, until it is delivered. */
  readonly allocatedBytes: number;
  /** Reads and writes, of files, pipes and sockets. */
  readonly systemCalls: number;
}

/**
 * By major version of Node. A change that makes one rise says so by its new figure here, and why in its commit; one that
 * makes it fall writes it down, so that it stays there. None for 22: there V8 compiles Express itself wrongly, with such a heap.
 */
const EXPECTED: Readonly<Record<number, { readonly request: number; readonly line: number }>> = {
  20: { request: 15_700, line: 10_500 },
  24: { request: 17_600, line: 10_800 },
  26: { request: 18_500, line: 12_600 },
};
/** Batches are cut by time, and code is compiled when the machine gets to it. */
const TOLERANCE = 0.07;
/** The spool is written each 10 ms and a batch is sent each 200 ms, for many requests together. */
const MOST_SYSTEM_CALLS = 0.15;

const WARM_UP = 8_000;
const WINDOW = 1_500;
const CONNECTIONS = 10;
/** A record is on its way within 200 ms. */
const DELIVERED_MS = 600;

const YOUNG_GENERATION = ['--max-semi-space-size=256', '--min-semi-space-size=256'];

type Ask = (path: string) => Promise<string>;

async function startServer(preload: readonly string[]): Promise<Ask> {
  const receiver = await startReceiver();
  const app = startApp('footprint.cjs', {
    nodeOptions: [...YOUNG_GENERATION, ...preload],
    env: { NODE_ENV: 'production', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  const [, port = ''] = await app.waitFor(/listening on (\d+)/);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  onTestFinished(() => agent.destroy());
  return (path) =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
}

async function serve(ask: Ask, requests: number): Promise<void> {
  let sent = 0;
  const drive = async (): Promise<void> => {
    while (sent < requests) await ask(`/tracks/${sent++}`);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, drive));
}

const log = async (ask: Ask, lines: number): Promise<void> => void (await ask(`/lines/${lines}`));

/** Of one request or line, over a window in which nothing was collected. */
async function measure(ask: Ask, work: (ask: Ask, count: number) => Promise<void>): Promise<Footprint> {
  const read = async (): Promise<Footprint & { readonly collections: number }> =>
    JSON.parse(await ask('/footprint')) as Footprint & { readonly collections: number };
  await work(ask, WARM_UP);
  for (let tries = 0; tries < 10; tries++) {
    await sleep(DELIVERED_MS);
    const before = await read();
    await work(ask, WINDOW);
    await sleep(DELIVERED_MS);
    const after = await read();
    if (after.collections > before.collections) continue;
    return {
      allocatedBytes: (after.allocatedBytes - before.allocatedBytes) / WINDOW,
      systemCalls: (after.systemCalls - before.systemCalls) / WINDOW,
    };
  }
  throw new Error('the garbage collector ran in each window');
}

const expected = EXPECTED[Number(readNodeVersion().split('.')[0])];

test.skipIf(expected === undefined).each([
  ['request', serve],
  ['line', log],
] as const)('what a %s allocates and asks of the system has not changed', async (what, work) => {
  const [plain, ours] = await Promise.all([startServer([]), startServer(['--import', REGISTER])]);
  const without = await measure(plain, work);
  const withUs = await measure(ours, work);
  const addedBytes = withUs.allocatedBytes - without.allocatedBytes;
  expect(withUs.systemCalls - without.systemCalls).toBeLessThan(MOST_SYSTEM_CALLS);
  expect(Math.abs(addedBytes / (expected?.[what] ?? 0) - 1), `${addedBytes.toFixed(0)} bytes`).toBeLessThan(TOLERANCE);
});

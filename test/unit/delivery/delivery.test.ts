import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Delivery, type DeliveryOptions } from '../../../src/delivery/delivery.js';
import type { SendResult } from '../../../src/delivery/sender.js';
import type { Spool } from '../../../src/delivery/spool.js';
import { captureStream } from '../logs/test-logs.js';
import { list, makeFolder, makeLine, makeSegment, openSpool, readSaved, RESOURCE, store } from './test-spool.js';

const INFO = 9;
const ACCEPTED: SendResult = { outcome: 'accepted', rejected: 0, reason: '' };
const FAILED: SendResult = { outcome: 'retry', reason: 'HTTP 503' };

interface TestDelivery {
  readonly delivery: Delivery;
  readonly sent: number[];
  readonly requests: number[][];
  readonly dropped: Record<string, number>;
}

type Server = (count: number) => SendResult | Promise<SendResult>;

function makeDelivery(answer: Server, options: Partial<DeliveryOptions> = {}): TestDelivery {
  const dropped: Record<string, number> = {};
  const requests: number[][] = [];
  const sent: number[] = [];
  const delivery = new Delivery({
    sender: {
      send: async (body) => {
        const numbers = Array.from([...body].join('').matchAll(/"body":(\d+)/g), ([, n]) => Number(n));
        requests.push(numbers);
        const result = await answer(requests.length);
        if (result.outcome === 'accepted') sent.push(...numbers);
        return result;
      },
      close: () => {},
    },
    spool: undefined,
    url: 'http://collector/v1/logs',
    resource: RESOURCE,
    memoryBytes: 1_000_000,
    spoolBytes: 1_000_000,
    spoolDelayMs: 0,
    batchSize: 10,
    delayMs: 30,
    onAside: () => {},
    onDropped: (reason, count) => (dropped[reason] = (dropped[reason] ?? 0) + count),
    ...options,
  });
  onTestFinished(() => delivery.stop());
  return { delivery, sent, requests, dropped };
}

function append(delivery: Delivery, ...numbers: number[]): void {
  for (const n of numbers) delivery.append(makeLine(n), INFO);
}

const never = (): Promise<SendResult> => new Promise(() => {});

test('a few records wait for others, a full batch does not', async () => {
  const { delivery, requests } = makeDelivery(() => ACCEPTED);
  append(delivery, 1);
  await Promise.resolve();
  append(delivery, 2);
  await vi.waitUntil(() => requests.length === 1);
  append(delivery, ...Array(10).keys());
  await vi.waitUntil(() => requests.length === 2);
  expect(requests).toEqual([[1, 2], [...Array(10).keys()]]);
});

test('a record is on disk at the end of the turn, and gone from there when it was taken', async () => {
  const folder = makeFolder();
  let open: (result: SendResult) => void = () => {};
  const answer = new Promise<SendResult>((resolve) => (open = resolve));
  const { delivery, sent } = makeDelivery(() => answer, { spool: openSpool(folder) });
  append(delivery, 1, 2);
  await new Promise(setImmediate);
  expect(readSaved(folder)).toEqual([1, 2]);
  open(ACCEPTED);
  await vi.waitUntil(() => list(folder).length === 0);
  expect(sent).toEqual([1, 2]);
});

test('no timer fires while the application computes: records are on disk all the same', () => {
  const folder = makeFolder();
  const { delivery } = makeDelivery(never, { spool: openSpool(folder) });
  const endMs = performance.now() + 400;
  let n = 0;
  for (; performance.now() < endMs; n++) {
    append(delivery, n);
    const nextMs = performance.now() + 5;
    while (performance.now() < nextMs);
  }
  const saved = readSaved(folder);
  expect(saved.length).toBeGreaterThan(0);
  expect(saved).toEqual([...Array(saved.length).keys()]);
  // At most 100 ms behind, at 5 ms a record.
  expect(n - saved.length).toBeLessThanOrEqual(22);
});

test('few large files, not one for each moment of an outage', async () => {
  captureStream('stderr');
  const folder = makeFolder();
  const { delivery, requests } = makeDelivery(() => FAILED, { spool: openSpool(folder), batchSize: 1_000, delayMs: 5 });
  append(delivery, 0);
  await vi.waitUntil(() => requests.length > 0);
  for (let n = 1; n <= 20; n++) {
    append(delivery, n);
    await sleep(10);
  }
  await vi.waitUntil(() => readSaved(folder).length === 21);
  expect(list(folder)).toHaveLength(1);
});

test('when sending works again everything is sent, the open segments too', async () => {
  captureStream('stderr');
  let down = true;
  const { delivery, sent, requests } = makeDelivery(() => (down ? FAILED : ACCEPTED), { delayMs: 5 });
  append(delivery, 1);
  await vi.waitUntil(() => requests.length > 0);
  append(delivery, 2);
  down = false;
  await vi.waitUntil(() => sent.length === 2, { timeout: 3_000 });
  expect(delivery.failing).toBe(false);
});

test('flush sends what waits', async () => {
  const { delivery, sent } = makeDelivery(() => ACCEPTED, { delayMs: 60_000 });
  append(delivery, 1, 2);
  await delivery.flush(5_000);
  expect(sent).toEqual([1, 2]);
});

test('flush ends at its deadline, or at once where sending fails or nothing waits', async () => {
  captureStream('stderr');
  const hanging = makeDelivery(never);
  append(hanging.delivery, 1);
  const startMs = performance.now();
  await hanging.delivery.flush(50);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(49);
  const failing = makeDelivery(() => FAILED);
  append(failing.delivery, 1);
  await failing.delivery.flush(60_000);
  await makeDelivery(() => ACCEPTED).delivery.flush(60_000);
  const stopped = makeDelivery(() => ACCEPTED).delivery;
  append(stopped, 1);
  stopped.stop();
  await stopped.flush(60_000);
  expect(failing.requests).toEqual([[1]]);
});

test('at the end everything is on disk at once, and what is written after that too', () => {
  const folder = makeFolder();
  const { delivery, dropped } = makeDelivery(never, { spool: openSpool(folder) });
  append(delivery, ...Array(25).keys());
  delivery.endSync();
  expect(readSaved(folder)).toHaveLength(25);
  append(delivery, 25);
  expect(readSaved(folder)).toHaveLength(26);
  expect(dropped).toEqual({});
});

test('what is neither sent nor saved at the end is counted once, and one line says so', () => {
  const stderr = captureStream('stderr');
  const { delivery, dropped } = makeDelivery(never);
  append(delivery, 1, 2, 3);
  delivery.completeSync();
  delivery.endSync();
  expect(dropped).toEqual({ shutdown: 3 });
  expect(stderr).toHaveLength(1);
  expect(stderr[0]).toContain('3 log record(s) are lost with the process');
});

test('what was delivered just before the end is not sent again by the next process', async () => {
  const folder = makeFolder();
  const { delivery } = makeDelivery(() => ACCEPTED, { spool: openSpool(folder) });
  append(delivery, 1);
  delivery.completeSync();
  expect(list(folder)).toHaveLength(1);
  await delivery.flush(5_000);
  delivery.endSync();
  expect(list(folder)).toEqual([]);
});

test('what earlier processes have left is sent', async () => {
  const stderr = captureStream('stderr');
  const folder = makeFolder();
  const spool = openSpool(folder);
  const segment = makeSegment('low', 1, 2);
  openSpool(folder).saveSync(segment);
  vi.spyOn(spool, 'adopt').mockResolvedValueOnce([store(segment)]);
  const { sent } = makeDelivery(() => ACCEPTED, { spool });
  await vi.waitUntil(() => list(folder).length === 0);
  expect(sent).toEqual([1, 2]);
  expect(stderr.some((line) => line.includes('1 file(s) of earlier processes are sent now'))).toBe(true);
});

test('stop saves what waits for the next process, and later records too', () => {
  const folder = makeFolder();
  const { delivery } = makeDelivery(never, { spool: openSpool(folder) });
  append(delivery, 1);
  delivery.stop();
  append(delivery, 2);
  expect(readSaved(folder)).toEqual([1, 2]);
});

test('a line of an immediate is saved when that ends, not a turn later', async () => {
  const folder = makeFolder();
  const { delivery } = makeDelivery(never, { spool: openSpool(folder) });
  append(delivery, 1);
  // Behind the immediate that saves.
  const saved = await new Promise((resolve) => {
    setImmediate(() => {
      append(delivery, 2);
      append(delivery, 3);
      queueMicrotask(() => resolve(readSaved(folder)));
    });
  });
  expect(saved).toEqual([1, 2, 3]);
});

test('a disk that fails costs nothing but the spool', async () => {
  const spool = {
    directory: 'x',
    attach: () => {},
    hold: () => true,
    release: () => {},
    saveSync: () => false,
    retryNow: () => {},
    remove: () => {},
    removeAllSync: () => {},
    adopt: async () => [],
  } as unknown as Spool;
  const { delivery, sent } = makeDelivery(() => ACCEPTED, { spool });
  append(delivery, 1, 2);
  await vi.waitUntil(() => sent.length === 2);
});

test('what it does later is not done in the context of the request that wrote the record', async () => {
  const storage = new AsyncLocalStorage<string>();
  const contexts: (string | undefined)[] = [];
  const { delivery } = makeDelivery(() => {
    contexts.push(storage.getStore());
    return ACCEPTED;
  });
  storage.run('request', () => append(delivery, 1));
  await vi.waitUntil(() => contexts.length === 1);
  storage.run('request', () => append(delivery, ...Array(10).keys()));
  await vi.waitUntil(() => contexts.length === 2);
  expect(contexts).toEqual([undefined, undefined]);
});

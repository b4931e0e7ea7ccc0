import { expect, onTestFinished, test, vi } from 'vitest';
import { Aside } from '../../../src/delivery/aside.js';
import { Buffers } from '../../../src/delivery/buffers.js';
import { Dispatcher } from '../../../src/delivery/dispatcher.js';
import type { SendResult } from '../../../src/delivery/sender.js';
import { createEntry } from '../../../src/logs/entry.js';
import { emitEntry } from '../../../src/logs/record.js';
import { captureStream, startTestContext, startTestLogs } from '../logs/test-logs.js';
import { makeLine, RESOURCE } from './test-spool.js';

const INFO = 9;
const ACCEPTED: SendResult = { outcome: 'accepted', rejected: 0, reason: '' };
const FAILED: SendResult = { outcome: 'retry', reason: 'HTTP 503' };
const POISON = 13;

interface TestDispatcher {
  readonly dispatcher: Dispatcher;
  readonly buffers: Buffers;
  /** What the records of each request say; a probe has none. */
  readonly requests: number[][];
  readonly dropped: Record<string, number>;
  readonly recovered: () => number;
  /** How many records are set aside. */
  readonly aside: () => number;
  /** Adds records and seals them. */
  readonly add: (...numbers: number[]) => void;
}

type Server = (numbers: readonly number[], count: number) => SendResult | Promise<SendResult>;

function makeDispatcher(answer: Server): TestDispatcher {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const dropped: Record<string, number> = {};
  const onDropped = (reason: string, count: number): void => void (dropped[reason] = (dropped[reason] ?? 0) + count);
  const requests: number[][] = [];
  const bounds = { memoryBytes: 1_000_000, spoolBytes: 1_000_000, batchSize: 1_000 };
  const buffers = new Buffers({ spool: undefined, resource: RESOURCE, ...bounds, onDropped });
  let recovered = 0;
  let aside = 0;
  const onChange = (difference: number): void => void (aside += difference);
  const url = 'http://collector/v1/logs';
  const dispatcher = new Dispatcher({
    buffers,
    aside: new Aside({ spool: undefined, url, maxBytes: 100_000, onChange, onDropped }),
    url,
    waitingPlace: 'in memory',
    onDropped,
    onRecovered: () => (recovered += 1),
    sender: {
      send: async (body) => {
        const numbers = Array.from([...body].join('').matchAll(/"body":(\d+)/g), ([, n]) => Number(n));
        requests.push(numbers);
        return answer(numbers, requests.length);
      },
      close: () => {},
    },
  });
  const add = (...numbers: number[]): void => {
    for (const n of numbers) buffers.append(makeLine(n), INFO);
    buffers.sealAll();
  };
  return { dispatcher, buffers, requests, dropped, recovered: () => recovered, aside: () => aside, add };
}

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n);

test('sends segment after segment', async () => {
  const { dispatcher, buffers, requests, add } = makeDispatcher(() => ACCEPTED);
  add(1, 2);
  add(3);
  await dispatcher.drain();
  expect(requests).toEqual([[1, 2], [3]]);
  expect(buffers.empty).toBe(true);
});

test('after a failure it waits, each time longer up to 15 s, and one line says so', async () => {
  const stderr = captureStream('stderr');
  const { dispatcher, requests, add, recovered } = makeDispatcher((_, count) => (count < 9 ? FAILED : ACCEPTED));
  add(1);
  await dispatcher.drain();
  expect(dispatcher.failing).toBe(true);
  const waits: number[] = [];
  for (let count = requests.length; count < 9; count = requests.length) {
    const startMs = performance.now();
    // What is added meanwhile does not hurry it.
    dispatcher.wake();
    await vi.advanceTimersToNextTimerAsync();
    if (requests.length > count) waits.push(performance.now() - startMs);
  }
  const bases = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];
  expect(waits).toHaveLength(bases.length);
  for (const [index, base] of bases.entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(base * 0.75 - 1);
    expect(waits[index]).toBeLessThanOrEqual(base * 1.25 + 1);
  }
  expect(requests).toEqual(Array.from({ length: 9 }, () => [1]));
  expect([dispatcher.failing, recovered()]).toEqual([false, 1]);
  expect(stderr.map((line) => / (?:warn|info): /.exec(line)?.[0])).toEqual([' warn: ', ' info: ']);
  expect(stderr[0]).toContain('(HTTP 503); they wait in memory and are sent later');
  expect(stderr[1]).toMatch(/again, after \d+ s/);
});

test('Retry-After is kept', async () => {
  captureStream('stderr');
  const { dispatcher, requests, add } = makeDispatcher((_, count) =>
    count === 1 ? { ...FAILED, afterMs: 7_000 } : ACCEPTED,
  );
  add(1);
  await dispatcher.drain();
  await vi.advanceTimersByTimeAsync(6_999);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(requests).toHaveLength(2);
});

test('Retry-After of nothing is no reason to come back sooner', async () => {
  captureStream('stderr');
  const { dispatcher, requests, add } = makeDispatcher(() => ({ ...FAILED, afterMs: 0 }));
  add(1);
  await dispatcher.drain();
  await vi.advanceTimersByTimeAsync(5_200);
  expect(requests.length).toBeLessThanOrEqual(5);
});

test('draining tries at once, whatever has failed before', async () => {
  captureStream('stderr');
  const { dispatcher, requests, add } = makeDispatcher((_, count) => (count === 1 ? FAILED : ACCEPTED));
  add(1);
  await dispatcher.drain();
  await dispatcher.drain();
  expect(requests).toEqual([[1], [1]]);
});

test('a record that nobody takes is found, counted, and the others arrive', async () => {
  const stderr = captureStream('stderr');
  const arrived: number[] = [];
  const { dispatcher, requests, dropped, add } = makeDispatcher((numbers) => {
    if (numbers.includes(POISON)) return { outcome: 'refused', reason: 'HTTP 400: no' };
    arrived.push(...numbers);
    return ACCEPTED;
  });
  add(...range(0, 100));
  await dispatcher.drain();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(arrived.toSorted((a, b) => a - b)).toEqual(range(0, 100).filter((n) => n !== POISON));
  expect(dropped).toEqual({ rejected: 1 });
  expect(requests.length).toBeLessThan(25);
  expect(stderr.filter((line) => line.includes('refused 1 log record(s) for good: HTTP 400: no'))).toHaveLength(1);
});

test('a request that is too large is sent in parts', async () => {
  const arrived: number[] = [];
  const { dispatcher, dropped, add } = makeDispatcher((numbers) => {
    if (numbers.length > 10) return { outcome: 'refused', tooLarge: true, reason: 'HTTP 413' };
    arrived.push(...numbers);
    return ACCEPTED;
  });
  add(...range(0, 100));
  await dispatcher.drain();
  expect(arrived.toSorted((a, b) => a - b)).toEqual(range(0, 100));
  expect(dropped).toEqual({});
});

test('what was taken of a request in parts is not sent again when the rest fails', async () => {
  captureStream('stderr');
  const arrived: number[] = [];
  let down: boolean | undefined;
  const { dispatcher, add } = makeDispatcher((numbers) => {
    if (numbers.length > 10) return { outcome: 'refused', tooLarge: true, reason: 'HTTP 413' };
    if (down === true) return FAILED;
    arrived.push(...numbers);
    if (arrived.length >= 30) down ??= true;
    return ACCEPTED;
  });
  add(...range(0, 100));
  await dispatcher.drain();
  expect(arrived.length).toBeLessThan(50);
  down = false;
  await dispatcher.drain();
  expect(arrived.toSorted((a, b) => a - b)).toEqual(range(0, 100));
});

test('a server that refuses even an empty request is the wrong one: nothing is given up', async () => {
  captureStream('stderr');
  let right = false;
  const { dispatcher, requests, dropped, add } = makeDispatcher(() =>
    right ? ACCEPTED : { outcome: 'refused', reason: 'HTTP 400: Client sent an HTTP request to an HTTPS server.' },
  );
  add(1, 2);
  await dispatcher.drain();
  expect(requests).toEqual([[1, 2], []]);
  right = true;
  await dispatcher.drain();
  expect(requests).toEqual([[1, 2], [], [1, 2]]);
  expect(dropped).toEqual({});
});

test('records that the collector refused in part are counted and not sent again', async () => {
  captureStream('stderr');
  const { dispatcher, requests, dropped, add } = makeDispatcher(() => ({ ...ACCEPTED, rejected: 2, reason: 'odd' }));
  add(1, 2, 3);
  await dispatcher.drain();
  expect(requests).toHaveLength(1);
  expect(dropped).toEqual({ rejected: 2 });
});

test('a sender that throws costs a wait, not the records', async () => {
  captureStream('stderr');
  const { dispatcher, requests, add } = makeDispatcher((_, count) => {
    if (count === 1) throw new TypeError('a fault of ours');
    return ACCEPTED;
  });
  add(1);
  await dispatcher.drain();
  await dispatcher.drain();
  expect(requests).toEqual([[1], [1]]);
});

test('after stop nothing is sent', async () => {
  const { dispatcher, requests, add } = makeDispatcher(() => ACCEPTED);
  dispatcher.stop();
  add(1);
  await dispatcher.drain();
  expect(requests).toEqual([]);
});

test('what is logged by sending is not sent', async () => {
  startTestContext();
  const records = startTestLogs();
  const entry = (): void => emitEntry(createEntry({ level: 'INFO', logger: 'x', message: 'sending' }));
  const { dispatcher, add } = makeDispatcher(async () => {
    entry();
    await Promise.resolve();
    entry();
    return ACCEPTED;
  });
  add(1);
  await dispatcher.drain();
  expect(records()).toEqual([]);
  entry();
  expect(records()).toHaveLength(1);
});

import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Delivery, type DeliveryOptions } from '../../../src/delivery/delivery.js';
import type { SendResult } from '../../../src/delivery/sender.js';
import { captureStream } from '../logs/test-logs.js';
import { list, makeFolder, makeLine, openSpool, RESOURCE } from './test-spool.js';

const INFO = 9;
const ERROR = 17;
const ACCEPTED: SendResult = { outcome: 'accepted', rejected: 0, reason: '' };
const HUNG_MS = 10_000;

/** What a server does with some records; undefined: it takes them. */
type Server = (numbers: readonly number[], timeMs: number) => SendResult | 'hang' | undefined;

interface TestFlow {
  readonly delivery: Delivery;
  /** What the server has taken, each as often as it came. */
  readonly arrived: number[];
  readonly requests: () => number;
  readonly dropped: Record<string, number>;
  readonly aside: () => number;
  readonly stderr: readonly string[];
  /** Lets time pass, with so many records a second. */
  readonly run: (seconds: number, perSecond?: number, severity?: (n: number) => number) => Promise<void>;
  readonly written: () => number;
  readonly flush: () => Promise<void>;
}

function startFlow(server: Server, options: Partial<DeliveryOptions> = {}, latencyMs = 0): TestFlow {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const stderr = captureStream('stderr');
  const dropped: Record<string, number> = {};
  const arrived: number[] = [];
  let requests = 0;
  let aside = 0;
  let written = 0;
  const send = async (body: Iterable<string>): Promise<SendResult> => {
    const numbers = Array.from([...body].join('').matchAll(/"body":(\d+)/g), ([, n]) => Number(n));
    if (numbers.length > 0) requests += 1;
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    const result = server(numbers, performance.now()) ?? ACCEPTED;
    if (result === 'hang') {
      await new Promise((resolve) => setTimeout(resolve, HUNG_MS));
      return { outcome: 'retry', reason: 'no answer within 10000 ms' };
    }
    if (result.outcome === 'accepted') arrived.push(...numbers);
    return result;
  };
  const delivery = new Delivery({
    sender: { send, close: () => {} },
    spool: undefined,
    url: 'http://collector/v1/logs',
    resource: RESOURCE,
    memoryBytes: 8_000_000,
    spoolBytes: 8_000_000,
    spoolDelayMs: 0,
    batchSize: 1_024,
    delayMs: 500,
    onDropped: (reason, count) => (dropped[reason] = (dropped[reason] ?? 0) + count),
    onAside: (difference) => (aside += difference),
    ...options,
  });
  onTestFinished(() => delivery.stop());
  const run = async (seconds: number, perSecond = 0, severity = (_n: number): number => INFO): Promise<void> => {
    for (let step = 0; step < seconds * 10; step++) {
      for (let n = 0; n < perSecond / 10; n++) {
        delivery.append(makeLine(written), severity(written));
        written += 1;
      }
      await vi.advanceTimersByTimeAsync(100);
    }
  };
  const flush = async (): Promise<void> => {
    const flushed = delivery.flush(5_000);
    await vi.advanceTimersByTimeAsync(5_000);
    await flushed;
  };
  const counts = { requests: () => requests, aside: () => aside, written: () => written };
  return { delivery, arrived, dropped, stderr, run, flush, ...counts };
}

const missing = ({ arrived, written }: TestFlow): number[] => {
  const there = new Set(arrived);
  return Array.from({ length: written() }, (_, n) => n).filter((n) => !there.has(n));
};

const fails = (reason: string, afterMs?: number): SendResult => ({
  outcome: 'retry',
  reason,
  ...(afterMs === undefined ? {} : { afterMs }),
});

const FAILURES: Record<string, SendResult | 'hang'> = {
  '500': fails('HTTP 500'),
  '503 with Retry-After': fails('HTTP 503', 120_000),
  'a connection reset': fails('read ECONNRESET'),
  'no answer': 'hang',
};

test.each(Object.entries(FAILURES))('%s for one record: the others arrive, it is set aside', async (_, failure) => {
  const POISON = 1_234;
  const flow = startFlow((numbers) => (numbers.includes(POISON) ? failure : undefined));
  await flow.run(40, 200, (n) => (n === POISON ? ERROR : INFO));
  expect(flow.arrived.length).toBeGreaterThan(flow.written() * 0.95);
  await flow.run(180, 20);
  await flow.flush();
  expect(missing(flow)).toEqual([POISON]);
  expect(flow.aside()).toBe(1);
  expect(flow.dropped).toEqual({});
  const told = flow.stderr.filter((line) => line.includes('set aside'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(failure === 'hang' ? 'no answer within 10000 ms' : failure.reason);
  expect(flow.stderr.filter((line) => line.includes('cannot be sent'))).toEqual([]);
});

test('several poisons, in both lanes and at the heads of their segments', async () => {
  const poisons = new Set([0, 1, 2, 700, 701, 1_500, 2_900, 4_000, 4_444]);
  const flow = startFlow((numbers) => (numbers.some((n) => poisons.has(n)) ? fails('HTTP 502') : undefined));
  await flow.run(60, 200, (n) => (n % 7 === 0 ? ERROR : INFO));
  await flow.run(120, 20);
  await flow.flush();
  expect(missing(flow)).toEqual([...poisons]);
  expect(flow.aside()).toBe(poisons.size);
});

test('a steady stream of records at which the server hangs leaves the rest its way', async () => {
  const flow = startFlow((numbers) => (numbers.some((n) => n % 200 === 199) ? 'hang' : undefined));
  await flow.run(60, 200, (n) => (n % 200 === 199 ? ERROR : INFO));
  const info = flow.arrived.length / (flow.written() * (199 / 200));
  expect(info).toBeGreaterThan(0.9);
});

test('poisons alone in one segment, and nothing else is logged: the neighbours arrive', async () => {
  const flow = startFlow((numbers) => (numbers.some((n) => n === 3 || n === 97) ? fails('HTTP 500') : undefined));
  await flow.run(0.1, 1_000);
  await flow.run(300);
  expect(missing(flow)).toEqual([3, 97]);
  expect(flow.dropped).toEqual({});
});

test('a server that fails at everything for ten minutes has no poisons', async () => {
  const flow = startFlow((_, timeMs) => (timeMs < startMs + 600_000 ? fails('HTTP 500') : undefined));
  const startMs = performance.now();
  await flow.run(600, 10, (n) => (n % 10 === 0 ? ERROR : INFO));
  expect(flow.aside()).toBe(0);
  // One request for each wait: 15 s at most, with some at the start.
  expect(flow.requests()).toBeLessThan(60);
  await flow.run(60, 10);
  expect(missing(flow).length).toBeLessThan(20);
  expect(flow.stderr.filter((line) => line.includes('set aside'))).toEqual([]);
  expect(flow.requests()).toBeLessThan(500);
});

test.each([
  [50, 7],
  [80, 7],
  [80, 8],
  [90, 7],
])('a server that fails at %i percent of all requests has no poisons either (%i)', async (percent, first) => {
  let seed = first;
  const flow = startFlow((_, timeMs) => {
    if (timeMs > startMs + 120_000) return undefined;
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (seed / 2_147_483_648) * 100 < percent ? fails('HTTP 503') : undefined;
  });
  const startMs = performance.now();
  await flow.run(120, 50);
  // A dozen a second: parts, each of which waits longer from try to try.
  expect(flow.requests()).toBeLessThan(1_500);
  await flow.run(30, 5);
  await flow.flush();
  expect(flow.aside()).toBe(0);
  expect(missing(flow)).toEqual([]);
});

test('what is set aside is tried again at growing intervals, and arrives when the server takes it', async () => {
  const tries: number[] = [];
  let mended = false;
  const flow = startFlow((numbers, timeMs) => {
    if (!numbers.includes(5) || mended) return undefined;
    tries.push(timeMs);
    return fails('HTTP 500');
  });
  await flow.run(30, 10);
  expect(flow.aside()).toBe(1);
  const before = tries.length;
  await flow.run(60 + 300 + 1_800 + 3_600, 1);
  const waits = tries
    .slice(before)
    .map((timeMs, index) => Math.round((timeMs - (tries[before + index - 1] ?? 0)) / 60_000));
  expect(waits).toEqual([1, 5, 30, 60]);
  mended = true;
  await flow.run(3_700);
  expect(flow.aside()).toBe(0);
  await flow.flush();
  expect(missing(flow)).toEqual([]);
});

test('what is set aside is in the spool: the next process tries it at its start', async () => {
  const folder = makeFolder();
  const first = startFlow((numbers) => (numbers.includes(5) ? fails('HTTP 500') : undefined), {
    spool: openSpool(folder),
  });
  await first.run(30, 10);
  expect(first.aside()).toBe(1);
  await first.flush();
  first.delivery.stop();
  await vi.waitUntil(() => list(folder).length === 1);
  expect(list(folder)[0]).toMatch(/-aside\.otlp$/);
  const spool = openSpool(folder);
  const file = list(folder)[0] ?? '';
  vi.spyOn(spool, 'adopt').mockResolvedValueOnce([
    { lane: 'aside', file, resource: RESOURCE, from: 0, to: 60, count: 1, bytes: 60 },
  ]);
  const second = startFlow(() => undefined, { spool });
  await second.run(1);
  await vi.waitUntil(() => second.arrived.length > 0);
  expect(second.arrived).toEqual([5]);
  expect(second.aside()).toBe(0);
  await vi.waitUntil(() => list(folder).length === 0);
});

test('a stream of records that are set aside is told of once a minute, and bounded', async () => {
  const flow = startFlow((numbers) => (numbers.some((n) => n % 20 === 0) ? fails('HTTP 500') : undefined), {
    memoryBytes: 32_000,
  });
  await flow.run(600, 10, (n) => (n % 20 === 0 ? ERROR : INFO));
  expect(flow.stderr.filter((line) => line.includes('set aside')).length).toBeLessThan(13);
  expect(flow.aside()).toBeLessThan(200);
  expect(flow.dropped['rejected'] ?? 0).toBeGreaterThan(50);
});

test('one of several servers that refuses everything costs no record', async () => {
  let turn = 0;
  const refused: SendResult = { outcome: 'refused', reason: 'HTTP 400' };
  const flow = startFlow(() => ((turn += 1) % 3 === 0 ? refused : undefined));
  await flow.run(60, 20);
  await flow.flush();
  expect(missing(flow)).toEqual([]);
  expect(flow.dropped).toEqual({});
});

test('a server that takes little at a time: a record that is too large for it is given up, the others arrive', async () => {
  const tooLarge: SendResult = { outcome: 'refused', reason: 'HTTP 413', tooLarge: true };
  const flow = startFlow((numbers) => (numbers.length > 2 || numbers.includes(33) ? tooLarge : undefined));
  await flow.run(30, 30);
  await flow.run(5);
  expect(missing(flow)).toEqual([33]);
  expect(flow.dropped).toEqual({ rejected: 1 });
});

test.each<SendResult>([
  { outcome: 'refused', reason: 'HTTP 400' },
  { outcome: 'refused', reason: 'HTTP 413', tooLarge: true },
])(
  'a server that took records and refuses everything for ten minutes ($reason): nothing is given up',
  async (refusal) => {
    let down = false;
    const flow = startFlow(() => (down ? refusal : undefined));
    await flow.run(5, 20);
    down = true;
    await flow.run(600, 20);
    expect(flow.requests()).toBeLessThan(1_000);
    down = false;
    await flow.run(120);
    expect([flow.dropped, flow.aside()]).toEqual([{}, 0]);
    expect(missing(flow)).toEqual([]);
  },
);

test('a balancer whose every other server is broken: nothing is set aside, nothing given up', async () => {
  let turn = 0;
  const flow = startFlow(() => ((turn += 1) % 2 === 0 ? fails('HTTP 503') : undefined));
  await flow.run(120, 50);
  await flow.run(60);
  expect([flow.dropped, flow.aside()]).toEqual([{}, 0]);
  expect(missing(flow)).toEqual([]);
});

test('poisons that ask for a minute do not hold the others for longer', async () => {
  const flow = startFlow((numbers) =>
    numbers.some((n) => n === 7 || n === 207) ? fails('HTTP 503', 60_000) : undefined,
  );
  await flow.run(120, 200);
  expect(flow.arrived.length).toBeGreaterThan(flow.written() * 0.9);
});

test('what is set aside is given up after three refusals while others are accepted, not after one', async () => {
  let tries = 0;
  const flow = startFlow((numbers) => {
    if (!numbers.includes(5)) return undefined;
    if (flow.aside() === 0) return fails('HTTP 500');
    tries += 1;
    return { outcome: 'refused', reason: 'HTTP 400' };
  });
  await flow.run(30, 10);
  expect(flow.aside()).toBe(1);
  await flow.run(60 + 300 + 60, 1);
  expect([tries, flow.aside(), flow.dropped]).toEqual([2, 1, {}]);
  await flow.run(1_800, 1);
  expect([tries, flow.aside(), flow.dropped]).toEqual([3, 0, { rejected: 1 }]);
});

test.each([
  ['no resource', (text: string) => text.slice(text.indexOf('\n') + 1)],
  ['half a line', (text: string) => text.slice(0, -20)],
  ['nothing', () => ''],
])('a file of a record that was set aside has %s: counted, and told', async (_, damage) => {
  const folder = makeFolder();
  const spool = openSpool(folder);
  const { file } = spool.saveAside(RESOURCE, makeLine(5)) ?? { file: '' };
  const at = path.join(folder, file);
  fs.writeFileSync(at, damage(fs.readFileSync(at, 'utf8')));
  vi.spyOn(spool, 'adopt').mockResolvedValueOnce([
    { lane: 'aside', file, resource: RESOURCE, from: 0, to: 60, count: 1, bytes: 60 },
  ]);
  const flow = startFlow(() => undefined, { spool });
  await flow.run(1);
  await vi.waitUntil(() => flow.dropped['spool_corrupt'] !== undefined && flow.aside() === 0);
  await vi.waitUntil(() => !fs.existsSync(at));
  expect([flow.dropped, flow.aside(), flow.arrived]).toEqual([{ spool_corrupt: 1 }, 0, []]);
});

/** Not one at the same place of each segment: somewhere among so many. */
const isOneOf =
  (every: number) =>
  (n: number): boolean =>
    (n * 2_654_435_761) % 4_294_967_296 < 4_294_967_296 / every;
const mixed = (n: number): number => (n % 7 === 0 ? ERROR : INFO);

test.each([
  { what: '2 %, after 45 s without a server', perSecond: 160, every: 50, outageS: 45, latencyMs: 0 },
  { what: '10 %, after 45 s without a server', perSecond: 160, every: 10, outageS: 45, latencyMs: 0 },
  { what: '2 %, after five minutes without one', perSecond: 160, every: 50, outageS: 300, latencyMs: 0 },
  { what: '10 % from the start', perSecond: 50, every: 10, outageS: 0, latencyMs: 0 },
  { what: '2 %, a server that takes 20 ms', perSecond: 160, every: 50, outageS: 45, latencyMs: 20 },
  { what: '10 %, a server that takes 20 ms', perSecond: 50, every: 10, outageS: 0, latencyMs: 20 },
])('poisons in each segment, and steady traffic: $what', async ({ perSecond, every, outageS, latencyMs }) => {
  const isPoison = isOneOf(every);
  const flow = startFlow(
    (numbers, timeMs) => (timeMs < endMs || numbers.some(isPoison) ? fails('HTTP 500') : undefined),
    { memoryBytes: 32_000_000 },
    latencyMs,
  );
  const endMs = performance.now() + outageS * 1000;
  await flow.run(outageS, perSecond, mixed);
  // One request for each wait: 15 s at most, with some at the start.
  expect(flow.requests()).toBeLessThan(10 + outageS / 10);
  await flow.run(75, perSecond, mixed);
  const lost = missing(flow).filter((n) => !isPoison(n));
  // What was logged last is on its way.
  expect(lost.filter((n) => n < flow.written() - 5 * perSecond)).toEqual([]);
  expect(new Set(flow.arrived).size).toBe(flow.arrived.length);
  expect(flow.stderr.filter((line) => line.includes('cannot be sent')).length).toBeLessThan(4);
});

test('a server that goes away while there are poisons in each segment: few requests, and nothing good is set aside', async () => {
  const isPoison = isOneOf(10);
  let down = false;
  const flow = startFlow((numbers) => (down || numbers.some(isPoison) ? fails('HTTP 500') : undefined));
  await flow.run(30, 50, mixed);
  for (const perSecond of [50, 0]) {
    down = true;
    const before = flow.requests();
    await flow.run(600, perSecond, mixed);
    expect(flow.requests() - before).toBeLessThan(250);
    down = false;
    await flow.run(60, 50, mixed);
  }
  const lost = missing(flow).filter((n) => !isPoison(n));
  expect(lost.filter((n) => n < flow.written() - 250)).toEqual([]);
});

import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { WrittenLine } from '../../../src/loggers/winston-line.js';
import { WaitingLines } from '../../../src/loggers/winston-waiting.js';

interface TestWaiting {
  readonly waiting: WaitingLines;
  readonly sent: number[];
  readonly add: (n: number) => WrittenLine;
}

function makeWaiting(): TestWaiting {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const sent: number[] = [];
  const waiting = new WaitingLines((line) => {
    sent.push(Number(line.info['n']));
    line.sent = true;
  });
  const add = (n: number): WrittenLine => {
    const stamp = {
      id: String(n),
      timeMs: 0,
      context: ROOT_CONTEXT,
      spanContext: undefined,
      request: undefined,
      level: 'info',
      message: '',
      error: undefined,
      caller: undefined,
    };
    const line: WrittenLine = { logger: {}, info: { n }, stamp, taken: false, sent: false, formatted: undefined };
    waiting.add(line);
    return line;
  };
  return { waiting, sent, add };
}

test('sends what its logger has not taken in time, and no sooner', () => {
  const { sent, add } = makeWaiting();
  add(1);
  const taken = add(2);
  vi.advanceTimersByTime(50);
  taken.taken = true;
  add(3);
  vi.advanceTimersByTime(29);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([1]);
  vi.advanceTimersByTime(50);
  expect(sent).toEqual([1, 3]);
});

test('each once, also when all is asked for in between', () => {
  const { waiting, sent, add } = makeWaiting();
  add(1);
  add(2);
  waiting.sendAll();
  vi.advanceTimersByTime(1_000);
  add(3);
  waiting.sendAll();
  expect(sent).toEqual([1, 2, 3]);
});

test('many lines leave the application room between them', () => {
  const { waiting, sent, add } = makeWaiting();
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now() + sent.length);
  for (let n = 0; n < 50; n++) add(n);
  vi.advanceTimersByTime(80);
  expect(sent.length).toBeLessThan(10);
  waiting.sendAll();
  expect(sent).toEqual([...Array(50).keys()]);
  vi.mocked(performance.now).mockRestore();
});

test('at the end nothing waits any more', () => {
  const { waiting, sent, add } = makeWaiting();
  add(1);
  waiting.end();
  add(2);
  expect(sent).toEqual([1, 2]);
});

test('a steady stream does not pile up', () => {
  const { waiting, sent, add } = makeWaiting();
  for (let n = 0; n < 5_000; n++) {
    const line = add(n);
    vi.advanceTimersByTime(1);
    line.taken = n % 2 === 0;
  }
  vi.advanceTimersByTime(100);
  expect(sent).toEqual([...Array(5_000).keys()].filter((n) => n % 2 === 1));
  waiting.sendAll();
  expect(sent).toHaveLength(2_500);
});

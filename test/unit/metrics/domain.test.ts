import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as domain from '../../../src/metrics/domain.js';
import { createInstruments, recordZeros } from '../../../src/metrics/instruments.js';
import { captureStderr, pointsOf, startTestMeter, type Scrape } from './test-meter.js';

const TRACKS = 'barbossa_library_tracks_total';
const SIZE = 'barbossa_library_size_bytes';
const USERS = 'barbossa_active_users';
const QUEUE = 'barbossa_celery_queue_length';

let scrape: () => Promise<Scrape>;
let lines: string[];

beforeEach(() => {
  lines = captureStderr();
  scrape = startTestMeter();
  createInstruments();
  recordZeros();
});

async function valueOf(name: string): Promise<unknown> {
  return pointsOf(await scrape(), name)[0]?.value;
}

function wait(): Promise<never> {
  return new Promise(() => {});
}

describe('startDownload', () => {
  test.each([
    ['succeed', 'success'],
    ['fail', 'failed'],
    ['cancel', 'cancelled'],
  ] as const)('%s moves gauge, counter and histogram together, once', async (verb, status) => {
    const download = domain.startDownload({ source: 'slskd' });
    const other = domain.startDownload({ source: 'slskd' });
    expect(await valueOf('barbossa_active_downloads')).toBe(2);
    const { [verb]: end } = download;
    end();
    end();
    download.succeed();
    download.fail();
    const scraped = await scrape();
    expect(pointsOf(scraped, 'barbossa_active_downloads')).toEqual([{ labels: {}, value: 1 }]);
    expect(pointsOf(scraped, 'barbossa_downloads_total')).toEqual([{ labels: { source: 'slskd', status }, value: 1 }]);
    expect(pointsOf(scraped, 'barbossa_download_duration_seconds')).toMatchObject([
      { labels: { source: 'slskd' }, value: { count: 1 } },
    ]);
    other.cancel();
    expect(await valueOf('barbossa_active_downloads')).toBe(0);
  });

  test('the duration is in seconds, by a clock that no change of the time of day moves', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValueOnce(1_000).mockReturnValueOnce(46_000);
    domain.startDownload({ source: 'plex' }).succeed();
    now.mockRestore();
    expect(pointsOf(await scrape(), 'barbossa_download_duration_seconds')).toMatchObject([{ value: { sum: 45 } }]);
  });

  test('a source that is no label is counted as "invalid"', async () => {
    const options: unknown = { source: 7 };
    domain.startDownload(options as { source: string }).fail();
    expect(pointsOf(await scrape(), 'barbossa_downloads_total')).toMatchObject([
      { labels: { source: 'invalid', status: 'failed' } },
    ]);
  });
});

test('recordImport counts by source and status', async () => {
  domain.recordImport({ source: 'upload', status: 'success' });
  domain.recordImport({ source: 'upload', status: 'success' });
  domain.recordImport({ source: 'upload', status: 'duplicate' });
  expect(pointsOf(await scrape(), 'barbossa_imports_total')).toEqual([
    { labels: { status: 'success', source: 'upload' }, value: 2 },
    { labels: { status: 'duplicate', source: 'upload' }, value: 1 },
  ]);
});

describe('observe', () => {
  test('observeLibrary feeds both families from one call a scrape', async () => {
    const callback = vi.fn(() => ({ tracks: 12, sizeBytes: 3.5e9 }));
    domain.observeLibrary(callback);
    const scraped = await scrape();
    expect(pointsOf(scraped, TRACKS)).toEqual([{ labels: {}, value: 12 }]);
    expect(pointsOf(scraped, SIZE)).toEqual([{ labels: {}, value: 3.5e9 }]);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test('a value that changes is seen at the next scrape, also where it falls', async () => {
    let users = 5;
    domain.observeActiveUsers(async () => users);
    expect(await valueOf(USERS)).toBe(5);
    users = 0;
    expect(await valueOf(USERS)).toBe(0);
  });

  test('queues are told apart', async () => {
    domain.observeQueueLength('default', () => 3);
    domain.observeQueueLength('imports', async () => 4);
    expect(pointsOf(await scrape(), QUEUE)).toEqual([
      { labels: { queue: 'default' }, value: 3 },
      { labels: { queue: 'imports' }, value: 4 },
    ]);
  });

  test.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
      'no database',
    ],
    ['rejects', () => Promise.reject(new Error('no database')), 'no database'],
    ['rejects with nothing', () => Promise.reject(undefined), 'undefined'],
    ['never answers', wait, 'no answer within 20 ms'],
    ['answers NaN', () => Number.NaN, 'it was NaN'],
    ['answers Infinity', () => Infinity, 'it was Infinity'],
    ['answers a negative number', () => -1, 'it was -1'],
    ['answers text', async () => '42', 'it was of type string'],
    ['answers nothing', () => undefined, 'it was undefined'],
    ['answers a bigint', () => 42n, 'it was of type bigint'],
  ])('a callback that %s: no series, one warning, one line when it works again', async (_how, broken, reason) => {
    let callback = broken;
    domain.observeActiveUsers(() => callback() as number, { deadlineMs: 20 });
    expect(await valueOf(USERS)).toBeUndefined();
    expect(await valueOf(USERS)).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('warn: observeActiveUsers: the callback fails');
    expect(lines[0]).toContain(reason);
    if (broken === wait) return;
    callback = () => 7;
    expect(await valueOf(USERS)).toBe(7);
    expect(await valueOf(USERS)).toBe(7);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('info: observeActiveUsers: the callback works again');
  });

  test.each<[string, unknown, string]>([
    ['a number', 5, 'an object with tracks and sizeBytes'],
    ['one field', { tracks: 5 }, 'sizeBytes must be a finite number'],
    ['text from a database', { tracks: '5', sizeBytes: 1 }, 'tracks must be a finite number'],
    [
      'a getter that throws',
      {
        get tracks() {
          throw new Error('getter');
        },
        sizeBytes: 1,
      },
      'getter',
    ],
  ])('a library of %s is refused as a whole', async (_what, answer, reason) => {
    domain.observeLibrary(() => answer as domain.LibrarySize);
    const scraped = await scrape();
    expect([...pointsOf(scraped, TRACKS), ...pointsOf(scraped, SIZE)]).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(reason);
  });

  test('one failing observer leaves the others alone', async () => {
    domain.observeActiveUsers(wait, { deadlineMs: 20 });
    domain.observeQueueLength('a', () => 1);
    domain.observeQueueLength('b', () => {
      throw new Error('gone');
    });
    expect(pointsOf(await scrape(), QUEUE)).toEqual([{ labels: { queue: 'a' }, value: 1 }]);
  });

  test('while a call has not settled there is no other, and what comes late is dropped', async () => {
    let answerLate: (users: number) => void = () => {};
    const callback = vi.fn<() => number | Promise<number>>(() => 2);
    callback.mockImplementationOnce(() => new Promise<number>((resolve) => void (answerLate = resolve)));
    domain.observeActiveUsers(callback, { deadlineMs: 20 });
    expect(await valueOf(USERS)).toBeUndefined();
    expect(await valueOf(USERS)).toBeUndefined();
    expect(callback).toHaveBeenCalledTimes(1);
    answerLate(1);
    const seen: unknown[] = [];
    await vi.waitFor(async () => {
      seen.push(await valueOf(USERS));
      expect(seen.at(-1)).toBe(2);
    });
    expect(seen).not.toContain(1);
  });

  test('a late rejection is nobody’s unhandled rejection', async () => {
    let reject: (reason: Error) => void = () => {};
    domain.observeActiveUsers(() => new Promise((_resolve, no) => void (reject = no)), { deadlineMs: 20 });
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    expect(await valueOf(USERS)).toBeUndefined();
    reject(new Error('late'));
    // Node tells of unhandled rejections before the next turn of the event loop.
    await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('once observed, a family is never 0 for want of an answer; disposal ends it', async () => {
    expect(await valueOf(TRACKS)).toBe(0);
    const callback = vi.fn(() => ({ tracks: 1, sizeBytes: 2 }));
    const dispose = domain.observeLibrary(callback);
    expect(await valueOf(TRACKS)).toBe(1);
    dispose();
    dispose();
    expect(await valueOf(TRACKS)).toBeUndefined();
    expect(callback).toHaveBeenCalledTimes(1);
    domain.observeLibrary(() => ({ tracks: 9, sizeBytes: 9 }));
    dispose();
    expect(await valueOf(TRACKS)).toBe(9);
    expect(lines).toEqual([]);
  });

  test('an answer that comes after disposal is dropped without a word', async () => {
    let fail: (reason: Error) => void = () => {};
    const dispose = domain.observeActiveUsers(() => new Promise((_resolve, reject) => void (fail = reject)));
    const scraped = scrape();
    await Promise.resolve();
    dispose();
    fail(new Error('closed'));
    expect(pointsOf(await scraped, USERS)).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('a callback that disposes itself takes nothing from the others', async () => {
    const dispose = domain.observeQueueLength('first', () => {
      dispose();
      return 1;
    });
    domain.observeQueueLength('second', () => 2);
    expect(pointsOf(await scrape(), QUEUE)).toContainEqual({ labels: { queue: 'second' }, value: 2 });
  });

  test('a newer observer replaces the older, with one warning', async () => {
    const older = domain.observeQueueLength('tasks', () => 1);
    domain.observeQueueLength('tasks', () => 2);
    older();
    domain.observeQueueLength('tasks', () => 3);
    expect(pointsOf(await scrape(), QUEUE)).toEqual([{ labels: { queue: 'tasks' }, value: 3 }]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('observeQueueLength("tasks") was called again: the newer callback replaces the older');
  });
});

test.each<[string, () => unknown, string]>([
  ['startDownload()', () => Reflect.apply(domain.startDownload, undefined, []), 'startDownload: options'],
  ['startDownload("x")', () => Reflect.apply(domain.startDownload, undefined, ['x']), 'startDownload: options'],
  ['recordImport(null)', () => Reflect.apply(domain.recordImport, undefined, [null]), 'recordImport: options'],
  ['observeLibrary({})', () => Reflect.apply(domain.observeLibrary, undefined, [{}]), 'observeLibrary: callback'],
  [
    'observeActiveUsers()',
    () => Reflect.apply(domain.observeActiveUsers, undefined, []),
    'observeActiveUsers: callback',
  ],
  ['observeQueueLength("q")', () => Reflect.apply(domain.observeQueueLength, undefined, ['q']), ': callback'],
  ['deadlineMs 0', () => domain.observeActiveUsers(() => 1, { deadlineMs: 0 }), 'options.deadlineMs'],
  ['deadlineMs NaN', () => domain.observeActiveUsers(() => 1, { deadlineMs: Number.NaN }), 'options.deadlineMs'],
])('%s throws a TypeError that names the argument', (_call, call, named) => {
  expect(call).toThrow(TypeError);
  expect(call).toThrow(named);
});

test('where nothing was started, nothing happens and nothing is said; wrong arguments still throw', async () => {
  Reflect.deleteProperty(globalThis, Symbol.for('barbossa-telemetry.metrics'));
  vi.resetModules();
  const fresh = await import('../../../src/metrics/domain.js');
  const callback = vi.fn(() => 1);
  fresh.startDownload({ source: '' }).succeed();
  fresh.recordImport({ source: '', status: '' });
  for (const dispose of [
    fresh.observeLibrary(() => ({ tracks: 1, sizeBytes: 1 })),
    fresh.observeActiveUsers(callback),
    fresh.observeQueueLength('', callback),
  ]) {
    dispose();
  }
  const names = [...(await scrape()).values()].map((family) => family.descriptor.name);
  expect(names).not.toContain('barbossa_downloads_total');
  expect(callback).not.toHaveBeenCalled();
  expect(lines).toEqual([]);
  expect(() => Reflect.apply(fresh.startDownload, undefined, [])).toThrow(TypeError);
});

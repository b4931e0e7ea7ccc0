import { describe, expect, test } from 'vitest';
import type { QueueSelector } from '../../../../src/config/settings/queues.js';
import type { Command } from '../../../../src/jobs/redis/connection.js';
import { QueueReader } from '../../../../src/jobs/queues/reading.js';
import { captureStderr } from '../../metrics/test-meter.js';
import { FakeRedis, ReplyError } from './fake-redis.js';

const CELERY = { prefix: '', separator: '\u0006\u0016', prioritySteps: [0, 3], unackedKey: 'unacked' };

function makeReader(...selected: QueueSelector[]): QueueReader {
  return new QueueReader(selected, { celery: CELERY, bullmqPrefix: 'bull' });
}

/** Answers that are the same for all commands of a name. */
function answering(answers: Readonly<Record<string, unknown>>): FakeRedis {
  return new FakeRedis(([name = '']) => (name in answers ? answers[name] : 0));
}

const celery = (name: string): QueueSelector => ({ kind: 'celery', name });
const bullmq = (name: string): QueueSelector => ({ kind: 'bullmq', name });

test('all queues are read in one round trip', async () => {
  const redis = answering({ llen: 2, zcard: 3, hlen: 5, eval: '1000', info: 'cluster_enabled:0' });
  const reader = makeReader(celery('a'), celery('b'), bullmq('c'), bullmq('d'), celery('a'));
  const read = await reader.read(redis.client);
  expect(read.celery).toEqual(
    new Map([
      ['a', 4],
      ['b', 4],
    ]),
  );
  const queue = {
    jobs: { waiting: 4, prioritized: 3, delayed: 3, active: 2, failed: 3 },
    readySinceMs: 1_000,
    problem: undefined,
  };
  expect(read.bullmq).toEqual(
    new Map([
      ['c', queue],
      ['d', queue],
    ]),
  );
  expect(read).toMatchObject({ unackedTasks: 5, problems: [] });
  // The first use of a connection also asks what kind of server it is.
  expect(redis.trips).toBe(2);
  await reader.read(redis.client);
  expect(redis.trips).toBe(3);
});

test('nothing to read: that Redis is there is asked all the same', async () => {
  const redis = answering({});
  const read = await makeReader().read(redis.client);
  expect(read).toMatchObject({ unackedTasks: undefined, problems: [] });
  expect(redis.asked.at(-1)).toEqual(['ping']);
});

test('a queue that cannot be read is left out, and said; the others are there', async () => {
  const redis = new FakeRedis(([name, key]) => {
    if (key === 'a') return new ReplyError('WRONGTYPE Operation against a key');
    if (key === 'b') return 'OK';
    return name === 'eval' ? new ReplyError('NOPERM') : 1;
  });
  const read = await makeReader(celery('a'), celery('b'), celery('c'), bullmq('d')).read(redis.client);
  expect(read.celery).toEqual(new Map([['c', 2]]));
  expect(read.bullmq.get('d')).toMatchObject({ readySinceMs: undefined, problem: { message: 'NOPERM' } });
  expect(read.problems.map(({ message }) => message)).toEqual([
    'WRONGTYPE Operation against a key',
    'Redis answered string where a count was to be',
  ]);
});

test.each([
  ['every answer is an error', new ReplyError('LOADING Redis is loading the dataset in memory')],
  ['the connection is lost', new Error('Connection is closed.')],
])('%s: nothing was read', async (_name, error) => {
  const redis = new FakeRedis(([name]) => (name === 'info' ? '' : error));
  await expect(makeReader(celery('a'), bullmq('b')).read(redis.client)).rejects.toBe(error);
});

test('a connection that is lost in the middle of an answer: nothing was read', async () => {
  const redis = new FakeRedis(([, key]) => (key === 'b' ? new Error('Connection is closed.') : 1));
  await expect(makeReader(celery('a'), celery('b')).read(redis.client)).rejects.toThrow('Connection is closed.');
});

test('a Redis Cluster is refused; a user who may not ask is not', async () => {
  const cluster = answering({ info: '# Cluster\r\ncluster_enabled:1\r\n' });
  await expect(makeReader(celery('a')).read(cluster.client)).rejects.toMatchObject({ category: 'unsupported' });
  const shy = answering({ info: new ReplyError("NOPERM this user has no permissions to run the 'info' command") });
  expect((await makeReader(celery('a')).read(shy.client)).celery.get('a')).toBe(0);
});

describe('queues that are found', () => {
  /** SCAN in pages: answers for one pattern. */
  function paged(pages: readonly (readonly string[])[]): (command: Command) => unknown {
    return ([, cursor = '0']) => {
      const at = Number(cursor);
      return [at + 1 < pages.length ? String(at + 1) : '0', pages[at] ?? []];
    };
  }

  test('of BullMQ, on all pages, and in one round trip from then on', async () => {
    const scan = paged([['bull:a:meta', 'bull:a:b:meta', 'bull::meta'], [], ['bull:c:meta', 'bull:a:meta']]);
    const redis = new FakeRedis((command) => (command[0] === 'scan' ? scan(command) : 0));
    const reader = makeReader(bullmq('*'), bullmq('named'));
    expect(Array.from((await reader.read(redis.client)).bullmq.keys())).toEqual(['named', 'a', 'c']);
    const before = redis.trips;
    await reader.read(redis.client);
    expect(redis.trips).toBe(before + 1);
  });

  test('of Celery, but those of events, of remote control and of broadcasts', async () => {
    const keys = ['celery', 'celeryev', 'celery.pidbox', 'reply.celery.pidbox', 'fleet', ''].map(
      (exchange) => `_kombu.binding.${exchange}`,
    );
    const members = ['celery', 'bcast.17', 'celeryev.17', 'a.celery.pidbox', ''].map((queue) =>
      ['key', '', queue].join(CELERY.separator),
    );
    const redis = new FakeRedis(([name, key]) => {
      if (name === 'scan') return ['0', keys];
      if (name === 'sscan') return ['0', key === '_kombu.binding.celery' ? members : ['alone']];
      return 1;
    });
    const read = await makeReader(celery('*')).read(redis.client);
    expect(Array.from(read.celery.keys())).toEqual(['celery', 'alone']);
    expect(redis.asked.filter(([name]) => name === 'sscan').map(([, key]) => key)).toEqual([
      '_kombu.binding.celery',
      '_kombu.binding.fleet',
    ]);
  });

  test('the search is bounded, in steps and in queues', async () => {
    const lines = captureStderr();
    let step = 0;
    const redis = new FakeRedis(([name]) => {
      if (name !== 'scan') return 0;
      step += 1;
      return [String(step), Array.from({ length: 10 }, (_item, n) => `bull:queue-${step}-${n}:meta`)];
    });
    const read = await makeReader(bullmq('*')).read(redis.client);
    expect(step).toBe(50);
    expect(read.bullmq.size).toBe(200);
    expect(lines).toEqual([expect.stringContaining('there are more than 200 queues of bullmq')]);
  });

  test('a user who may not search: those that are named', async () => {
    const lines = captureStderr();
    const refused = new ReplyError("NOPERM this user has no permissions to run the 'scan' command");
    const redis = answering({ scan: refused });
    const read = await makeReader(celery('*'), celery('a')).read(redis.client);
    expect(Array.from(read.celery.keys())).toEqual(['a']);
    expect(lines).toEqual([expect.stringContaining('name them in BARBOSSA_QUEUES, as celery:NAME')]);
  });

  test('an answer that is none', async () => {
    const redis = answering({ scan: 'OK' });
    await expect(makeReader(celery('*')).read(redis.client)).rejects.toThrow('Redis answered a SCAN with nonsense');
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromRoot } from '../../../../scripts/stack/paths.js';
import { QUEUE_KINDS, QUEUES, type QueueKind } from '../../../../src/config/settings/queues.js';
import { observeQueues } from '../../../../src/jobs/queues/observe.js';
import type { QueuePoller } from '../../../../src/jobs/queues/poller.js';
import { QueueReader, type QueueSnapshot } from '../../../../src/jobs/queues/reading.js';
import { createInstruments } from '../../../../src/metrics/instruments.js';
import { pointsOf, startTestMeter } from '../../metrics/test-meter.js';
import { FakeRedis } from './fake-redis.js';

const KEYS = {
  celery: { prefix: '', separator: ':', prioritySteps: [0], unackedKey: 'unacked' },
  bullmqPrefix: 'bull',
};

/** Reads one queue, or `*`, from a Redis in which each count is one. */
async function read(kind: QueueKind, name: string): Promise<{ redis: FakeRedis; snapshot: QueueSnapshot }> {
  const answers: Readonly<Record<string, unknown>> = { info: '', scan: ['0', []], eval: null };
  const redis = new FakeRedis(([command = '']) => (command in answers ? answers[command] : 1));
  return { redis, snapshot: await new QueueReader([{ kind, name }], KEYS).read(redis.client) };
}

describe.each(QUEUE_KINDS)('%s', (kind) => {
  test('a queue that is named is read, and its length is a series', async () => {
    const scrape = startTestMeter();
    const { redis, snapshot } = await read(kind, 'harbour');
    expect(redis.asked.flat().filter((part) => part.includes('harbour'))).not.toEqual([]);
    expect(snapshot.problems).toEqual([]);
    const stop = observeQueues(createInstruments(), { snapshot, last: 'success' } as unknown as QueuePoller);
    const points = pointsOf(await scrape(), 'barbossa_celery_queue_length');
    expect(points).toEqual([{ labels: { queue: 'harbour' }, value: expect.any(Number) as unknown }]);
    expect(points[0]?.value).toBeGreaterThan(0);
    stop();
  });

  test('queues are looked for in a way of its own', async () => {
    const patterns = await Promise.all(
      QUEUE_KINDS.map(async (each) => {
        const { redis } = await read(each, '*');
        return redis.asked.find(([command]) => command === 'scan')?.[3];
      }),
    );
    const own = patterns[QUEUE_KINDS.indexOf(kind)];
    expect(patterns.filter((pattern) => pattern === own)).toEqual([expect.any(String)]);
  });

  test('the setting and docs/queues.md say how it is asked for', () => {
    expect(QUEUES.selectors.allowed).toContain(`${kind}:NAME`);
    expect(QUEUES.selectors.about).toContain(`\`${kind}:*\``);
    const isNamed = new RegExp(`BARBOSSA_QUEUES=\\S*\\b${kind}:`).test(
      readFileSync(fromRoot('docs/queues.md'), 'utf8'),
    );
    expect(isNamed, `docs/queues.md shows no BARBOSSA_QUEUES=${kind}:...`).toBe(true);
  });
});

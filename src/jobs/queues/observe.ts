import { feedGauge } from '../../metrics/observe.js';
import { describeError, warnOnce } from '../../diagnostics/diag.js';
import { CATALOGUE } from '../../metrics/catalogue.js';
import type { Instruments } from '../../metrics/instruments.js';
import { checkLabel } from '../../metrics/labels.js';
import { JOB_STATES, type BullmqQueue } from './bullmq-queue.js';
import type { QueuePoller } from './poller.js';
import type { QueueSnapshot } from './reading.js';

const MS_PER_SECOND = 1_000;

/** Lets the gauges have what the poller has read last. Gives what ends that. */
export function observeQueues(instruments: Instruments, poller: QueuePoller): () => void {
  const feeds = [
    feedGauge(instruments.queueLength, (result) => {
      for (const [queue, length] of addLengths(poller.snapshot)) result.observe(length, { queue });
    }),
    feedGauge(instruments.queueJobs, (result) => {
      for (const [name, { jobs }] of poller.snapshot?.bullmq ?? []) {
        for (const state of JOB_STATES) result.observe(jobs[state], { queue: labelOf(name), state });
      }
    }),
    feedGauge(instruments.oldestJobAge, (result) => {
      for (const [name, queue] of poller.snapshot?.bullmq ?? []) {
        const seconds = findAgeSeconds(queue, Date.now());
        if (seconds !== undefined) result.observe(seconds, { queue: labelOf(name) });
      }
    }),
    feedGauge(instruments.unackedTasks, (result) => {
      const tasks = poller.snapshot?.unackedTasks;
      if (tasks !== undefined) result.observe(tasks, {});
    }),
    feedGauge(instruments.queuePollUp, (result) => {
      if (poller.last !== undefined) result.observe(poller.last === 'success' ? 1 : 0, {});
    }),
  ];
  return () => {
    for (const end of feeds) end();
  };
}

function labelOf(queue: string): string {
  return checkLabel(CATALOGUE.queueLength.name, 'queue', queue);
}

/** Tasks that wait, of both kinds: where two queues have one name, the series is their sum. */
function addLengths(snapshot: QueueSnapshot | undefined): Map<string, number> {
  const lengths = new Map<string, number>();
  const add = (name: string, length: number): void => {
    const queue = labelOf(name);
    lengths.set(queue, (lengths.get(queue) ?? 0) + length);
  };
  for (const [name, length] of snapshot?.celery ?? []) add(name, length);
  for (const [name, { jobs }] of snapshot?.bullmq ?? []) add(name, jobs.waiting + jobs.prioritized);
  return lengths;
}

/** Undefined where jobs wait and nobody knows since when. The clock of who put a job in may be ahead of ours. */
function findAgeSeconds({ jobs, readySinceMs, problem }: BullmqQueue, nowMs: number): number | undefined {
  if (problem !== undefined) warnOnce('queues:age', `the age of jobs is not known: ${describeError(problem)}`);
  if (readySinceMs !== undefined) return Math.max(0, nowMs - readySinceMs) / MS_PER_SECOND;
  return problem === undefined && jobs.waiting + jobs.prioritized === 0 ? 0 : undefined;
}

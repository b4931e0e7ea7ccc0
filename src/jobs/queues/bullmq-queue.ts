import { type Command, readCount, type Question, type Reply } from '../redis/connection.js';
import { escapePattern } from './celery-queue.js';

/** States of jobs that are told apart. */
export const JOB_STATES = ['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What was found of one queue. */
export interface BullmqQueue {
  readonly jobs: Readonly<Record<JobState, number>>;
  /**
   * When the oldest job that waits became ready, in ms since 1970 by the clock of who put it in. Undefined where none waits, or
   * nobody knows.
   */
  readonly readySinceMs: number | undefined;
  /** Why the oldest job was not looked for, where Redis does not let us. */
  readonly problem: Error | undefined;
}

/*
 * The oldest of the jobs that wait. In a list the first job is at the tail, or in front of it where a job has jumped the queue:
 * the script reads both ends. Jobs with a priority are sorted by it, and within one priority by age. The first job of the least
 * urgent priority is the one that may wait for ever. A job is ready when its delay is over, or when it was last at work.
 */
const OLDEST = `
local ids = {}
for i = 1, 2 do
  ids[#ids + 1] = redis.call('LINDEX', KEYS[i], -1) or nil
  ids[#ids + 1] = redis.call('LINDEX', KEYS[i], 0) or nil
end
local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')
if last[2] then
  local floor = math.floor(tonumber(last[2]) / 4294967296) * 4294967296
  ids[#ids + 1] = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
  ids[#ids + 1] = redis.call('ZRANGEBYSCORE', KEYS[3], string.format('%.0f', floor), '+inf', 'LIMIT', 0, 1)[1]
end
local oldest = false
for _, id in ipairs(ids) do
  local job = redis.call('HMGET', ARGV[1] .. id, 'timestamp', 'opts', 'processedOn')
  local ready = tonumber(job[1])
  if ready then
    local known, opts = pcall(cjson.decode, job[2] or '{}')
    if known and type(opts) == 'table' then ready = ready + (tonumber(opts['delay']) or 0) end
    ready = math.max(ready, tonumber(job[3]) or 0)
    if not oldest or ready < oldest then oldest = ready end
  end
end
return oldest and string.format('%.0f', oldest)
`.trim();

/** How many jobs a queue has, and since when the oldest waits. */
export function askBullmqQueue(name: string, prefix: string): Question<BullmqQueue> {
  const base = `${prefix}:${name}:`;
  const [wait, paused, prioritized] = [`${base}wait`, `${base}paused`, `${base}prioritized`];
  const commands: readonly Command[] = [
    ['llen', wait],
    // BullMQ 5 moves what waits here while the queue is paused.
    ['llen', paused],
    ['zcard', prioritized],
    ['zcard', `${base}delayed`],
    ['llen', `${base}active`],
    ['zcard', `${base}failed`],
    // Only reads. The last one, so that what it may answer does not move the others.
    ['eval', OLDEST, '3', wait, paused, prioritized, base],
  ];
  return { commands, read: readQueue };
}

function readQueue(replies: readonly Reply[]): BullmqQueue {
  const [wait = 0, paused = 0, prioritized = 0, delayed = 0, active = 0, failed = 0] = replies
    .slice(0, 6)
    .map(readCount);
  const oldest = replies[6];
  return {
    jobs: { waiting: wait + paused, prioritized, delayed, active, failed },
    readySinceMs: typeof oldest === 'string' ? Number(oldest) : undefined,
    problem: oldest instanceof Error ? oldest : undefined,
  };
}

/** The keys that say that there is a queue: a pattern for SCAN. */
export function matchMetas(prefix: string): string {
  return `${escapePattern(prefix)}:*:meta`;
}

/** The queue that such a key is of. BullMQ's queues have no colon in their names, other keys that match may. */
export function readMetaQueue(key: string, prefix: string): string | undefined {
  const name = key.slice(prefix.length + 1, -':meta'.length);
  return name === '' || name.includes(':') ? undefined : name;
}

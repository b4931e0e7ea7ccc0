import { type Command, readCount, type Question } from '../redis/connection.js';

/** How Celery names what it keeps in Redis: its transport options. */
export interface CeleryKeys {
  readonly prefix: string;
  readonly separator: string;
  readonly prioritySteps: readonly number[];
  readonly unackedKey: string;
}

/** How many tasks wait in a queue. It is a list for each step of priority; step 0 has the name alone. */
export function askCeleryQueue(name: string, { prefix, separator, prioritySteps }: CeleryKeys): Question<number> {
  const lists = prioritySteps.map((step) => (step === 0 ? name : `${name}${separator}${step}`));
  return {
    commands: lists.map((list): Command => ['llen', prefix + list]),
    read: (replies) => replies.reduce<number>((sum, reply) => sum + readCount(reply), 0),
  };
}

/** How many tasks workers hold, of all queues: which queue each is of is said within it only. */
export function askUnackedTasks({ prefix, unackedKey }: CeleryKeys): Question<number> {
  return { commands: [['hlen', prefix + unackedKey]], read: ([reply]) => readCount(reply) };
}

const BINDINGS = '_kombu.binding.';

/** The keys of the sets that name Celery's queues: a pattern for SCAN. */
export function matchBindings({ prefix }: CeleryKeys): string {
  return `${escapePattern(prefix)}${BINDINGS}*`;
}

/** Whether a binding's set is one of queues with tasks: not of events, remote control and its answers. */
export function isTaskBinding(key: string, { prefix }: CeleryKeys): boolean {
  const exchange = key.slice(prefix.length + BINDINGS.length);
  return exchange !== '' && exchange !== 'celeryev' && !exchange.endsWith('.pidbox');
}

/** The queue that a member of such a set names last: `routing key, separator, pattern, separator, queue`. */
export function readBoundQueue(member: string, { separator }: CeleryKeys): string | undefined {
  const queue = member.split(separator).at(-1) ?? '';
  // Queues of a broadcast have no list.
  return queue === '' || /^(celeryev|bcast)\.|\.pidbox$/.test(queue) ? undefined : queue;
}

/** A text as a pattern of Redis that only it matches. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

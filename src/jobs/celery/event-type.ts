import type { TaskState } from '../record-task.js';
import type { RawEvent } from './envelope.js';

/** The types of events with which a task, or an attempt of it, ends. */
export const ENDINGS: ReadonlyMap<unknown, TaskState> = new Map([
  ['task-succeeded', 'success'],
  ['task-failed', 'failure'],
  ['task-retried', 'retry'],
  ['task-revoked', 'revoked'],
  ['task-rejected', 'rejected'],
]);

/** Types of events that have a series of their own. */
const KNOWN_TYPES: ReadonlySet<unknown> = new Set([
  ...ENDINGS.keys(),
  ...['sent', 'received', 'started'].map((word) => `task-${word}`),
  ...['online', 'heartbeat', 'offline'].map((word) => `worker-${word}`),
]);

/** The type of an event, as a label. */
export function nameEventType({ type }: RawEvent): string {
  return KNOWN_TYPES.has(type) ? (type as string) : 'other';
}

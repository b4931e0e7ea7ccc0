import type { Command } from '../redis/connection.js';

/** The answer to one command, or the error that Redis has answered. */
export type Reply = unknown;

/** Some commands, and what their answers mean. */
export interface Question<T> {
  readonly commands: readonly Command[];
  /** Gets an answer for each command, in their order. @throws Where an answer is an error or not what it is to be. */
  readonly read: (replies: readonly Reply[]) => T;
}

/** A count, from 0. @throws The error that Redis has answered. TypeError where the answer is no count. */
export function readCount(reply: Reply): number {
  if (reply instanceof Error) throw reply;
  if (typeof reply === 'number' && reply >= 0) return reply;
  throw new TypeError(`Redis answered ${typeof reply} where a count was to be`);
}

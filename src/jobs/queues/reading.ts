import { type QueueKind, type QueueSelector, ALL_QUEUES } from '../../config/settings/queues.js';
import { describeError, warnOnce } from '../../diagnostics/diag.js';
import { KnownFailure } from '../../diagnostics/failure.js';
import type { IoredisClient, Question, Reply } from '../redis/connection.js';
import { isNotAllowed, isReply } from '../redis/errors.js';
import { askBullmqQueue, type BullmqQueue } from './bullmq-queue.js';
import { askCeleryQueue, askUnackedTasks } from './celery-queue.js';
import { Discovery, MAX_FOUND, type QueueKeys } from './discovery.js';

/** What one reading has found. */
export interface QueueSnapshot {
  /** Tasks that wait, by queue. */
  readonly celery: ReadonlyMap<string, number>;
  readonly bullmq: ReadonlyMap<string, BullmqQueue>;
  /** Tasks that Celery's workers hold; undefined where there is no queue of Celery's. */
  readonly unackedTasks: number | undefined;
  /** Why some of it is not there. */
  readonly problems: readonly Error[];
}

/** Reads queues over a connection. */
export class QueueReader {
  readonly #keys: QueueKeys;
  readonly #named: readonly QueueSelector[];
  readonly #discoveries: readonly Discovery[];
  #checked: IoredisClient | undefined;

  constructor(selected: readonly QueueSelector[], keys: QueueKeys) {
    this.#keys = keys;
    this.#named = selected.filter(({ name }) => name !== ALL_QUEUES);
    const found = new Set(selected.flatMap(({ kind, name }) => (name === ALL_QUEUES ? [kind] : [])));
    this.#discoveries = Array.from(found, (kind) => new Discovery(kind, keys));
  }

  /** Reads all queues in one round trip. @throws What the client throws, or Redis answers to all of it. */
  async read(client: IoredisClient): Promise<QueueSnapshot> {
    if (this.#checked !== client) await refuseCluster(client);
    this.#checked = client;
    for (const discovery of this.#discoveries) await discover(discovery, client);
    const celery = this.#listNames('celery').map((name) => [name, askCeleryQueue(name, this.#keys.celery)] as const);
    const bullmq = this.#listNames('bullmq').map(
      (name) => [name, askBullmqQueue(name, this.#keys.bullmqPrefix)] as const,
    );
    const unacked = celery.length === 0 ? [] : [askUnackedTasks(this.#keys.celery)];
    const questions: readonly Question<unknown>[] = [...celery, ...bullmq].map(([, question]) => question);
    const answers = new Answers(await ask(client, [...questions, ...unacked]));
    return {
      celery: answers.takeAll(celery),
      bullmq: answers.takeAll(bullmq),
      unackedTasks: unacked[0] === undefined ? undefined : answers.take(unacked[0]),
      problems: answers.problems,
    };
  }

  #listNames(kind: QueueKind): string[] {
    const named = this.#named.filter((selector) => selector.kind === kind).map(({ name }) => name);
    const found = this.#discoveries.filter((discovery) => discovery.kind === kind).flatMap(({ names }) => names);
    return Array.from(new Set([...named, ...found]));
  }
}

/** Redis' answers, by the question. */
class Answers {
  readonly problems: Error[] = [];
  readonly #replies: ReadonlyMap<Question<unknown>, readonly Reply[]>;

  constructor(replies: ReadonlyMap<Question<unknown>, readonly Reply[]>) {
    this.#replies = replies;
  }

  /** What a question has found; undefined, and a problem more, where that is an error. */
  take<T>(question: Question<T>): T | undefined {
    try {
      return question.read(this.#replies.get(question) ?? []);
    } catch (error) {
      this.problems.push(error instanceof Error ? error : new TypeError(String(error)));
      return undefined;
    }
  }

  takeAll<T>(questions: readonly (readonly [name: string, Question<T>])[]): Map<string, T> {
    const found = new Map<string, T>();
    for (const [name, question] of questions) {
      const value = this.take(question);
      if (value !== undefined) found.set(name, value);
    }
    return found;
  }
}

/** Asks all questions at once. @throws The first error where every answer is one, and any that Redis has not answered itself. */
async function ask(
  client: IoredisClient,
  questions: readonly Question<unknown>[],
): Promise<ReadonlyMap<Question<unknown>, readonly Reply[]>> {
  const commands = questions.flatMap((question) => question.commands);
  if (commands.length === 0) {
    await client.ping();
    return new Map();
  }
  const results = (await client.pipeline(commands).exec()) ?? [];
  const replies = results.map(([error, reply]) => error ?? reply);
  const errors = replies.filter((reply) => reply instanceof Error);
  const fatal = errors.find((error) => !isReply(error)) ?? (errors.length === replies.length ? errors[0] : undefined);
  if (fatal !== undefined) throw fatal;
  const answers = new Map<Question<unknown>, readonly Reply[]>();
  let at = 0;
  for (const question of questions) {
    answers.set(question, replies.slice(at, at + question.commands.length));
    at += question.commands.length;
  }
  return answers;
}

/** Refuses a cluster: each node has some of the queues, and SCAN sees one node. The lengths would be wrong without a sign of it. */
async function refuseCluster(client: IoredisClient): Promise<void> {
  let info: string;
  try {
    info = String(await client.info('cluster'));
  } catch (error) {
    // A user who may not ask: a cluster's node still answers MOVED where it does not have a key.
    if (isNotAllowed(error)) return;
    throw error;
  }
  if (!/^cluster_enabled:1/m.test(info)) return;
  throw new KnownFailure('unsupported', 'this is a Redis Cluster, whose queues are not read; observeQueueLength can');
}

async function discover(discovery: Discovery, client: IoredisClient): Promise<void> {
  const { kind } = discovery;
  try {
    await discovery.look(client, performance.now());
  } catch (error) {
    if (!isNotAllowed(error)) throw error;
    const advice = `name them in BARBOSSA_QUEUES, as ${kind}:NAME`;
    warnOnce(`queues:${kind}:scan`, `queues of ${kind} cannot be found (${describeError(error)}); ${advice}`);
  }
  if (!discovery.isFull) return;
  warnOnce(`queues:${kind}:full`, `there are more than ${MAX_FOUND} queues of ${kind}; the others are to be named`);
}

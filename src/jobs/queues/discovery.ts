import type { QueueKind } from '../../config/settings/queues.js';
import type { IoredisClient } from '../redis/connection.js';
import { matchMetas, readMetaQueue } from './bullmq-queue.js';
import { isTaskBinding, matchBindings, readBoundQueue, type CeleryKeys } from './celery-queue.js';

/** Keys that Redis looks at in one step of SCAN: well below a millisecond. */
const STEP_KEYS = 1_000;
/** Steps of one round; where there are more keys, the next round goes on from there. */
const ROUND_STEPS = 50;
const ROUND_EVERY_MS = 60_000;
/** Queues that are found; what goes beyond has to be named. */
export const MAX_FOUND = 200;

/** How queues are named in Redis. */
export interface QueueKeys {
  readonly celery: CeleryKeys;
  readonly bullmqPrefix: string;
}

/** Finds the queues of one kind, some keys at a time, over and over. */
export class Discovery {
  readonly kind: QueueKind;
  readonly #keys: QueueKeys;
  #known: ReadonlySet<string> = new Set();
  #found = new Set<string>();
  #cursor = '0';
  #nextRoundMs = -Infinity;

  constructor(kind: QueueKind, keys: QueueKeys) {
    this.kind = kind;
    this.#keys = keys;
  }

  /** Names of the queues that are there. One that is gone is forgotten when all keys were looked at again. */
  get names(): readonly string[] {
    return Array.from(new Set([...this.#known, ...this.#found])).slice(0, MAX_FOUND);
  }

  /** Whether there are more than are looked at. */
  get isFull(): boolean {
    return this.#known.size > MAX_FOUND || this.#found.size > MAX_FOUND;
  }

  /** Looks at some keys, where it is time to. @throws What the client throws. */
  async look(client: IoredisClient, nowMs: number): Promise<void> {
    if (nowMs < this.#nextRoundMs) return;
    for (let step = 0; step < ROUND_STEPS; step += 1) {
      await this.#step(client);
      if (this.#cursor === '0') break;
    }
    this.#nextRoundMs = nowMs + ROUND_EVERY_MS;
  }

  async #step(client: IoredisClient): Promise<void> {
    const { celery, bullmqPrefix } = this.#keys;
    const pattern = this.kind === 'celery' ? matchBindings(celery) : matchMetas(bullmqPrefix);
    const scanned = await client.call('scan', this.#cursor, 'MATCH', pattern, 'COUNT', String(STEP_KEYS));
    const [cursor, found] = readScan(scanned);
    const names = this.kind === 'celery' ? await this.#readBindings(client, found) : this.#readMetas(found);
    for (const name of names) if (this.#found.size <= MAX_FOUND) this.#found.add(name);
    this.#cursor = cursor;
    if (cursor !== '0') return;
    this.#known = this.#found;
    this.#found = new Set();
  }

  #readMetas(keys: readonly string[]): string[] {
    return keys.flatMap((key) => readMetaQueue(key, this.#keys.bullmqPrefix) ?? []);
  }

  async #readBindings(client: IoredisClient, keys: readonly string[]): Promise<string[]> {
    const { celery } = this.#keys;
    const bindings = keys.filter((key) => isTaskBinding(key, celery));
    const sets = await Promise.all(
      bindings.map((key) => client.call('sscan', key, '0', 'COUNT', String(MAX_FOUND)).then(readScan)),
    );
    return sets.flatMap(([, members]) => members.flatMap((member) => readBoundQueue(member, celery) ?? []));
  }
}

function readScan(reply: unknown): [cursor: string, items: string[]] {
  const [cursor, items] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (typeof cursor !== 'string' || !Array.isArray(items)) throw new TypeError('Redis answered a SCAN with nonsense');
  return [cursor, items.filter((item) => typeof item === 'string')];
}

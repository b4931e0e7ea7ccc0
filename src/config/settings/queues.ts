import { integerFrom, listOf, parseBoolean, setting, BOOLEAN } from '../setting.js';
import { parseRedisUrl } from './server-urls.js';

/** What keeps its queues in Redis. */
export const QUEUE_KINDS = ['celery', 'bullmq'] as const;
export type QueueKind = (typeof QUEUE_KINDS)[number];

/** One queue, or with the name `*` all of its kind that are found. */
export interface QueueSelector {
  readonly kind: QueueKind;
  readonly name: string;
}

/** The name that stands for all queues of a kind. */
export const ALL_QUEUES = '*';

const EVERYTHING: readonly QueueSelector[] = QUEUE_KINDS.map((kind) => ({ kind, name: ALL_QUEUES }));
const KEY_PART = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
const KEY_WORDS = '1 to 200 characters';
const MAX_STEPS = 50;

/** Queues in Redis, and what Celery's workers say of their tasks. */
export const QUEUES = {
  selectors: setting<readonly QueueSelector[] | undefined>({
    variable: 'BARBOSSA_QUEUES',
    about:
      'Queues whose lengths this process reads from Redis: `celery:downloads,bullmq:imports`; `celery:*` and `bullmq:*` are those that are found, `auto` is both. Needs the package `ioredis`. One process of a deployment is enough.',
    allowed: 'celery:NAME and bullmq:NAME, comma separated, or auto, or none',
    fallback: undefined,
    fallbackText: 'auto in the web process, none in workers',
    parse: (text) => (text.toLowerCase() === 'none' ? [] : parseSelectors(text)),
  }),
  redisUrl: setting<string | undefined>({
    variable: 'BARBOSSA_QUEUES_REDIS_URL',
    about: 'Redis that the queues are in; the number in its path is the database.',
    allowed: 'a redis:// or rediss:// URL of one server',
    secret: true,
    fallback: undefined,
    fallbackText: '`REDIS_URL`',
    parse: parseRedisUrl,
  }),
  intervalMs: setting({
    variable: 'BARBOSSA_QUEUES_INTERVAL_MS',
    about: 'The queues are read about so often, whoever scrapes.',
    allowed: 'an integer from 1000 to 3600000',
    unit: 'ms',
    fallback: 15_000,
    parse: integerFrom(1_000, 3_600_000),
  }),
  timeoutMs: setting({
    variable: 'BARBOSSA_QUEUES_TIMEOUT_MS',
    about: 'Longest time for one reading of all queues, after which their series end until the next that works.',
    allowed: 'an integer from 50 to 10000',
    unit: 'ms',
    fallback: 2_000,
    parse: integerFrom(50, 10_000),
  }),
  bullmqPrefix: setting({
    variable: 'BARBOSSA_BULLMQ_PREFIX',
    about: "BullMQ's option `prefix`.",
    allowed: KEY_WORDS,
    fallback: 'bull',
    parse: parseKeyPart,
  }),
  celeryKeyPrefix: setting({
    variable: 'BARBOSSA_CELERY_KEY_PREFIX',
    about: "Celery's transport option `global_keyprefix`.",
    allowed: KEY_WORDS,
    fallback: '',
    parse: parseKeyPart,
  }),
  celeryPrioritySteps: setting<readonly number[]>({
    variable: 'BARBOSSA_CELERY_PRIORITY_STEPS',
    about: "Celery's transport option `priority_steps`: each queue has a list for each of them.",
    allowed: `1 to ${MAX_STEPS} integers from 0 to 255, comma separated`,
    fallback: [0, 3, 6, 9],
    parse: (text) => {
      const steps = listOf(integerFrom(0, 255))(text);
      return steps !== undefined && steps.length <= MAX_STEPS ? Array.from(new Set(steps)) : undefined;
    },
  }),
  celerySeparator: setting({
    variable: 'BARBOSSA_CELERY_PRIORITY_SEPARATOR',
    about: "Celery's transport option `sep`, between a queue's name and a priority; `\\x06` is a byte.",
    allowed: '1 to 20 characters',
    fallback: '\u0006\u0016',
    fallbackText: '\\x06\\x16',
    parse: (text) => {
      const separator = text.replace(/\\x([0-9a-f]{2})/gi, (_match, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      return separator.length <= 20 ? separator : undefined;
    },
  }),
  celeryUnackedKey: setting({
    variable: 'BARBOSSA_CELERY_UNACKED_KEY',
    about: "Celery's transport option `unacked_key`: where the tasks are that workers hold.",
    allowed: KEY_WORDS,
    fallback: 'unacked',
    parse: parseKeyPart,
  }),
  celeryEvents: setting({
    variable: 'BARBOSSA_CELERY_EVENTS',
    about:
      'Counts the tasks of Celery workers that were started with `-E`, from their events. Needs the package `ioredis`. In one process of a deployment: two would count each task twice.',
    allowed: 'on or off',
    fallback: false,
    fallbackText: 'off',
    parse: parseBoolean,
  }),
  celeryEventsChannel: setting<string | undefined>({
    variable: 'BARBOSSA_CELERY_EVENTS_CHANNEL',
    about: "Channel of Celery's events: its transport option `fanout_prefix`, and the setting `event_exchange`.",
    allowed: KEY_WORDS,
    fallback: undefined,
    fallbackText: '`/{db}.celeryev`, with the number of the database',
    parse: parseKeyPart,
  }),
} as const;

function parseKeyPart(text: string): string | undefined {
  return KEY_PART.test(text) ? text : undefined;
}

function parseSelectors(text: string): readonly QueueSelector[] | undefined {
  return listOf(parseSelector)(text)?.flat();
}

function parseSelector(item: string): readonly QueueSelector[] | undefined {
  if (item.toLowerCase() === 'auto') return EVERYTHING;
  const [given = '', ...rest] = item.split(':');
  const kind = QUEUE_KINDS.find((known) => known === given.trim().toLowerCase());
  // A name of Celery's may have colons too.
  const name = rest.join(':').trim();
  return kind !== undefined && name.length <= 120 && KEY_PART.test(name) ? [{ kind, name }] : undefined;
}

/** What the web process reads where nothing is said. */
export const DEFAULT_SELECTORS = EVERYTHING;

/** What is done about jobs of queues. */
export const TASKS = {
  bullmq: setting({
    variable: 'BARBOSSA_BULLMQ',
    about: "Counts BullMQ's jobs and lets the id and the trace of a request cross its queues.",
    allowed: BOOLEAN,
    fallback: true,
    parse: parseBoolean,
  }),
} as const;

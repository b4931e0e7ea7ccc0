import { onTestFinished } from 'vitest';
import { startRedis, type Redis } from '../../scripts/stack/redis.js';
import { APPS, findUrls, startApp, type AppProcess } from '../integration/support/app-process.js';
import { prepareAliased } from '../integration/support/aliased-package.js';
import path from 'node:path';

const FILES = ['queues.cjs', 'queues.mjs', 'boxed.cjs'];

/** Versions of BullMQ, each as an ES module and as CommonJS asks for it: name, folder of the application, its script. */
export const KINDS = [
  ['BullMQ 6, ESM', (): string => path.join(APPS, 'queues.mjs')],
  ['BullMQ 6, CommonJS', (): string => path.join(APPS, 'queues.cjs')],
  ['BullMQ 5, ESM', (): string => path.join(prepareAliased('bullmq5', 'bullmq', FILES), 'queues.mjs')],
  ['BullMQ 5, CommonJS', (): string => path.join(prepareAliased('bullmq5', 'bullmq', FILES), 'queues.cjs')],
] as const;

/** One of each version. */
export const VERSIONS = [KINDS[0], KINDS[3]] as const;

export interface QueueApp {
  readonly app: AppProcess;
  readonly url: string;
  readonly admin: string;
  /** What it has logged, by winston on stdout. */
  readonly lines: () => Line[];
  /** Asks the web process to put something in. */
  readonly put: (what: object, requestId?: string) => Promise<Answer>;
}

export interface Line {
  readonly message: string;
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly [field: string]: unknown;
}

/** What the web process got from BullMQ. */
interface Answer {
  readonly opts?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
}

/** Starts a Redis for the running test. */
export async function serveRedis(): Promise<Redis> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  return redis;
}

interface StartOptions {
  readonly redis: Redis;
  readonly role: 'web' | 'worker' | 'manual';
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Without the preload where false. */
  readonly preload?: boolean;
  /** Of BullMQ's Queue or Worker. */
  readonly options?: object;
}

/** Starts an application. */
export async function startQueueApp({ redis, role, script, env, preload, options }: StartOptions): Promise<QueueApp> {
  const app = startApp(script, {
    ...(preload === false ? { nodeOptions: [] } : {}),
    // BullMQ's sandboxes outlive a worker that is killed, and never rest again.
    isLauncher: true,
    env: {
      REDIS_PORT: String(redis.port),
      ROLE: role,
      OTEL_SERVICE_NAME: role === 'web' ? 'barbossa' : 'barbossa-worker',
      ...(options === undefined ? {} : { OPTIONS: JSON.stringify(options) }),
      ...env,
    },
  });
  const [, bare = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  const { url, admin } = preload === false ? { url: bare, admin: '' } : await findUrls(app);
  const put = async (what: object, requestId?: string): Promise<Answer> => {
    const headers = requestId === undefined ? {} : { 'x-request-id': requestId };
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(what), headers });
    return (await response.json()) as Answer;
  };
  return { app, url, admin, put, lines: () => readLines(app.stdout()) };
}

function readLines(stdout: string): Line[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
}

/** The lines with a message, when there are as many; fails at the deadline. */
export async function waitForLines(app: QueueApp, message: string | RegExp, count = 1): Promise<Line[]> {
  const endMs = Date.now() + 20_000;
  for (;;) {
    const found = app
      .lines()
      .filter((line) => (message instanceof RegExp ? message.test(line.message) : line.message === message));
    if (found.length >= count) return found;
    if (Date.now() > endMs) {
      throw new Error(`no ${count} × ${String(message)}:\n${app.app.stdout()}\n${app.app.stderr()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

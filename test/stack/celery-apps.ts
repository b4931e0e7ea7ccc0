import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Celery } from '../../scripts/stack/celery.js';
import { findUrls, startApp } from '../integration/support/app-process.js';
import { serveCelery, TASKS } from './queues.js';

const FILES = [
  fileURLToPath(new URL('celery/barbossa_logged.py', import.meta.url)),
  TASKS,
  fileURLToPath(new URL('../../deploy/celery/barbossa_celery.py', import.meta.url)),
];

/** A line of the worker's, as the contract has it. */
export interface WorkerLine {
  readonly message: string;
  readonly level: string;
  readonly logger: string;
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly exception?: string;
  readonly extras?: Readonly<Record<string, unknown>>;
}

/** A Celery worker that writes the lines of `deploy/celery/barbossa_celery.py`. */
export function serveLoggedCelery(redisUrl: string): Promise<Celery> {
  return serveCelery(redisUrl, { files: FILES, env: { OTEL_SERVICE_NAME: 'barbossa-worker' } });
}

/** What a worker has written, but for its banner. */
export function readWorkerLines({ output }: Celery): WorkerLine[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as WorkerLine);
}

/** Starts a web process that puts a task in with each request; gives how to ask it. */
export async function startProducer(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly ask: (path: string, requestId: string) => Promise<void>; readonly lines: () => string }> {
  const app = startApp('celery-producer.mjs', { env: { NODE_ENV: 'production', BARBOSSA_QUEUES: 'none', ...env } });
  onTestFinished(() => void app.child.kill());
  const { url } = await findUrls(app);
  const ask = async (path: string, requestId: string): Promise<void> => {
    await (await fetch(url + path, { headers: { 'x-request-id': requestId } })).text();
  };
  return { ask, lines: app.stdout };
}

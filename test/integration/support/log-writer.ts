import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { vi } from 'vitest';
import { startApp, type AppProcess } from './app-process.js';
import type { OtlpReceiver, ReceivedRecord } from './otlp-receiver.js';

/** How `apps/log-writer.cjs` is started. */
export interface WriterOptions {
  readonly collector: string;
  /** Default: a folder of its own. */
  readonly spool?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it: way of writing, name of the lines, their number. */
export function startWriter(args: readonly string[], { collector, spool, env }: WriterOptions): AppProcess {
  return startApp('log-writer.cjs', {
    args,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      ...(spool === undefined ? {} : { BARBOSSA_LOG_SPOOL_DIR: spool }),
      ...env,
    },
  });
}

/** Ends it as a power cut would. */
export async function killWriter(app: AppProcess): Promise<void> {
  app.child.kill('SIGKILL');
  await app.exited;
}

/** How the service is started again. */
export interface TakeUpOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Files that are not for it to take, at most. Default: none. */
  readonly left?: number;
}

/**
 * The next start of the service, which writes a line of its own, `next 0`, and sends what it finds in the spool. Gives
 * the records of the earlier processes.
 */
export async function takeUp(
  receiver: OtlpReceiver,
  spool: string,
  { env = {}, left = 0 }: TakeUpOptions = {},
): Promise<{ readonly app: AppProcess; readonly records: ReceivedRecord[] }> {
  const app = startWriter(['steady', 'next', '1'], { collector: receiver.url, spool, env });
  await receiver.waitFor((records) => records.some(({ body }) => body === 'next 0'));
  await vi.waitUntil(() => listSegments(spool).length <= left, { timeout: 15_000 });
  return { app, records: receiver.records.filter(({ body }) => body !== 'next 0') };
}

/** The files of a spool that hold records. */
export function listSegments(spool: string): string[] {
  const entries = readdirSync(spool, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.otlp'))
    .map(({ name }) => name)
    .filter((name) => (statSync(path.join(spool, name), { throwIfNoEntry: false })?.size ?? 0) > 0);
}

/** A line of `apps/log-writer.cjs`, as it stands on stdout. */
export interface WrittenLine {
  readonly message: string;
  /** When it was written. */
  readonly at: number;
}

/** All that it has written. What it printed last may be half a line. */
export function readWritten(app: AppProcess): WrittenLine[] {
  return parseWritten(app.stdout());
}

/** The same of a file that it wrote into. */
export function parseWritten(text: string): WrittenLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as WrittenLine);
}

/** The messages of records, in order. */
export function readBodies(records: readonly ReceivedRecord[]): string[] {
  return records.map(({ body }) => String(body)).toSorted();
}

/** The lines that never arrived. */
export function findMissing(written: readonly WrittenLine[], records: readonly ReceivedRecord[]): WrittenLine[] {
  const arrived = new Set(records.map(({ body }) => String(body)));
  return written.filter(({ message }) => !arrived.has(message));
}

/** How long before the last line the oldest of those that never arrived was written, in ms; 0 where all arrived. */
export function findLossMs(written: readonly WrittenLine[], records: readonly ReceivedRecord[]): number {
  const missing = findMissing(written, records);
  const last = written.at(-1);
  const [first] = missing;
  return first === undefined || last === undefined ? 0 : last.at - first.at;
}

/** How many lines of stderr match. */
export function countTold(app: AppProcess, pattern: RegExp): number {
  return app
    .stderr()
    .split('\n')
    .filter((line) => pattern.test(line)).length;
}

/** Where its metrics are. */
export async function findAdmin(app: AppProcess): Promise<string> {
  const [, admin = ''] = await app.waitFor(/metrics at (http\S+)\/metrics/);
  return admin;
}

import type { Span } from '@opentelemetry/api';

/** What is used of BullMQ's Job. */
export interface Job {
  readonly id?: string | undefined;
  readonly name?: unknown;
  readonly queueName?: unknown;
  readonly opts?: Record<string, unknown>;
  readonly processedOn?: unknown;
  readonly finishedOn?: unknown;
  readonly attemptsMade?: unknown;
}

/** An attempt at a job that runs in this process. */
export interface JobAttempt {
  readonly startedAtMs: number;
  readonly span: Span | undefined;
}

const attempts = new WeakMap<Job, JobAttempt>();

export function beginAttempt(job: Job, attempt: JobAttempt): void {
  attempts.set(job, attempt);
}

export function getAttempt(job: Job): JobAttempt | undefined {
  return attempts.get(job);
}

/** The name that Bull gave to jobs without one; as a label it would say nothing. */
const NO_NAME = '__default__';

/** What a job is counted as: its name, or its queue's where it has none. */
export function nameTaskOf(job: Job): string {
  const { name } = job;
  return typeof name === 'string' && name.trim() !== '' && name !== NO_NAME ? name : String(job.queueName);
}

/**
 * How long the attempt has taken until now, in seconds. A job that the application has fetched by itself began when BullMQ
 * noted it, by the wall clock of this machine.
 */
export function measureAttempt(job: Job): number | undefined {
  const startedAtMs = attempts.get(job)?.startedAtMs;
  if (startedAtMs !== undefined) return (performance.now() - startedAtMs) / 1_000;
  const { processedOn } = job;
  return typeof processedOn === 'number' ? Math.max(0, Date.now() - processedOn) / 1_000 : undefined;
}

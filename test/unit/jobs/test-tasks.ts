import { vi } from 'vitest';
import { pointsOf, startTestMeter, type Point, type Scrape } from '../metrics/test-meter.js';

/** The modules of tasks as they are in a new process, with instruments, and how to look at what they have counted. */
export async function loadTasks(): Promise<{
  observeTask: typeof import('../../../src/jobs/observe-task.js').observeTask;
  recordTask: typeof import('../../../src/jobs/record-task.js').recordTask;
  scrape: () => Promise<Scrape>;
  points: (name: string) => Promise<Point[]>;
}> {
  vi.resetModules();
  Reflect.deleteProperty(globalThis, Symbol.for('barbossa-telemetry.metrics'));
  const scrape = startTestMeter();
  const { createInstruments } = await import('../../../src/metrics/instruments.js');
  createInstruments();
  const { observeTask } = await import('../../../src/jobs/observe-task.js');
  const { recordTask } = await import('../../../src/jobs/record-task.js');
  return { observeTask, recordTask, scrape, points: async (name) => pointsOf(await scrape(), name) };
}

export const TASKS = 'barbossa_tasks_total';
export const FAILURES = 'barbossa_task_failures_total';
export const DURATION = 'barbossa_task_duration_seconds';

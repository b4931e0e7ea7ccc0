import { EventEmitter } from 'node:events';
import { trace, type Span } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { captureStderr } from '../metrics/test-meter.js';
import { registerTestSdk } from './test-sdk.js';
import { FAILURES, loadTasks, TASKS } from './test-tasks.js';

/** The patches, turned on for the running test. */
async function loadBullmq(
  startSpan: () => Span = () => trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 }),
) {
  registerTestSdk();
  const tasks = await loadTasks();
  const { startBullmq, stopBullmq } = await import('../../../src/jobs/bullmq/hooks.js');
  const { patchJob } = await import('../../../src/jobs/bullmq/job-hook.js');
  const { patchWorker } = await import('../../../src/jobs/bullmq/worker-hook.js');
  const { patchChild, patchChildProcessor } = await import('../../../src/jobs/bullmq/sandbox-hook.js');
  const { patchJobScheduler } = await import('../../../src/jobs/bullmq/scheduler-hook.js');
  startBullmq({ startSpan });
  onTestFinished(stopBullmq);
  const all = [patchJob, patchWorker, patchChild, patchChildProcessor, patchJobScheduler];
  return { ...tasks, patchJob, patchWorker, all, stopBullmq };
}

function makeJobClass() {
  return class Job {
    readonly name = 'song';
    readonly queueName = 'songs';
    opts: Record<string, unknown> = {};
    finishedOn: number | undefined;
    processedOn = Date.now();
    static fromJSON(): unknown {
      return new this();
    }
    asJSON(): object {
      return { opts: this.opts };
    }
    async moveToCompleted(result: unknown): Promise<unknown> {
      if (result instanceof Error) throw result;
      return result;
    }
    async moveToFailed(_error: unknown): Promise<string> {
      this.finishedOn = Date.now();
      return 'next';
    }
  };
}

test('an older version, which fails a job that has stalled too often by itself: it counts once', async () => {
  const { patchJob, patchWorker, points } = await loadBullmq();
  const Job = makeJobClass();
  class Worker extends EventEmitter {
    override emit(event: string, ...args: unknown[]): boolean {
      return super.emit(event, ...args);
    }
  }
  patchJob({ Job });
  patchWorker({ Worker });
  const worker = new Worker();
  worker.emit('failed', new Job(), new Error('job stalled more than allowable limit'), 'active');
  worker.emit('failed', undefined, new Error('job stalled more than allowable limit'), 'active');
  const job = new Job();
  expect(await job.moveToFailed(new RangeError('x'))).toBe('next');
  worker.emit('failed', job, new RangeError('x'), 'active');
  expect(await points(TASKS)).toEqual([{ labels: { task: 'song', state: 'failure' }, value: 2 }]);
  expect((await points(FAILURES)).map(({ labels }) => labels['exception'])).toEqual(['Error', 'RangeError']);
});

test('an end that the store refuses is none, and the refusal is what it was', async () => {
  const { patchJob, points } = await loadBullmq();
  const Job = makeJobClass();
  patchJob({ Job });
  const refusal = new Error('Missing lock for job 1');
  await expect(new Job().moveToCompleted(refusal)).rejects.toBe(refusal);
  expect(await points(TASKS)).toEqual([]);
});

test('a patch is applied once, and does nothing when the patches are off', async () => {
  const { patchJob, points, stopBullmq } = await loadBullmq();
  const Job = makeJobClass();
  const exports = { Job };
  expect(patchJob(exports)).toBe(exports);
  const { moveToCompleted } = Job.prototype;
  const { fromJSON } = Job;
  patchJob(exports);
  expect([Job.prototype.moveToCompleted, Job.fromJSON]).toEqual([moveToCompleted, fromJSON]);
  await new Job().moveToCompleted(1);
  expect(await points(TASKS)).toHaveLength(1);
  stopBullmq();
  await new Job().moveToCompleted(1);
  expect(await points(TASKS)).toEqual([{ labels: { task: 'song', state: 'success' }, value: 1 }]);
});

test('a telemetry that breaks within a job is one warning; the job goes on and its result is what it was', async () => {
  const said = captureStderr();
  const broken = vi.fn<() => Span>(() => {
    throw new Error('out of spans');
  });
  const { patchWorker } = await loadBullmq(broken);
  class Worker {
    readonly name = 'songs';
    processJob(job: unknown, ...rest: unknown[]): unknown {
      return [job, ...rest];
    }
  }
  patchWorker({ Worker });
  const job = new (makeJobClass())();
  const next = (): boolean => true;
  for (let n = 0; n < 3; n += 1) expect(new Worker().processJob(job, 'token', next)).toEqual([job, 'token', next]);
  expect(broken).toHaveBeenCalledTimes(3);
  expect(said).toEqual([expect.stringContaining('out of spans')]);
});

test.each([undefined, null, {}, { Job: 5, Worker: 'x', Child: {}, JobScheduler: null, ChildProcessor: class {} }])(
  'files that export %j are left as they are',
  async (exports) => {
    const { all } = await loadBullmq();
    for (const patch of all) expect(patch(exports)).toBe(exports);
  },
);

test('methods that a version does not have are not made up', async () => {
  const { patchWorker } = await loadBullmq();
  class Worker {
    run(): string {
      return 'runs';
    }
  }
  patchWorker({ Worker });
  expect(Object.getOwnPropertyNames(Worker.prototype)).toEqual(['constructor', 'run']);
});

test('which processes are sandboxes of BullMQ', async () => {
  const { isSandbox } = await import('../../../src/jobs/bullmq/sandbox-hook.js');
  const script = '/app/node_modules/bullmq/dist/cjs/classes/main.js';
  const send = Object.getOwnPropertyDescriptor(process, 'send');
  onTestFinished(() => {
    if (send === undefined) Reflect.deleteProperty(process, 'send');
    else Object.defineProperty(process, 'send', send);
  });
  Object.defineProperty(process, 'send', { value: () => true, configurable: true });
  expect([script, '/app/main.js', undefined].map((each) => isSandbox(each))).toEqual([true, false, false]);
  Object.defineProperty(process, 'send', { value: undefined, configurable: true });
  expect(isSandbox(script)).toBe(false);
});

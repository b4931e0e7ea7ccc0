import { SpanStatusCode } from '@opentelemetry/api';
import { readType } from '../../logs/exception.js';
import { recordTask, type TaskState } from '../record-task.js';
import { guard, patchClass } from './hooks.js';
import { packJob, unpackJob } from './job-carrier.js';
import { getAttempt, measureAttempt, nameTaskOf, type Job } from './job-attempt.js';
import { takeExceptionClass } from './sandbox-hook.js';
import type { ReportMissing } from '../../hooks/followed.js';
import type { Method } from '../../hooks/method.js';
import { isPatched, markPatched } from '../../hooks/patched.js';

/**
 * Patches BullMQ's Job (`dist/cjs/classes/job.js`). Each job is stored through `asJSON` and read through `fromJSON`: that is
 * where the request's id and trace get on it and off again. Each attempt ends in `moveToCompleted` or `moveToFailed`, be it
 * the worker that calls them or the application. It counts when the store has taken it: a worker that has lost
 * its job to another one is refused there, so that a job that was taken over counts once.
 */
export function patchJob(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  patchFromJson((exports as { Job?: unknown } | undefined)?.Job, reportMissing);
  return patchClass(
    exports,
    'Job',
    {
      asJSON: (original: Method<Job>): Method<Job> =>
        function asJSON(...args) {
          const json = original.apply(this, args);
          guard(() => packJob(this, json));
          return json;
        },
      moveToCompleted: (original: Method<Job>): Method<Job> =>
        function moveToCompleted(...args) {
          const durationSeconds = guard(() => measureAttempt(this));
          return afterwards(original.apply(this, args), () => endAttempt(this, 'success', durationSeconds));
        },
      moveToFailed: (original: Method<Job>): Method<Job> =>
        function moveToFailed(...args) {
          const durationSeconds = guard(() => measureAttempt(this));
          const { finishedOn } = this;
          const exception = guard(() => takeExceptionClass(args[0]) ?? readType(args[0]));
          return afterwards(original.apply(this, args), () => {
            // BullMQ notes the end where it is one.
            const state = typeof this.finishedOn === 'number' && this.finishedOn !== finishedOn ? 'failure' : 'retry';
            endAttempt(this, state, durationSeconds, exception);
          });
        },
    },
    reportMissing,
  );
}

function patchFromJson(found: unknown, reportMissing: ReportMissing): void {
  const jobClass = found as { fromJSON?: Method } | undefined;
  const original = jobClass?.fromJSON;
  if (jobClass === undefined || typeof original !== 'function') return reportMissing('Job.fromJSON');
  if (isPatched(original)) return;
  const fromJSON: Method = function fromJSON(...args) {
    const job = original.apply(this, args);
    guard(() => unpackJob(job as Job));
    return job;
  };
  markPatched(fromJSON);
  jobClass.fromJSON = fromJSON;
}

/** Jobs whose failure was counted: older versions fail a job that has stalled too often without `moveToFailed`. */
const counted = new WeakSet<Job>();

function endAttempt(job: Job, state: TaskState, durationSeconds: number | undefined, exception?: string): void {
  counted.add(job);
  recordTask({ task: nameTaskOf(job), state, durationSeconds, exception });
  const span = getAttempt(job)?.span;
  if (exception === undefined || span?.isRecording() !== true) return;
  span.setAttribute('error.type', exception);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Counts a job that a worker says has failed, where nobody has yet. */
export function countFailed(job: unknown, error: unknown): void {
  if (typeof job !== 'object' || job === null || counted.has(job)) return;
  endAttempt(job, 'failure', undefined, readType(error));
}

/** Does something when the promise is fulfilled. What comes out is to be handled like the promise itself. */
function afterwards(result: unknown, work: () => void): unknown {
  if (!(result instanceof Promise)) return result;
  return result.then((value: unknown) => {
    guard(work);
    return value;
  });
}

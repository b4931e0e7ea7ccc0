import { context, trace, type Context } from '@opentelemetry/api';
import { openCarrier } from '../job-context.js';
import { getStartSpan, guard, patchClass } from './hooks.js';
import { createFetchContext, getCarrier } from './job-carrier.js';
import { countFailed } from './job-hook.js';
import { beginAttempt, getAttempt, nameTaskOf, type Job } from './job-attempt.js';
import type { ReportMissing } from '../../hooks/followed.js';
import type { Method } from '../../hooks/method.js';

/** What is used of BullMQ's Worker. */
interface BullmqWorker {
  readonly name?: unknown;
  readonly opts?: { readonly telemetry?: unknown };
}

/**
 * Patches BullMQ's Worker (`dist/cjs/classes/worker.js`): a job is processed, by whatever processor, in the context of the
 * request that put it in, and with a span of its own.
 */
export function patchWorker(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  return patchClass(
    exports,
    'Worker',
    {
      processJob: (original: Method<BullmqWorker>): Method<BullmqWorker> =>
        function processJob(...args) {
          const job = args[0] as Job;
          const scope = guard(() => beginJob(this, job));
          if (scope === undefined) return original.apply(this, args);
          const result = context.with(scope, () => original.apply(this, args));
          guard(() => endWith(result, job));
          return result;
        },
      nextJobFromJobData: (original: Method<BullmqWorker>): Method<BullmqWorker> =>
        function nextJobFromJobData(...args) {
          const scope = guard(createFetchContext);
          return scope === undefined
            ? original.apply(this, args)
            : context.with(scope, () => original.apply(this, args));
        },
      emit: (original: Method<BullmqWorker>): Method<BullmqWorker> =>
        function emit(...args) {
          if (args[0] === 'failed') guard(() => countFailed(args[1], args[2]));
          return original.apply(this, args);
        },
    },
    reportMissing,
  );
}

function beginJob(worker: BullmqWorker, job: Job): Context {
  const parent = openCarrier(getCarrier(job));
  // Where the application has BullMQ make spans, these are the ones.
  const startSpan = worker.opts?.telemetry === undefined ? getStartSpan() : undefined;
  const span = startSpan?.(`process ${String(worker.name)}`, describeJob(worker, job), parent);
  beginAttempt(job, { startedAtMs: performance.now(), span });
  return span === undefined ? parent : trace.setSpan(parent, span);
}

/** The semantic conventions' attributes of a consumer. */
function describeJob(worker: BullmqWorker, job: Job): Record<string, string> {
  return {
    'messaging.system': 'bullmq',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': String(worker.name),
    'messaging.message.id': String(job.id),
    'barbossa.task': nameTaskOf(job),
  };
}

function endWith(result: unknown, job: Job): void {
  const span = getAttempt(job)?.span;
  if (span?.isRecording() !== true) return;
  const end = (): void => span.end();
  if (result instanceof Promise) result.then(end, end);
  else end();
}

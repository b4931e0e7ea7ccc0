import { guard, patchClass } from './hooks.js';
import { CARRIER_OPTION, currentCarrier, unpackJob } from './job-carrier.js';
import type { Job } from './job-attempt.js';
import type { ReportMissing } from '../../hooks/followed.js';
import type { Method } from '../../hooks/method.js';

/**
 * Patches BullMQ's JobScheduler (`dist/cjs/classes/job-scheduler.js`), which stores the jobs of a schedule by itself. All of
 * them belong to the request that set the schedule up.
 */
export function patchJobScheduler(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  // Older versions make the options where the job is stored, within reach of what is patched anyway.
  const reportUnless = (what: string): void => {
    if (what !== 'JobScheduler.getNextJobOpts') reportMissing(what);
  };
  return patchClass(
    exports,
    'JobScheduler',
    {
      getNextJobOpts: (original: Method): Method =>
        function getNextJobOpts(...args) {
          const opts = original.apply(this, args);
          const carrier = guard(currentCarrier);
          return carrier === undefined ? opts : { ...(opts as object), [CARRIER_OPTION]: carrier };
        },
      upsertJobScheduler: (original: Method): Method =>
        function upsertJobScheduler(...args) {
          const result = original.apply(this, args);
          if (!(result instanceof Promise)) return result;
          return result.then((job: unknown) => {
            if (typeof job === 'object' && job !== null) guard(() => unpackJob(job as Job));
            return job;
          });
        },
    },
    reportUnless,
  );
}

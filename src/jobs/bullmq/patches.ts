import { patchJob } from './job-hook.js';
import { patchChild, patchChildProcessor } from './sandbox-hook.js';
import { patchJobScheduler } from './scheduler-hook.js';
import { patchWorker } from './worker-hook.js';

/** Files of BullMQ 5 and 6, and what is done to what they export. Its ES modules cannot be loaded by Node. */
export const BULLMQ_PATCHES = {
  'job.js': patchJob,
  'worker.js': patchWorker,
  'job-scheduler.js': patchJobScheduler,
  'child.js': patchChild,
  'child-processor.js': patchChildProcessor,
} as const;

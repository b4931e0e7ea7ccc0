import type { Config } from '../config/config.js';
import { patchLayer, patchRoute } from '../frameworks/express.js';
import { followFastify } from '../frameworks/fastify.js';
import { patchHono } from '../frameworks/hono.js';
import { patchKoa } from '../frameworks/koa.js';
import { patchEsFiles } from '../hooks/es-files.js';
import { hookModules, type FollowedPackage } from '../hooks/module-hooks.js';
import { reportUnseen } from '../hooks/unseen-packages.js';
import { patchJob } from '../jobs/bullmq/job-hook.js';
import { patchChild, patchChildProcessor } from '../jobs/bullmq/sandbox-hook.js';
import { patchJobScheduler } from '../jobs/bullmq/scheduler-hook.js';
import { patchWorker } from '../jobs/bullmq/worker-hook.js';
import { patchWinstonContainer, patchWinstonLogger } from '../loggers/winston.js';

const ROUTES_LOST = 'its requests are counted as <unmatched>';

/** The packages whose code is patched by us, a row each. */
const PACKAGES: readonly FollowedPackage[] = [
  {
    name: 'express',
    majors: [4, 5],
    lost: ROUTES_LOST,
    // Express 5 keeps its router in a package of its own.
    files: [
      { file: 'lib/router/layer.js', patch: patchLayer, majors: [4] },
      { file: 'lib/router/route.js', patch: patchRoute, majors: [4] },
    ],
  },
  {
    name: 'router',
    majors: [2],
    lost: ROUTES_LOST,
    files: [
      { file: 'lib/layer.js', patch: patchLayer },
      { file: 'lib/route.js', patch: patchRoute },
    ],
  },
  {
    name: 'koa',
    majors: [2, 3],
    lost: ROUTES_LOST,
    late: true,
    files: [{ file: 'lib/application.js', patch: patchKoa }],
  },
  {
    name: 'hono',
    majors: [4],
    lost: ROUTES_LOST,
    late: true,
    files: [{ file: 'dist/cjs/router/smart-router/router.js', patch: patchHono }],
    esFile: 'dist/router/smart-router/router.js',
  },
  {
    name: 'winston',
    majors: [3],
    lost: 'its lines get no ids and are not sent',
    late: true,
    files: [
      { file: 'lib/winston/logger.js', patch: patchWinstonLogger },
      { file: 'lib/winston/container.js', patch: patchWinstonContainer },
    ],
  },
  {
    name: 'bullmq',
    majors: [5, 6],
    lost: 'its jobs are not all counted and traced',
    late: true,
    // Node cannot load its ES modules.
    files: [
      { file: 'dist/cjs/classes/job.js', patch: patchJob },
      { file: 'dist/cjs/classes/worker.js', patch: patchWorker },
      // Schedules of that kind came with 5.16.
      { file: 'dist/cjs/classes/job-scheduler.js', patch: patchJobScheduler, optional: true },
      { file: 'dist/cjs/classes/child.js', patch: patchChild },
      { file: 'dist/cjs/classes/child-processor.js', patch: patchChildProcessor },
    ],
  },
];

/**
 * Hooks the packages whose code is patched by us, and hears of Fastify's instances.
 * @param directory Folder of the application's main script.
 * @returns Ends it.
 */
export function hookPackages({ tasks }: Config, directory: string): () => void {
  const packages = PACKAGES.filter(({ name }) => name !== 'bullmq' || tasks.bullmq);
  reportUnseen(directory, packages);
  patchEsFiles(directory, packages);
  const stops = [hookModules(packages), followFastify()];
  return () => {
    for (const stop of stops) stop();
  };
}

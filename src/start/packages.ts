import type { Config } from '../config/config.js';
import { patchLayer, patchRoute } from '../frameworks/express.js';
import { patchWinstonContainer, patchWinstonLogger } from '../loggers/winston.js';
import { BULLMQ_PATCHES } from '../jobs/bullmq/patches.js';
import { hookModules, type FollowedPackage, type ModulePatch } from '../hooks/module-hooks.js';
import { reportUnseen } from '../hooks/unseen-packages.js';

/** The packages that are followed. Express 5 keeps its router in a package of its own. */
const ROUTES_LOST = 'its requests are counted as <unmatched>';
const PACKAGES: readonly FollowedPackage[] = [
  { name: 'express', majors: [4, 5], lost: ROUTES_LOST },
  { name: 'router', majors: [2], lost: ROUTES_LOST },
  { name: 'winston', majors: [3], lost: 'its lines get no ids and are not sent' },
];
const BULLMQ: FollowedPackage = { name: 'bullmq', majors: [5, 6], lost: 'its jobs are not all counted and traced' };

const WINSTON = { packageName: 'winston', majors: [3], late: true };
const PATCHES: readonly ModulePatch[] = [
  { packageName: 'express', majors: [4], file: 'lib/router/layer.js', patch: patchLayer },
  { packageName: 'express', majors: [4], file: 'lib/router/route.js', patch: patchRoute },
  { packageName: 'router', majors: [2], file: 'lib/layer.js', patch: patchLayer },
  { packageName: 'router', majors: [2], file: 'lib/route.js', patch: patchRoute },
  { ...WINSTON, file: 'lib/winston/logger.js', patch: patchWinstonLogger },
  { ...WINSTON, file: 'lib/winston/container.js', patch: patchWinstonContainer },
];

function listPatches({ tasks }: Config): readonly ModulePatch[] {
  if (!tasks.bullmq) return PATCHES;
  const bullmq = Object.entries(BULLMQ_PATCHES).map(([name, patch]) => {
    const file = `dist/cjs/classes/${name}`;
    // Schedules of that kind came with 5.16.
    const optional = name === 'job-scheduler.js';
    return { packageName: BULLMQ.name, majors: BULLMQ.majors, file, patch, late: true, optional };
  });
  return [...PATCHES, ...bullmq];
}

/**
 * Hooks the packages whose code is patched by us: Express' routes, winston, BullMQ.
 * @param directory Folder of the application's main script.
 * @returns Ends it.
 */
export function hookPackages(config: Config, directory: string): () => void {
  const packages = config.tasks.bullmq ? [...PACKAGES, BULLMQ] : PACKAGES;
  reportUnseen(directory, packages);
  return hookModules(packages, listPatches(config));
}

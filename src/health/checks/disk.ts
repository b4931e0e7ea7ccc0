import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { HealthStatus } from '../answer.js';
import { KnownFailure } from '../../diagnostics/failure.js';
import type { BuiltIn } from './definition.js';

export const DISK: BuiltIn = {
  name: 'disk',
  make: ({ musicPath, musicMount }) =>
    musicPath === undefined ? undefined : { run: createDiskCheck(musicPath, musicMount) },
};

/** Below this share of free space somebody should look, in percent. */
const WARNING_PERCENT = 10;
/** Below this one the next import may be the last, in percent. */
const UNHEALTHY_PERCENT = 5;

/** What the check asks of the file system. */
export interface DiskReader {
  readonly stat: (file: string) => Promise<{ readonly dev: number; readonly isDirectory: () => boolean }>;
  readonly statfs: (
    file: string,
  ) => Promise<{ readonly bsize: number; readonly blocks: number; readonly bavail: number }>;
}

const REAL_DISK: DiskReader = { stat, statfs };

/** What the check answers. */
export interface DiskAnswer {
  readonly status: HealthStatus;
  readonly free_percent: number;
  readonly free_bytes: number;
}

/**
 * Looks at the disk that holds `folder`. An unmounted disk leaves an empty folder behind, whose free space is that of
 * the disk below: so where a mount was seen, or is `expectedMount`, it has to stay.
 */
export function createDiskCheck(
  folder: string,
  expectedMount?: string,
  disk: DiskReader = REAL_DISK,
): () => Promise<DiskAnswer> {
  let mount = expectedMount === undefined ? undefined : path.resolve(expectedMount);
  return async () => {
    const found = await findMount(path.resolve(folder), disk);
    if (mount !== undefined && !isWithin(mount, found)) {
      throw new KnownFailure('not mounted', `nothing is mounted on ${mount}, where ${folder} is to be`);
    }
    mount = found;
    return judge(await disk.statfs(folder));
  };
}

/** The nearest folder at or above `folder` that is on another device than the one above it. */
async function findMount(folder: string, disk: DiskReader): Promise<string> {
  const { dev } = await readFolder(folder, disk);
  for (let at = folder; ;) {
    const parent = path.dirname(at);
    if (parent === at || (await disk.stat(parent)).dev !== dev) return at;
    at = parent;
  }
}

async function readFolder(folder: string, disk: DiskReader): Promise<{ readonly dev: number }> {
  try {
    const found = await disk.stat(folder);
    if (!found.isDirectory()) throw new KnownFailure('not mounted', `${folder} is not a folder`);
    return found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOTCONN: a FUSE file system whose process has died. ESTALE: an NFS export that is gone.
    if (['ENOENT', 'ENOTDIR', 'ENOTCONN', 'ESTALE', 'ENXIO', 'ENODEV', 'EIO'].includes(code ?? '')) {
      throw new KnownFailure('not mounted', error);
    }
    throw error;
  }
}

/** Whether `inner` is `outer` or below it. */
function isWithin(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

function judge({ bsize, blocks, bavail }: Awaited<ReturnType<DiskReader['statfs']>>): DiskAnswer {
  // Some file systems of the network and of FUSE do not say how large they are.
  if (!(blocks > 0)) throw new KnownFailure('invalid answer', 'the file system does not say how large it is');
  const percent = (bavail / blocks) * 100;
  const status = percent < UNHEALTHY_PERCENT ? 'unhealthy' : percent < WARNING_PERCENT ? 'warning' : 'healthy';
  return { status, free_percent: Math.round(percent * 10) / 10, free_bytes: bavail * bsize };
}

import { realpathSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readManifest } from '../application/manifest.js';
import { describeError } from '../diagnostics/diag.js';
import { reportFollowed, reportUnfollowed } from './followed.js';
import { describeVersion, type FollowedPackage } from './module-hooks.js';

/**
 * Patches ES modules of packages that are installed for the application: such a file is loaded by us, alone, and the
 * application gets the same one. Nobody's loading is hooked. Only prototypes can be patched so.
 * @param directory Folder of the application's main script.
 */
export function patchEsFiles(directory: string, packages: readonly FollowedPackage[]): void {
  for (const row of packages) {
    if (row.esFile !== undefined) void patchEsFile(directory, row, row.esFile);
  }
}

async function patchEsFile(directory: string, row: FollowedPackage, file: string): Promise<void> {
  const folder = findInstalled(directory, row.name);
  const { name, version = '' } = folder === undefined ? {} : (readManifest(folder) ?? {});
  if (folder === undefined || name !== row.name) return;
  const report = (why: string): void => reportUnfollowed(row.name, version, why, row.lost);
  const problem = describeVersion(row, version);
  if (problem !== undefined) return report(problem);
  try {
    // Node knows a module by the file that a link leads to.
    const url = pathToFileURL(realpathSync(path.join(folder, file))).href;
    const missing: string[] = [];
    row.files[0]?.patch(await import(url), (what) => void missing.push(what));
    if (missing.length > 0) report(`${file} has no ${missing.join(', ')}`);
    else reportFollowed(row.name, version);
  } catch (error) {
    report(`${file} cannot be loaded: ${describeError(error)}`);
  }
}

/** The first on the way up, as Node finds it. */
function findInstalled(directory: string, name: string): string | undefined {
  for (let at = directory; ; at = path.dirname(at)) {
    const folder = path.join(at, 'node_modules', name);
    if (readManifest(folder) !== undefined) return folder;
    if (at === path.dirname(at)) return undefined;
  }
}

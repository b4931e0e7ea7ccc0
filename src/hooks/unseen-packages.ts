import path from 'node:path';
import { reportUnfollowed } from './followed.js';
import { readManifest, type Manifest } from '../application/manifest.js';
import { describeVersion, type FollowedPackage } from './module-hooks.js';

/**
 * Reports packages that are there for the application in a version that is made of ES modules alone: nobody sees such a
 * one being loaded, and there are no hooks for it.
 * @param directory Folder of the application's main script.
 */
export function reportUnseen(directory: string, packages: readonly FollowedPackage[]): void {
  const byName = new Map(packages.map((row) => [row.name, row]));
  for (const name of listNames(directory, packages)) {
    const manifest = findInstalled(directory, name);
    const known = byName.get(manifest?.name ?? '');
    if (manifest === undefined || known === undefined || !isEsmOnly(manifest)) continue;
    const { version = 'without a version' } = manifest;
    const why = describeVersion(known, version) ?? 'it is made of ES modules';
    reportUnfollowed(known.name, version, why, known.lost);
  }
}

/** The names that the packages go by here: their own, and the application's aliases (`"express4": "npm:express@4"`). */
function listNames(directory: string, packages: readonly FollowedPackage[]): Set<string> {
  const names = new Set(packages.map(({ name }) => name));
  const { dependencies, devDependencies, optionalDependencies } = findManifest(directory) ?? {};
  for (const [alias, range] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    const target = /^npm:(@?[^@]+)/.exec(range)?.[1];
    if (target !== undefined && names.has(target)) names.add(alias);
  }
  return names;
}

function findManifest(directory: string): Manifest | undefined {
  return firstOf(directory, readManifest);
}

function findInstalled(directory: string, name: string): Manifest | undefined {
  return firstOf(directory, (folder) => readManifest(path.join(folder, 'node_modules', name)));
}

/** The first answer on the way up. */
function firstOf<T>(directory: string, find: (folder: string) => T | undefined): T | undefined {
  for (let at = directory; ; at = path.dirname(at)) {
    const found = find(at);
    if (found !== undefined || at === path.dirname(at)) return found;
  }
}

function isEsmOnly({ type, main, exports }: Manifest): boolean {
  if (type !== 'module' && main?.endsWith('.mjs') !== true) return false;
  return !/"require"|\.cjs"/.test(JSON.stringify([main, exports]));
}

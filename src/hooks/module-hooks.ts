import { existsSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { describeError, warnOnce } from '../diagnostics/diag.js';
import { reportFollowed, reportUnfollowed, type ReportMissing } from './followed.js';
import { alike } from './method.js';
import { readManifest } from '../application/manifest.js';

/** Modules that `require` has loaded, by file name. */
const loadedModules: Readonly<Record<string, NodeJS.Module | undefined>> = createRequire(import.meta.url).cache;

/** A file of a package, and what to do with its exports when it is loaded. */
interface PatchedFile {
  /** Path inside the package, with slashes. */
  readonly file: string;
  /** Gets `module.exports`, gives what takes its place. Idempotent. */
  readonly patch: (exports: unknown, reportMissing: ReportMissing) => unknown;
  /** Major versions that have this file. Default: all that are followed. */
  readonly majors?: readonly number[];
  /** Not in all versions: where it is not there, there is nothing to follow. */
  readonly optional?: boolean;
}

/** A package that is followed. */
export interface FollowedPackage {
  /** The `name` in its package.json: the folder may be called otherwise (`npm install express4@npm:express@4`). */
  readonly name: string;
  /** Major versions that are known, in whichever files. */
  readonly majors: readonly number[];
  /** What the application's telemetry is without where it cannot be followed. */
  readonly lost: string;
  readonly files: readonly PatchedFile[];
  /**
   * Path of the ES module that stands for the one of `files`, for applications of ES modules: the patch gets its namespace,
   * and may change prototypes only.
   */
  readonly esFile?: string;
  /** Whether files that were loaded before us can be patched too: where prototypes alone are changed. */
  readonly late?: boolean;
}

/** A copy of such a package in the process. */
interface Copy extends FollowedPackage {
  readonly version: string;
  /** The files that this version has, by their path. */
  readonly patches: ReadonlyMap<string, PatchedFile>;
}

/**
 * Hooks on files inside CommonJS packages. Such a file is loaded by CommonJS also where the application itself is ESM,
 * so that no ESM loader is needed: no loader thread, no deprecated `module.register`.
 * @returns Ends it: what is loaded later is left as it is.
 */
export function hookModules(packages: readonly FollowedPackage[]): () => void {
  const copies = new Copies(packages);
  const prototype = Module.prototype as unknown as { load: (this: LoadedModule, filename: string) => void };
  const original = prototype.load;
  let active = true;
  const load = alike(original, function (this: LoadedModule, filename: string): void {
    original.call(this, filename);
    if (active) guard(() => copies.patch(filename, this));
  });
  prototype.load = load;
  for (const [filename, module] of Object.entries(loadedModules)) {
    if (module !== undefined) guard(() => copies.patch(filename, module, true));
  }
  return () => {
    active = false;
    if (prototype.load === load) prototype.load = original;
  };
}

interface LoadedModule {
  exports: unknown;
}

class Copies {
  readonly #packages: ReadonlyMap<string, FollowedPackage>;
  /** By folder; undefined for a package that is not followed. */
  readonly #copies = new Map<string, Copy | undefined>();

  constructor(packages: readonly FollowedPackage[]) {
    this.#packages = new Map(packages.map((row) => [row.name, row]));
  }

  /** @param isLate The file was loaded before we could see it. */
  patch(filename: string, module: LoadedModule, isLate = false): void {
    const name = path.sep === '/' ? filename : filename.replaceAll(path.sep, '/');
    const folder = findFolder(name) ?? this.#findWorkspace(name);
    const copy = folder === undefined ? undefined : this.#at(folder);
    const patch = folder === undefined ? undefined : copy?.patches.get(name.slice(folder.length + 1));
    if (copy === undefined || patch === undefined) return;
    const report = (why: string): void => reportUnfollowed(copy.name, copy.version, why, copy.lost);
    if (isLate && copy.late !== true) return report('it was loaded before this package');
    const { exports } = module;
    const patched = patch.patch(exports, (what) => report(`${patch.file} has no ${what}`));
    if (patched !== exports) module.exports = patched;
    reportFollowed(copy.name, copy.version);
  }

  #at(folder: string): Copy | undefined {
    if (!this.#copies.has(folder)) this.#copies.set(folder, this.#judge(folder));
    return this.#copies.get(folder);
  }

  #judge(folder: string): Copy | undefined {
    const { name, version = '' } = readManifest(folder) ?? {};
    const known = name === undefined ? undefined : this.#packages.get(name);
    if (known === undefined) return undefined;
    const problem = describeVersion(known, version);
    if (problem !== undefined) {
      reportUnfollowed(known.name, version, problem, known.lost);
      return undefined;
    }
    const major = majorOf(version);
    const files = known.files.filter(({ majors = known.majors }) => majors.includes(major));
    const missing = files.filter(({ file, optional }) => optional !== true && !existsSync(path.join(folder, file)));
    for (const { file } of missing) reportUnfollowed(known.name, version, `it has no ${file}`, known.lost);
    // Its work is done in a package of its own, which is followed by itself.
    if (files.length === 0) reportFollowed(known.name, version);
    return { ...known, version, patches: new Map(files.map((row) => [row.file, row])) };
  }

  /** A package that is linked into `node_modules` from elsewhere in a repository. */
  #findWorkspace(filename: string): string | undefined {
    const files = Array.from(this.#packages.values()).flatMap((row) => row.files);
    const found = files.find(({ file }) => filename.endsWith(`/${file}`));
    return found === undefined ? undefined : filename.slice(0, -found.file.length - 1);
  }
}

/** What is wrong with a version; undefined where it is followed. */
export function describeVersion({ majors }: FollowedPackage, version: string): string | undefined {
  return majors.includes(majorOf(version)) ? undefined : `versions ${majors.join(', ')} are`;
}

function majorOf(version: string): number {
  return Number(/^\d+(?=\.)/.exec(version)?.[0] ?? Number.NaN);
}

const NODE_MODULES = '/node_modules/';

/** Folder of the package that a file below `node_modules` belongs to. */
function findFolder(filename: string): string | undefined {
  const start = filename.lastIndexOf(NODE_MODULES);
  if (start < 0) return undefined;
  const name = start + NODE_MODULES.length;
  const first = filename.indexOf('/', name);
  const end = filename[name] === '@' && first >= 0 ? filename.indexOf('/', first + 1) : first;
  return end < 0 ? undefined : filename.slice(0, end);
}

/** The application's module is loaded whatever becomes of ours. */
function guard(work: () => void): void {
  try {
    work();
  } catch (error) {
    warnOnce('module-hooks', `a package could not be patched: ${describeError(error)}`);
  }
}

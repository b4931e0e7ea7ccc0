import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** What a package.json says, as far as it says it in the form it should. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
  readonly main?: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The package.json in a folder; undefined where there is none, or nothing that can be read. Never throws. */
export function readManifest(folder: string): Manifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return typeof manifest === 'object' && manifest !== null ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Version of an application that does not say which it is. */
const UNKNOWN_VERSION = '0.0.0';

/** The package that the application's main script belongs to. */
export interface AppPackage {
  /** Folder of the main script; the working directory where there is none (`-e`, a REPL). */
  readonly directory: string;
  readonly version: string;
}

/** Reads the version from the nearest `package.json` above the main script. Never throws. */
export function findAppPackage(mainScript: string | undefined): AppPackage {
  const directory = mainScript === undefined ? process.cwd() : findDirectory(path.resolve(mainScript));
  for (let at = directory; ; at = path.dirname(at)) {
    const version = readVersion(at);
    if (version !== undefined) return { directory, version };
    if (at === path.dirname(at)) return { directory, version: UNKNOWN_VERSION };
  }
}

/** `node .` names a folder, `node node_modules/.bin/name` a link into one, `node server` a file without its ending. */
function findDirectory(mainScript: string): string {
  try {
    const file = realpathSync(mainScript);
    return statSync(file).isDirectory() ? file : path.dirname(file);
  } catch {
    return path.dirname(mainScript);
  }
}

/** The version in a folder's package.json; undefined where there is none. */
export function readVersion(folder: string): string | undefined {
  const version: unknown = readManifest(folder)?.version;
  return typeof version === 'string' ? version : undefined;
}

import { createRequire } from 'node:module';
import path from 'node:path';
import { findAppPackage } from './manifest.js';
import { getMainScript } from './main-script.js';

/** Loads a package when it is first needed. */
export type Load<T> = () => T;

/**
 * Finds an optional package: the application's own first, so that there is one copy of it in the process, else one that lies
 * beside this package. Nothing is loaded yet.
 * @returns Undefined where there is none.
 */
export function findModule<T>(name: string): Load<T> | undefined {
  const { directory } = findAppPackage(getMainScript());
  // The file need not exist: it says from where to look.
  for (const from of [path.join(directory, 'application.js'), import.meta.url]) {
    const require = createRequire(from);
    try {
      require.resolve(name);
    } catch {
      continue;
    }
    return () => require(name) as T;
  }
  return undefined;
}

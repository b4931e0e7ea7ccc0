import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { APPS } from './app-process.js';

const ROOT = path.resolve(APPS, '../../..');

/** Puts applications beside a `node_modules/express` that is Express 4, and gives the folder. */
export function prepareExpress4(files: readonly string[]): string {
  return prepareAliased('express4', 'express', files);
}

/**
 * Puts applications beside a package that has another name in the checkout, and gives the folder. Hooks go by the name
 * in the path; the copy is below the checkout, so that what the package needs is found.
 */
export function prepareAliased(alias: string, name: string, files: readonly string[]): string {
  const source = path.join(ROOT, 'node_modules', alias);
  const { version } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const folder = path.join(ROOT, '.cache/test-apps', `${name}-${version}`);
  const target = path.join(folder, 'node_modules', name);
  if (!existsSync(target)) place(source, target);
  for (const file of files) place(path.join(APPS, file), path.join(folder, file));
  return folder;
}

/** Another test file may do the same at the same time: nobody must see a half of it. */
function place(source: string, target: string): void {
  const draft = `${target}.${process.pid}`;
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(source, draft, { recursive: true });
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readManifest } from '../application/manifest.js';

/** Where `@opentelemetry/api` keeps what is registered: one object for each major version. */
const API_KEY = /^opentelemetry\.js\.api\.(\d+)$/;
const SIGNALS = ['trace', 'metrics', 'context', 'propagation', 'logs'];

/**
 * Whether an OpenTelemetry SDK is registered in this process already, whichever version its API has.
 * @returns The signals it registered, or undefined.
 */
export function findForeignSdk(): string | undefined {
  const globals = globalThis as unknown as Record<symbol, Record<string, unknown> | undefined>;
  for (const key of Object.getOwnPropertySymbols(globalThis)) {
    if (!API_KEY.test(key.description ?? '')) continue;
    const registered = SIGNALS.filter((signal) => globals[key]?.[signal] !== undefined);
    if (registered.length > 0) return registered.join(', ');
  }
  return undefined;
}

/**
 * The version of `@opentelemetry/api` that the application would load, where it cannot see our SDK: another major version.
 * Its calls would do nothing, and nothing would say so.
 * @param appDirectory Folder of the main script.
 */
export function findBlindApi(appDirectory: string, ourVersion: string): string | undefined {
  const version = findApiVersion(appDirectory);
  if (version === undefined) return undefined;
  return readMajor(version) === readMajor(ourVersion) ? undefined : version;
}

/** Our own version of the API. */
export function findOwnApiVersion(): string {
  ownVersion ??= findApiVersion(path.dirname(fileURLToPath(import.meta.url))) ?? '0.0.0';
  return ownVersion;
}

let ownVersion: string | undefined;

function findApiVersion(directory: string): string | undefined {
  try {
    return findVersionOf(createRequire(path.join(directory, 'index.js')).resolve('@opentelemetry/api'));
  } catch {
    // The application has none, which is most applications.
    return undefined;
  }
}

/** The version of the copy of `@opentelemetry/api` that a file belongs to. @param file Path or file: URL. */
export function findVersionOf(file: string): string | undefined {
  const start = file.startsWith('file:') ? fileURLToPath(file) : file;
  if (!path.isAbsolute(start)) return undefined;
  for (let at = path.dirname(start); at !== path.dirname(at); at = path.dirname(at)) {
    const { name, version } = readManifest(at) ?? {};
    if (name === '@opentelemetry/api') return version;
    // The nearest package with a name is the one that the file belongs to.
    if (name !== undefined) return undefined;
  }
  return undefined;
}

function readMajor(version: string): number {
  return Number(version.split('.', 1)[0]);
}

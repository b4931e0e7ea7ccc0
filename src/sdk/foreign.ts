import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readVersion } from '../app-package.js';

/** Where `@opentelemetry/api` keeps what is registered: one object for each major version. */
const API_KEY = /^opentelemetry\.js\.api\.(\d+)$/;
const SIGNALS = ['trace', 'metrics', 'context', 'propagation'];

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
 * The version of `@opentelemetry/api` that the application would load, where it cannot see our SDK: another major,
 * or newer than ours. Its calls would do nothing, and nothing would say so.
 * @param appDirectory Folder of the main script.
 */
export function findBlindApi(appDirectory: string, ourVersion: string): string | undefined {
  const version = findApiVersion(appDirectory);
  if (version === undefined) return undefined;
  const [major, minor] = parseVersion(version);
  const [ourMajor, ourMinor] = parseVersion(ourVersion);
  return major !== ourMajor || minor > ourMinor ? version : undefined;
}

/** Our own version of the API. */
export function findOwnApiVersion(): string {
  return findApiVersion(path.dirname(fileURLToPath(import.meta.url))) ?? '0.0.0';
}

function findApiVersion(directory: string): string | undefined {
  try {
    const entry = createRequire(path.join(directory, 'index.js')).resolve('@opentelemetry/api');
    for (let at = path.dirname(entry); at !== path.dirname(at); at = path.dirname(at)) {
      if (path.basename(at) === 'api') return readVersion(path.join(at, 'package.json'));
    }
  } catch {
    // The application has none, which is most applications.
  }
  return undefined;
}

function parseVersion(version: string): [number, number] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

import { onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { makeBuiltInChecks } from '../../src/health/built-in.js';
import { HealthCheck, type CheckReport } from '../../src/health/check.js';
import { findUrls, startApp, type AppProcess } from '../integration/support/app-process.js';

/** Deadline of checks in these tests. */
export const TIMEOUT_MS = 1_000;
/** What a busy machine may add to a deadline. */
export const SLACK_MS = 2_000;

const SETTINGS = {
  BARBOSSA_HEALTH_TIMEOUT_MS: String(TIMEOUT_MS),
  BARBOSSA_HEALTH_CACHE_MS: '0',
  // The connections that are counted are those of the checks.
  BARBOSSA_QUEUES: 'none',
};

/** A health page as it was answered. */
export interface Page {
  readonly status: number;
  readonly text: string;
  readonly elapsedMs: number;
  readonly body: {
    readonly status: string;
    readonly checks: Readonly<Record<string, { readonly status: string; readonly error?: string }>>;
  };
}

/** An application under the preload that is asked for its health. */
export interface HealthApp {
  readonly app: AppProcess;
  readonly url: string;
  readonly admin: string;
  /** Asks the admin server. */
  readonly ask: (path?: string) => Promise<Page>;
}

/** Starts one whose checks run only when they are asked for, but for the first time, and keep no result. */
export async function startHealthApp(env: Readonly<Record<string, string>>): Promise<HealthApp> {
  const background = { BARBOSSA_HEALTH_INTERVAL_MS: '3600000' };
  const app = startApp('health.mjs', { env: { ...SETTINGS, ...background, ...env } });
  const { url, admin } = await findUrls(app);
  return { app, url, admin, ask: (path = '/health') => askPage(admin + path) };
}

/** Asks for a health page. */
export async function askPage(url: string): Promise<Page> {
  const startMs = performance.now();
  const response = await fetch(url);
  const text = await response.text();
  const elapsedMs = performance.now() - startMs;
  return { status: response.status, text, elapsedMs, body: JSON.parse(text) as Page['body'] };
}

/** The one check that an environment brings, in this process. It is closed when the test is over. */
export function makeBuiltInCheck(env: Readonly<Record<string, string>>): HealthCheck {
  const { config, problems } = loadConfig({ ...SETTINGS, ...env });
  const [definition] = makeBuiltInChecks(config.health);
  if (definition === undefined) throw new Error(`no check: ${problems.join(', ')}`);
  const check = new HealthCheck(definition, () => {});
  onTestFinished(() => check.close());
  return check;
}

/** Reads a check some times, one after the other. */
export async function readTimes(check: HealthCheck, times: number): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  while (reports.length < times) reports.push(await check.read());
  return reports;
}

/** Sockets and timers of this process that are open. */
export function countResources(): number {
  return process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|Pipe|TLS/.test(name)).length;
}

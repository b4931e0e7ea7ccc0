import type { CheckReport, HealthCheck } from './check.js';
import { getChecks, isTerminating } from './registry.js';

/** A health document and the HTTP status it is served with. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly document: Readonly<Record<string, unknown>>;
}

/** A page of the health endpoints. */
export interface HealthPage {
  readonly path: '/health' | '/health/live' | '/health/ready';
  /** One line for a list of pages. */
  readonly about: string;
  /** Takes no longer than the longest deadline of its checks. Never rejects. */
  readonly answer: () => Promise<HealthAnswer>;
}

/** The pages, as the guide has them. */
export const HEALTH_PAGES: readonly HealthPage[] = [
  {
    path: '/health',
    about: 'Health of the process and of what it needs: 503 while it is unhealthy.',
    answer: answerHealth,
  },
  {
    path: '/health/live',
    about: 'Liveness: 200 while the process runs; nobody is asked.',
    answer: () => Promise.resolve({ status: 200, document: { status: 'alive' } }),
  },
  {
    path: '/health/ready',
    about: 'Readiness: 503 while a critical check fails, and from the first SIGTERM on.',
    answer: answerReady,
  },
];

async function answerHealth(): Promise<HealthAnswer> {
  const startMs = performance.now();
  const results = await readAll(Array.from(getChecks().values()));
  const isHealthy = results.every(({ report }) => report.status !== 'unhealthy');
  return makeAnswer(isHealthy, { status: isHealthy ? 'healthy' : 'unhealthy' }, results, startMs);
}

async function answerReady(): Promise<HealthAnswer> {
  const startMs = performance.now();
  if (isTerminating()) return makeAnswer(false, { status: 'not ready', reason: 'shutting down' }, [], startMs);
  const critical = Array.from(getChecks().values()).filter(({ definition }) => definition.critical);
  const results = await readAll(critical);
  // The signal may have come meanwhile.
  const isReady = !isTerminating() && results.every(({ report }) => report.status !== 'unhealthy');
  return makeAnswer(isReady, { status: isReady ? 'ready' : 'not ready' }, results, startMs);
}

interface Result {
  readonly name: string;
  readonly report: CheckReport;
}

function readAll(checks: readonly HealthCheck[]): Promise<Result[]> {
  return Promise.all(checks.map(async (check) => ({ name: check.definition.name, report: await check.read() })));
}

function makeAnswer(
  isWell: boolean,
  head: Readonly<Record<string, string>>,
  results: readonly Result[],
  startMs: number,
): HealthAnswer {
  const document = {
    ...head,
    checks: Object.fromEntries(results.map(({ name, report }) => [name, describeReport(report)])),
    duration_ms: roundMs(performance.now() - startMs),
    checked_at: new Date().toISOString(),
  };
  return { status: isWell ? 200 : 503, document };
}

function describeReport({ status, error, figures, durationMs, checkedAt }: CheckReport): Record<string, unknown> {
  return {
    status,
    ...(error === undefined ? {} : { error }),
    ...figures,
    duration_ms: roundMs(durationMs),
    checked_at: checkedAt.toISOString(),
  };
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** For HEALTHCHECK: exit code 0 where the process is ready for work, as its admin server says. */
const port = process.env['OTEL_EXPORTER_PROMETHEUS_PORT'] || '9464';
const DEADLINE_MS = 3_000;

try {
  const url = `http://localhost:${port}/health/ready`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
  process.stdout.write(`${answer.status}: ${await answer.text()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  process.stdout.write(`no answer: ${String(reason)}\n`);
  process.exitCode = 1;
}

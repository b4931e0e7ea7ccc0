import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { diag } from '../diagnostics/diag.js';
import type { CheckReport } from './check.js';

/**
 * Makes a writer of one line each time when a check's result is another than before: on stderr, and as a log record. A check
 * that begins healthy is no news.
 */
export function createChangeLog(name: string): (report: CheckReport, detail: string | undefined) => void {
  let before = 'healthy';
  return (report, detail) => {
    const now = report.error === undefined ? report.status : `${report.status} (${report.error})`;
    if (now !== before) write(name, report, detail === undefined ? now : `${now}: ${detail}`);
    before = now;
  };
}

function write(name: string, { status, error }: CheckReport, text: string): void {
  const line = `health check ${name}: ${text}`;
  const isWell = status === 'healthy';
  if (isWell) diag.info(line);
  else diag.warn(line);
  logs.getLogger('barbossa.health').emit({
    // It belongs to no request, whoever asked.
    context: ROOT_CONTEXT,
    severityNumber: isWell ? SeverityNumber.INFO : SeverityNumber.WARN,
    severityText: isWell ? 'INFO' : 'WARNING',
    body: line,
    attributes: { check: name, status, ...(error === undefined ? {} : { error }) },
  });
}

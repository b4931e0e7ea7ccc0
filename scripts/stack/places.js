import { join } from 'node:path';

/**
 * What to open and what to paste, once all runs.
 * @param {object} stack
 * @param {Pick<import('./elasticsearch.js').Elasticsearch, 'url' | 'caFile' | 'prepared'>} stack.elasticsearch
 * @param {Pick<import('./collector.js').Collector, 'url' | 'healthUrl' | 'metricsUrl'>} stack.collector
 * @param {{ url: string, adminUrl: string }} stack.sample
 */
export function describeStack({ elasticsearch, collector, sample }) {
  const password = join(elasticsearch.prepared, 'secrets/reader.password');
  const curl = `curl -s --cacert ${elasticsearch.caFile} -u "barbossa_reader:$(cat ${password})"`;
  const indices = `${elasticsearch.url}/barbossa-logs-*,celery-logs-*`;
  return [
    '',
    'All of it runs. Ctrl-C ends it and removes what it stored.',
    '',
    `  application     ${sample.url}`,
    `  metrics         ${sample.adminUrl}/metrics`,
    `  health          ${sample.adminUrl}/health/live`,
    `  collector       ${collector.url} (OTLP), ${collector.healthUrl} (health), ${collector.metricsUrl}`,
    `  Elasticsearch   ${elasticsearch.url} (user barbossa_reader; password and certificate as below)`,
    '',
    'Paste into another terminal: a request, and every line that was written during it.',
    '',
    `  curl -i -H 'X-Request-ID: hello-1' ${sample.url}/api/tracks/7`,
    `  ${curl} '${indices}/_search?q=request_id:hello-1&pretty'`,
    '',
    'How many lines there are: of the web process, of the worker.',
    '',
    `  ${curl} ${elasticsearch.url}/barbossa-logs-*/_count ${elasticsearch.url}/celery-logs-*/_count`,
    '',
  ].join('\n');
}

/** What variants are given: where their logs go, and what is loaded before them. */
import { pathToFileURL } from 'node:url';
import { inProject } from '../../scripts/project/root.js';

/** Our preload. */
export const REGISTER = pathToFileURL(inProject('dist/register.js')).href;
/** OpenTelemetry as its documentation puts it together. */
export const STOCK = new URL('../preloads/stock-opentelemetry.js', import.meta.url).href;

/** For what sends its logs only. `sinkUrl` takes them, under the name of the `run`. */
export const sendLogs = ({ sinkUrl, run }) => ({
  OTEL_SERVICE_NAME: 'bench',
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${sinkUrl}/${run}/v1/logs`,
});

/** For ours. */
export const sendBarbossaLogs = ({ scratch, ...to }) => ({
  ...sendLogs(to),
  OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  // On, as it comes, but each run with a folder of its own: the next one would send what a killed one has left.
  BARBOSSA_LOG_SPOOL_DIR: `${scratch}/${to.run}`,
});

/** The series by which OpenTelemetry counts the requests of the load. */
export const OTEL_COUNT = { series: 'http_server_request_duration_count', label: 'http_route="/api/tracks/:id"' };

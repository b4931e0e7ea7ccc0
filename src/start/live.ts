import { trace } from '@opentelemetry/api';
import { LiveHub } from '../admin/live/hub.js';
import type { LiveLine } from '../admin/live/line.js';
import { showSettings, type Config } from '../config/config.js';
import type { Delivery } from '../delivery/delivery.js';
import { VERSION } from '../diagnostics/version.js';
import { getChecks } from '../health/registry.js';
import { listFollowed } from '../hooks/followed.js';
import type { LogEntry } from '../logs/record.js';
import { watchEntries } from '../logs/watch.js';
import type { MetricsSource } from '../otel/metrics-reader.js';
import { redactText } from '../logs/redaction.js';
import { describeWay } from './log-delivery.js';

/** What the live page shows is made of these. */
export interface LiveParts {
  readonly version: string;
  readonly source: MetricsSource;
  readonly delivery: Delivery | undefined;
}

/** The hub of the live page; undefined where it is switched off. */
export function createLiveHub(config: Config, { version, source, delivery }: LiveParts): LiveHub | undefined {
  if (!config.metrics.livePage) return undefined;
  const { kibanaUrl, grafanaUrl } = config.servers;
  return new LiveHub({
    introduce: () => ({
      service: config.general.serviceName,
      version,
      package: VERSION,
      node: process.version,
      pid: process.pid,
      way: describeWay(config.logExport),
      links: { kibana: kibanaUrl, grafana: grafanaUrl },
      settings: showSettings(),
    }),
    describe: () => ({
      checks: [...getChecks()].map(([name, { last }]) => ({
        name,
        status: last?.status,
        error: last?.error,
        atMs: last?.checkedAt.getTime(),
        ms: last === undefined ? undefined : Math.round(last.durationMs),
      })),
      delivery: delivery?.status,
      followed: listFollowed(),
    }),
    measure: async () => pickGauges((await source.collect()).text()),
    redact: redactText,
    watchLines: (listener) => watchEntries((entry) => listener(describeEntry(entry))),
  });
}

/** Entries come without their secrets. Never throws: extras are plain data. */
function describeEntry(entry: LogEntry): LiveLine {
  const { timeMs, level, logger, message, requestId, exception, extras, context } = entry;
  const traceId = entry.traceId ?? trace.getSpanContext(context)?.traceId;
  const details = [
    ...(extras === undefined || Object.keys(extras).length === 0 ? [] : [printExtras(extras)]),
    ...(exception === undefined ? [] : [exception.stacktrace || `${exception.type}: ${exception.message}`]),
  ];
  return {
    timeMs,
    level,
    logger,
    message,
    ...(details.length === 0 ? {} : { more: details.join('\n') }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

function printExtras(extras: NonNullable<LogEntry['extras']>): string {
  try {
    return JSON.stringify(extras);
  } catch {
    return '(fields that cannot be printed)';
  }
}

/** Families whose present values the page shows. */
const GAUGES =
  /^barbossa_(active_downloads|websocket_connections|celery_queue_length|celery_unacked_tasks|celery_workers|queue_jobs|tasks_total|logs_dropped_total|logs_set_aside|active_users)(\{.*\})? ([-+\d.e]+)/gm;
const MAX_GAUGES = 60;

/** Of an exposition, what the page shows. */
function pickGauges(text: string): { name: string; labels: string; value: number }[] {
  return Array.from(text.matchAll(GAUGES), ([, name = '', labels = '', value]) => ({
    name,
    labels,
    value: Number(value),
  })).slice(0, MAX_GAUGES);
}

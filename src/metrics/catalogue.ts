/**
 * Every metric family that Barbossa has. Instruments, docs/metrics.md, dashboards and the checks of rules
 * and alerts are made from these rows; names, labels and buckets are a contract.
 * The OpenTelemetry instrument's name is the Prometheus name, so that one search finds code, panel and alert.
 */

/** OpenTelemetry's kinds of instruments; the last two are gauges in Prometheus. */
export type MetricKind = 'counter' | 'histogram' | 'up-down counter' | 'observable gauge';

export interface MetricRow {
  readonly name: `barbossa_${string}`;
  readonly kind: MetricKind;
  readonly help: string;
  readonly labels: readonly string[];
  /** UCUM; absent where the number has none. */
  readonly unit?: string;
  /** Upper bounds of a histogram's buckets, in `unit`. */
  readonly buckets?: readonly number[];
  /** Label sets that are known beforehand: they are zero on the first scrape. `[{}]` for a family without labels. */
  readonly zeros?: readonly Readonly<Record<string, string>>[];
  /** The request path keeps the family's series itself (`requests.ts`): it has no instrument. */
  readonly ownSeries?: true;
}

/** Why a log record was given up; the values of `reason` in `barbossa_logs_dropped_total`. */
export const DROP_REASONS = ['buffer_full', 'rejected', 'spool_corrupt', 'shutdown'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

const WITHOUT_LABELS = [{}] as const;

export const CATALOGUE = {
  requests: {
    name: 'barbossa_requests_total',
    kind: 'counter',
    help: 'HTTP requests answered or given up, by method, route template and status (499: aborted by the client).',
    labels: ['method', 'endpoint', 'status'],
    ownSeries: true,
  },
  requestLatency: {
    name: 'barbossa_request_latency_seconds',
    kind: 'histogram',
    help: 'Time from the arrival of a request to the last byte handed to the socket, or to its abort.',
    labels: ['method', 'endpoint'],
    unit: 's',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10],
    ownSeries: true,
  },
  downloads: {
    name: 'barbossa_downloads_total',
    kind: 'counter',
    help: 'Downloads that ended, by source and status (success, failed, cancelled).',
    labels: ['source', 'status'],
  },
  downloadDuration: {
    name: 'barbossa_download_duration_seconds',
    kind: 'histogram',
    help: 'Duration of downloads that ended, by source.',
    labels: ['source'],
    unit: 's',
    buckets: [10, 30, 60, 120, 300, 600, 1800],
  },
  activeDownloads: {
    name: 'barbossa_active_downloads',
    kind: 'up-down counter',
    help: 'Downloads that were started and have not ended.',
    labels: [],
    zeros: WITHOUT_LABELS,
  },
  imports: {
    name: 'barbossa_imports_total',
    kind: 'counter',
    help: 'Imports into the library that ended, by status and source.',
    labels: ['status', 'source'],
  },
  libraryTracks: {
    name: 'barbossa_library_tracks_total',
    kind: 'observable gauge',
    help: 'Tracks in the library.',
    labels: [],
    unit: '{track}',
    zeros: WITHOUT_LABELS,
  },
  librarySize: {
    name: 'barbossa_library_size_bytes',
    kind: 'observable gauge',
    help: 'Size of the library.',
    labels: [],
    unit: 'By',
    zeros: WITHOUT_LABELS,
  },
  activeUsers: {
    name: 'barbossa_active_users',
    kind: 'observable gauge',
    help: 'Users with a session.',
    labels: [],
    zeros: WITHOUT_LABELS,
  },
  websocketConnections: {
    name: 'barbossa_websocket_connections',
    kind: 'up-down counter',
    help: 'Open WebSocket connections.',
    labels: [],
    zeros: WITHOUT_LABELS,
  },
  queueLength: {
    name: 'barbossa_celery_queue_length',
    kind: 'observable gauge',
    help: 'Tasks waiting in a queue: of Celery in all priorities, of BullMQ waiting and prioritized.',
    labels: ['queue'],
    unit: '{task}',
  },
  unackedTasks: {
    name: 'barbossa_celery_unacked_tasks',
    kind: 'observable gauge',
    help: 'Tasks of Celery that workers hold: at work, fetched in advance, or kept for a later time.',
    labels: [],
    unit: '{task}',
  },
  queueJobs: {
    name: 'barbossa_queue_jobs',
    kind: 'observable gauge',
    help: 'Jobs of a BullMQ queue by state (waiting, prioritized, delayed, active, failed).',
    labels: ['queue', 'state'],
    unit: '{job}',
  },
  oldestJobAge: {
    name: 'barbossa_queue_oldest_job_age_seconds',
    kind: 'observable gauge',
    help: 'How long the oldest job of a BullMQ queue has been ready and waits; 0 where none waits.',
    labels: ['queue'],
    unit: 's',
  },
  queuePollUp: {
    name: 'barbossa_queue_poll_up',
    kind: 'observable gauge',
    help: '1 where all queues were read when they were last to be, else 0: then their series end.',
    labels: [],
  },
  queuePolls: {
    name: 'barbossa_queue_polls_total',
    kind: 'counter',
    help: 'Readings of the queues by result (success, partial, or why it failed).',
    labels: ['result'],
  },
  celeryEventsUp: {
    name: 'barbossa_celery_events_up',
    kind: 'observable gauge',
    help: "1 while Celery's events are listened to, else 0: what ends meanwhile is not counted.",
    labels: [],
  },
  celeryEvents: {
    name: 'barbossa_celery_events_total',
    kind: 'counter',
    help: 'Events of Celery workers by type; `unreadable` is what was no event.',
    labels: ['type'],
    unit: '{event}',
  },
  celeryWorkers: {
    name: 'barbossa_celery_workers',
    kind: 'observable gauge',
    help: 'Celery workers whose heartbeat is heard.',
    labels: [],
    unit: '{worker}',
  },
  taskDuration: {
    name: 'barbossa_task_duration_seconds',
    kind: 'histogram',
    help: 'Duration of tasks that ended, by task and state.',
    labels: ['task', 'state'],
    unit: 's',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800],
  },
  tasks: {
    name: 'barbossa_tasks_total',
    kind: 'counter',
    help: 'Attempts at tasks that ended, by task and state (success, failure, retry: it failed and will be tried again).',
    labels: ['task', 'state'],
  },
  taskFailures: {
    name: 'barbossa_task_failures_total',
    kind: 'counter',
    help: 'Tasks that failed for good, by task and exception class (50 of a task, then other).',
    labels: ['task', 'exception'],
  },
  healthCheckStatus: {
    name: 'barbossa_health_check_status',
    kind: 'observable gauge',
    help: '1 where the health check passed when it last ran (healthy, or a warning), else 0 (degraded, unhealthy).',
    labels: ['check'],
  },
  healthCheckDuration: {
    name: 'barbossa_health_check_duration_seconds',
    kind: 'histogram',
    help: 'Duration of runs of health checks; one that took too long counts with its deadline.',
    labels: ['check'],
    unit: 's',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10],
  },
  logsDropped: {
    name: 'barbossa_logs_dropped_total',
    kind: 'counter',
    help: 'Log records that were given up, by reason.',
    labels: ['reason'],
    unit: '{record}',
    zeros: DROP_REASONS.map((reason) => ({ reason })),
  },
  logsSetAside: {
    name: 'barbossa_logs_set_aside',
    kind: 'up-down counter',
    help: 'Log records that wait apart, because the collector fails at them while it takes others.',
    labels: [],
    unit: '{record}',
    zeros: WITHOUT_LABELS,
  },
  appInfo: {
    name: 'barbossa_app_info',
    kind: 'observable gauge',
    help: 'Always 1; its labels say which version of the application runs on which Node.js.',
    labels: ['version', 'node_version'],
  },
  instrumentationActive: {
    name: 'barbossa_instrumentation_active',
    kind: 'observable gauge',
    help: '1 where what the package patches (express, router, fastify, koa, hono, winston, bullmq, node:http) is followed, 0 where it is loaded and cannot be.',
    labels: ['target', 'version'],
  },
} as const satisfies Record<string, MetricRow>;

export type MetricKey = keyof typeof CATALOGUE;

/** Those that have an instrument. */
export type InstrumentKey = {
  [K in MetricKey]: (typeof CATALOGUE)[K] extends { readonly ownSeries: true } ? never : K;
}[MetricKey];

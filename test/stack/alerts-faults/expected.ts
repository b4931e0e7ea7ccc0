/** Values of labels. */
export type Labels = Readonly<Record<string, string | RegExp>>;

/** An alert that is caused. */
export interface Expected {
  readonly alert: string;
  readonly severity: string;
  /** Some of its labels. */
  readonly labels: Labels;
  /** What its description says, at some time. */
  readonly text: RegExp;
  /** The alert that keeps messages about it back. */
  readonly keptBackBy?: string;
  /** Why it is still there when the fault is not. */
  readonly isLeft?: string;
}

const WEB = { job: 'barbossa', instance: 'web:9464', host: 'barbossa' };
const SECOND = { job: 'barbossa', instance: 'second:9464', host: 'second' };

/** What comes of the faults that causeFaults causes, and of what heal does. */
export const EXPECTED: readonly Expected[] = [
  {
    alert: 'DatabaseConnectionFailure',
    severity: 'critical',
    labels: { job: 'postgres' },
    text: /^The exporter postgres-exporter:9187 has not/,
  },
  {
    alert: 'HealthCheckFailing',
    severity: 'critical',
    labels: { ...WEB, check: 'database' },
    text: /^The health check database of web:9464 \(job barbossa\) has failed for 2 minutes\.$/,
    keptBackBy: 'DatabaseConnectionFailure',
  },
  {
    alert: 'HealthCheckFailing',
    severity: 'critical',
    labels: { ...WEB, check: 'disk' },
    text: /^The health check disk of web:9464/,
  },
  {
    alert: 'RedisConnectionFailure',
    severity: 'critical',
    labels: { job: 'redis' },
    text: /^The exporter redis-exporter:9121 has not/,
  },
  {
    alert: 'QueuesUnreadable',
    severity: 'warning',
    labels: WEB,
    text: /^web:9464 \(job barbossa\) has not been able to read the lengths of the queues for 5 minutes\.$/,
    keptBackBy: 'RedisConnectionFailure',
  },
  {
    alert: 'LowDiskSpace',
    severity: 'critical',
    labels: { mountpoint: /\/barbossa-alerts-faults-\w+\/music$/, host: 'barbossa' },
    text: /^Only 0% of the disk tmpfs, mounted at \S+\/music, is free \(0B\)\./,
  },
  {
    alert: 'ElasticsearchNearlyFull',
    severity: 'critical',
    labels: { mountpoint: /\/barbossa-alerts-faults-\w+\/elasticsearch$/, host: 'barbossa' },
    text: /^Only 0% of the disk of Elasticsearch, mounted at \S+\/elasticsearch, is free \(0B\)\./,
  },
  {
    alert: 'LogQueueNearlyFull',
    severity: 'critical',
    labels: { job: 'collector', instance: 'collector:8888' },
    text: /^The queue of the collector collector:8888 is (?:[89]\d|100)[\d.]*% full\./,
  },
  {
    alert: 'CollectorGone',
    severity: 'critical',
    labels: { instance: 'container-logs:8888', host: 'barbossa' },
    text: /^Prometheus has had no metrics of the collector container-logs:8888 for 2 minutes\./,
  },
  {
    alert: 'LogsDropped',
    severity: 'warning',
    labels: { job: 'barbossa', instance: 'web:9464', reason: 'rejected' },
    text: /^Log records that web:9464 \(job barbossa\) gave up in the last 10 minutes: about [1-9]\d*\. The reason: rejected\.$/,
    isLeft: 'what was lost in the last 10 minutes counts',
  },
  {
    alert: 'LogsRefused',
    severity: 'warning',
    labels: { job: 'collector', instance: 'collector:8888' },
    text: /^Log records that Elasticsearch refused for good in the last 10 minutes: about [1-9]\d* \(.+\)\. They are lost\.$/,
    isLeft: 'what was refused in the last 10 minutes counts',
  },
  {
    alert: 'AlertmanagerUnreachable',
    severity: 'critical',
    labels: { job: 'prometheus', instance: 'prometheus:9090' },
    text: /^Alerts that Prometheus at prometheus:9090 could not hand to Alertmanager in the last 5 minutes: about [1-9]\d*\./,
  },
  {
    alert: 'NotificationsFailing',
    severity: 'critical',
    labels: { job: 'alertmanager', integration: 'email' },
    text: /^Messages by email that Alertmanager could not deliver in the last 15 minutes: about [1-9]\d*\.$/,
    isLeft: 'what failed in the last 15 minutes counts',
  },
  {
    alert: 'Watchdog',
    severity: 'info',
    labels: {},
    text: /^This alert always fires\./,
    isLeft: 'it always fires',
  },
  {
    alert: 'AvailabilityBudgetBurn',
    severity: 'critical',
    labels: { job: 'barbossa', window: '1h' },
    text: /^1[5-9][\d.]*% of the requests to barbossa were answered with a server error \(5xx\) in the last hour\./,
  },
  {
    alert: 'AvailabilityBudgetBurn',
    severity: 'critical',
    labels: { job: 'barbossa', window: '6h' },
    text: /^1[\d.]*% of the requests to barbossa were answered with a server error \(5xx\) in the last 6 hours\./,
  },
  {
    alert: 'LatencyBudgetBurn',
    severity: 'critical',
    labels: { job: 'barbossa', window: '1h' },
    text: /^[78][\d.]*% of the requests to barbossa took longer than 1 second in the last hour\./,
  },
  {
    alert: 'LatencyBudgetBurn',
    severity: 'critical',
    labels: { job: 'barbossa', window: '6h' },
    text: /^[4-8][\d.]*% of the requests to barbossa took longer than 1 second in the last 6 hours\./,
  },
  {
    alert: 'HighErrorRate',
    severity: 'critical',
    labels: { job: 'barbossa' },
    text: /^1[\d.]*% of the requests to barbossa were answered with a server error \(5xx\) in the last 5 minutes\./,
  },
  {
    alert: 'EventLoopStalled',
    severity: 'warning',
    labels: WEB,
    text: /^The event loop of web:9464 \(job barbossa\) stands still again and again, the last time for 1\.\d+s\./,
  },
  {
    alert: 'RestartLoop',
    severity: 'critical',
    labels: SECOND,
    text: /^second:9464 \(job barbossa\) was restarted 3 times in the last 30 minutes\.$/,
    isLeft: 'the restarts of the last 30 minutes count',
  },
  {
    alert: 'SeriesLimitReached',
    severity: 'warning',
    labels: { job: 'barbossa', instance: 'web:9464', family: 'barbossa_requests_total' },
    text: /^barbossa_requests_total of web:9464 \(job barbossa\) has reached its limit of series\./,
  },
  {
    alert: 'HostDown',
    severity: 'critical',
    labels: { host: 'second' },
    text: /^Nothing on the host second has answered/,
  },
  {
    alert: 'TargetMissing',
    severity: 'critical',
    labels: SECOND,
    text: /^Prometheus has had no metrics of second:9464 \(job barbossa\) for 2 minutes: the web process is gone/,
    keptBackBy: 'HostDown',
  },
  {
    alert: 'TargetMissing',
    severity: 'warning',
    labels: { job: 'grafana' },
    text: /^Prometheus has had no metrics of grafana:3000 \(job grafana\) for 5 minutes\./,
  },
  {
    alert: 'WorkerGone',
    severity: 'critical',
    labels: { job: 'celery', instance: 'worker:9808', host: 'barbossa' },
    text: /^Prometheus has had no metrics of the worker worker:9808 for 2 minutes\./,
  },
  {
    alert: 'TasksFailing',
    severity: 'warning',
    labels: { task: 'downloads' },
    text: /^(?:[3-9]\d|100)[\d.]*% of the tasks downloads that ended in the last 15 minutes have failed for good\./,
  },
  {
    alert: 'CeleryWorkersGone',
    severity: 'critical',
    labels: WEB,
    text: /^web:9464 has heard no heartbeat of any Celery worker for 3 minutes/,
  },
];

/** A rule that no fault here can cause, and why. */
export interface NotCaused {
  readonly alert: string;
  readonly severity: string;
  readonly window?: string;
  /** Its `for`, where that is too long for a test. */
  readonly takes?: string;
  /** What else keeps it from being caused. */
  readonly because?: string;
}

/** The others. Their *.test.yml have them fire and resolve. */
export const NOT_CAUSED: readonly NotCaused[] = [
  { alert: 'HealthCheckFailing', severity: 'warning', takes: '10m' },
  { alert: 'LogPipelineStalled', severity: 'critical', takes: '10m' },
  { alert: 'LogsSetAside', severity: 'warning', takes: '10m' },
  { alert: 'HighLatency', severity: 'warning', takes: '10m' },
  { alert: 'HighEndpointLatency', severity: 'warning', takes: '15m' },
  { alert: 'DownloadQueueBacklog', severity: 'warning', takes: '15m' },
  { alert: 'QueueNotMoving', severity: 'critical', takes: '15m' },
  { alert: 'AvailabilityBudgetBurn', severity: 'warning', window: '1d', takes: '15m' },
  { alert: 'AvailabilityBudgetBurn', severity: 'warning', window: '3d', takes: '30m' },
  { alert: 'LatencyBudgetBurn', severity: 'warning', window: '1d', takes: '15m' },
  { alert: 'LatencyBudgetBurn', severity: 'warning', window: '3d', takes: '30m' },
  { alert: 'MemoryGrowing', severity: 'warning', takes: '30m', because: 'it compares with 6 hours ago' },
  { alert: 'NoTraffic', severity: 'warning', takes: '10m', because: 'it compares with yesterday' },
  {
    alert: 'RulesFailing',
    severity: 'warning',
    because: 'no fault but one in a rule, or in Prometheus, makes rules fail',
  },
];

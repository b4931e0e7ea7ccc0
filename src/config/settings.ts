import { GENERAL } from './settings/general.js';
import { HEALTH } from './settings/health.js';
import { LOG_EXPORT } from './settings/log-export.js';
import { LOGGING } from './settings/logging.js';
import { METRICS } from './settings/metrics.js';
import { QUEUES, TASKS } from './settings/queues.js';
import { REDACTION } from './settings/redaction.js';
import { SERVERS } from './settings/servers.js';
import { TRACES } from './settings/traces.js';

/** Every setting, by the heading it stands under in docs/configuration.md. */
export const SETTINGS = {
  General: GENERAL,
  Metrics: METRICS,
  'Log delivery': LOG_EXPORT,
  'What getLogger prints': LOGGING,
  Redaction: REDACTION,
  Traces: TRACES,
  'Where people look': SERVERS,
  Health: HEALTH,
  Queues: QUEUES,
  Tasks: TASKS,
} as const;

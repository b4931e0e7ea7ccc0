/**
 * The public API. Everything here works with and without the preload: without it, nothing is measured and nothing
 * is sent; `getLogger` still prints.
 */
import { getConfig } from './config/config.js';
import { configureFromConfig } from './logs/configure.js';

// The preload has done so already and told what is wrong; without it there is nobody to tell.
configureFromConfig(getConfig().config);

export { getTaskHeaders } from './jobs/job-context.js';
export type { HealthCheckAnswer, HealthStatus } from './health/answer.js';
export type { DatabaseClient } from './health/checks/database.js';
export type { RedisClient } from './health/checks/redis.js';
export { metrics, readMetrics } from './frameworks/metrics-page.js';
export type {
  FastifyReplyLike,
  FastifyRequestLike,
  HonoContextLike,
  KoaContextLike,
  Mountable,
} from './frameworks/mountable.js';
export { health, readHealth } from './health/middleware.js';
export { registerDatabaseCheck, registerRedisCheck } from './health/register-check.js';
export { registerHealthCheck, type HealthCheckOptions } from './health/register-check.js';
export { sayRoute as setRoute, type PageText } from './http/doors.js';
export { getLogger, type Logger } from './loggers/get-logger.js';
export {
  observeActiveUsers,
  observeLibrary,
  observeQueueLength,
  recordImport,
  startDownload,
  type Download,
  type ImportStatus,
  type LibrarySize,
  type ObserveOptions,
} from './metrics/domain.js';
export type { Dispose } from './metrics/observe.js';
export { getRequestId, setUserId } from './context/request-context.js';
export { observeTask } from './jobs/observe-task.js';
export { VERSION } from './diagnostics/version.js';

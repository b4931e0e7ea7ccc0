import { context, createContextKey, ROOT_CONTEXT, type Context } from '@opentelemetry/api';

/** The key by which OpenTelemetry's tracers and propagators know that nothing is to be traced here. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const INTERNAL = createContextKey('barbossa-telemetry.internal-traffic');
const INTERNAL_CONTEXT = ROOT_CONTEXT.setValue(INTERNAL, true).setValue(SUPPRESS_TRACING, true);

/**
 * Runs work of telemetry's own: what it asks of others is no traffic of the application, is not traced, carries no
 * trace context, and has nothing to do with the request that happened to set it off.
 */
export function runInternally<T>(work: () => T): T {
  return context.with(INTERNAL_CONTEXT, work);
}

/** Whether this code runs for telemetry itself. */
export function isInternalTraffic(): boolean {
  return context.active().getValue(INTERNAL) === true;
}

/** Whether nothing is to be traced in a context: because of us, or because somebody else has said so. */
export function isTracingSuppressed(active: Context): boolean {
  return active.getValue(SUPPRESS_TRACING) === true;
}

/**
 * A property of the admin server's `http.Server` object, set to true. Whatever looks at every server of the
 * process (request metrics, spans, request ids) leaves a server that has it alone: a scrape is not traffic.
 */
export const ADMIN_SERVER = Symbol.for('barbossa-telemetry.admin-server');

const agents = new WeakSet<object>();

/** Marks an agent of `node:http` as ours. Nothing of the mark is on the agent. */
export function markInternalAgent(agent: object): void {
  agents.add(agent);
}

/** Whether the requests of an agent are our own traffic. Asks the agent nothing: it may be anything. */
export function isInternalAgent(agent: unknown): boolean {
  return typeof agent === 'object' && agent !== null && agents.has(agent);
}

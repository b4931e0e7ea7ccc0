/**
 * A property of the admin server's `http.Server` object, set to true. Whatever looks at every server of the
 * process (request metrics, spans, request ids) leaves a server that has it alone: a scrape is not traffic.
 */
export const ADMIN_SERVER = Symbol.for('barbossa-telemetry.admin-server');

import { context, createContextKey, type Context } from '@opentelemetry/api';

/**
 * What is known of the request being handled. It travels in the OpenTelemetry context, so that logs,
 * metrics and the application read the same object; a change of `requestId` is seen everywhere at once.
 */
export interface RequestScope {
  /** 1 to 128 printable ASCII characters. */
  requestId: string;
  /** Set by the application through `setUserId`. */
  userId?: string;
}

// createContextKey is Symbol.for: a second copy of this package in the process reads the same key.
const KEY = createContextKey('barbossa-telemetry.request');

const REQUEST_ID = /^[\u0020-\u007e]{1,128}$/;

/** Whether a value from somewhere else can be a request's id: 1 to 128 printable ASCII characters. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && REQUEST_ID.test(value);
}

/** The given context with `scope` in it. */
export function withRequestScope(parent: Context, scope: RequestScope): Context {
  return parent.setValue(KEY, scope);
}

/** The request in whose course this code runs, also later in its timers, promises and emitters. */
export function getRequestScope(from: Context = context.active()): RequestScope | undefined {
  return from.getValue(KEY) as RequestScope | undefined;
}

/** The id of the request in whose course this code runs: `X-Request-ID`, or a UUID. Undefined outside of one. */
export function getRequestId(): string | undefined {
  return getRequestScope()?.requestId;
}

const MAX_USER_ID_CHARS = 128;

/**
 * Says who the user of the current request is: its later log lines carry it as `user_id`. Outside of a request
 * nothing happens.
 * @param userId A number, or 1 to 128 characters.
 * @throws TypeError where `userId` is neither.
 */
export function setUserId(userId: string | number): void {
  const text = typeof userId === 'number' ? String(userId) : userId;
  if (typeof text !== 'string' || text === '' || text.length > MAX_USER_ID_CHARS) {
    throw new TypeError(`setUserId: userId must be a number or a string of 1 to ${MAX_USER_ID_CHARS} characters`);
  }
  const scope = getRequestScope();
  if (scope !== undefined) scope.userId = text;
}

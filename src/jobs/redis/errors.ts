import { categorise, type FailureCategory } from '../../diagnostics/failure.js';

/** How Redis begins its errors. */
const REPLIES: readonly (readonly [RegExp, FailureCategory])[] = [
  [
    /^(NOAUTH|WRONGPASS|NOPERM|DENIED)|invalid password|invalid username-password|Authentication required/,
    'authentication',
  ],
  [/^ERR max number of clients/, 'out of connections'],
  [/^OOM/, 'out of memory'],
  [/^READONLY/, 'read-only'],
  [/^(LOADING|MASTERDOWN|CLUSTERDOWN)/, 'starting'],
  [/^(MOVED|ASK|CROSSSLOT) |cluster mode/, 'unsupported'],
  [/^(BUSY|TRYAGAIN|MISCONF|NOREPLICAS)/, 'server error'],
  [/Connection is closed|Socket closed|Command aborted|isn't writeable/i, 'connection lost'],
  [/timed? ?out/i, 'timeout'],
  [/Protocol error|Unexpected reply/i, 'protocol'],
];

/** The category of what a Redis client has thrown. */
export function categoriseRedisError(error: unknown): FailureCategory {
  const known = categorise(error);
  if (known !== 'failed') return known;
  const message = messageOf(error);
  return REPLIES.find(([pattern]) => pattern.test(message))?.[1] ?? (/^[A-Z]+ /.test(message) ? 'server error' : known);
}

/** Whether Redis has answered this, so that the connection is as good as before. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether the user may not do this, or the server does not offer it. */
export function isNotAllowed(error: unknown): boolean {
  return isReply(error) && /^(NOPERM|ERR unknown)/.test(messageOf(error));
}

/** Empty for what is no error. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

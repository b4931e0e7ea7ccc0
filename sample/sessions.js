import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { setUserId } from 'barbossa-telemetry';
import { HttpError } from './http-error.js';

const LIFETIME_MS = 30 * 60_000;
const MAX_SESSIONS = 10_000;
const COOKIE = 'session';
/** A sample: everybody has the same password, and the page at / says which. */
export const PASSWORD = 'black-pearl';

/** Who is logged in, in memory. A token is the session: in a cookie, or as `Authorization: Bearer`. */
export class Sessions {
  /** By token. All live equally long, so the oldest, which is the first, ends first. */
  #sessions = new Map();

  /** Opens a session, or gives undefined where the password is wrong. */
  open(user, password) {
    if (!isSame(password, PASSWORD)) return undefined;
    this.#sweep();
    const token = randomBytes(24).toString('base64url');
    this.#sessions.set(token, { user, token, endsAtMs: Date.now() + LIFETIME_MS });
    return token;
  }

  close(token) {
    this.#sessions.delete(token);
  }

  /** Users with a session, each once. */
  countUsers() {
    this.#sweep();
    return new Set(Array.from(this.#sessions.values(), ({ user }) => user)).size;
  }

  /** Middleware: lets through who has a session, which is then `request.session`; others get a 401. */
  require = (request, _response, next) => {
    const session = this.#sessions.get(readToken(request));
    if (session === undefined || session.endsAtMs <= Date.now()) throw new HttpError(401, 'log in first');
    request.session = session;
    setUserId(session.user);
    next();
  };

  #sweep() {
    const nowMs = Date.now();
    for (const [token, { endsAtMs }] of this.#sessions) {
      if (endsAtMs > nowMs && this.#sessions.size < MAX_SESSIONS) return;
      this.#sessions.delete(token);
    }
  }
}

/** Hands the token to the browser. */
export function setSessionCookie(response, token) {
  response.cookie(COOKIE, token, { httpOnly: true, sameSite: 'strict', maxAge: LIFETIME_MS });
}

export function clearSessionCookie(response) {
  response.clearCookie(COOKIE, { httpOnly: true, sameSite: 'strict' });
}

function readToken({ headers }) {
  const [, bearer] = /^Bearer (\S{1,100})$/i.exec(headers.authorization ?? '') ?? [];
  const [, cookie] = /(?:^|;\s*)session=([\w-]{1,100})/.exec(headers.cookie ?? '') ?? [];
  return bearer ?? cookie;
}

/** Takes the same time whatever the difference. */
function isSame(given, wanted) {
  const digest = (text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { setUserId } from 'barbossa-telemetry';
import { HttpError } from './http-error.js';

const LIFETIME_MS = 30 * 60_000;
const COOKIE = 'session';
/** A sample: everybody has the same password, and the page at / says which. */
export const PASSWORD = 'black-pearl';

/** Who is logged in. A token is the session: in a cookie, or as `Authorization: Bearer`. */
export class Sessions {
  #store;

  /** @param store Where sessions are kept: `add`, `find`, `remove`, `countUsers`. */
  constructor(store) {
    this.#store = store;
  }

  /** Opens a session, or gives undefined where the password is wrong. */
  async open(user, password) {
    if (!isSame(password, PASSWORD)) return undefined;
    const token = randomBytes(24).toString('base64url');
    await this.#store.add(token, user, Date.now() + LIFETIME_MS);
    return token;
  }

  async close(token) {
    await this.#store.remove(token);
  }

  /** Users with a session, each once. */
  async countUsers() {
    return this.#store.countUsers();
  }

  /** Middleware: lets through who has a session, which is then `request.session`; others get a 401. */
  require = async (request, _response, next) => {
    const token = readToken(request);
    const session = token === undefined ? undefined : await this.#store.find(token);
    if (session === undefined) throw new HttpError(401, 'log in first');
    request.session = session;
    setUserId(session.user);
    next();
  };
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

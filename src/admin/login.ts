import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describeError, diag } from '../diagnostics/diag.js';
import { readSmallFile } from '../files/small-file.js';
import { answerText, type Answer } from './route.js';

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const TOKEN = /^[\w.~+/-]+=*$/;
const BASIC = /^[^:\p{Cc}]+:\P{Cc}+$/u;

/** The answer to whom may not come in; undefined to whom may. Never rejects. */
export type LoginCheck = (request: IncomingMessage) => Promise<Answer | undefined>;

/**
 * Lets in who has a login of `file`: a line each, a token for `Authorization: Bearer`, or `user:password` for Basic.
 * Empty lines and those with a `#` first say nothing. The file is read for each request, so that a change holds at once;
 * while it cannot be read, is empty or has a line that is no login, nobody comes in, and one warning says why.
 */
export function makeLoginCheck(file: string): LoginCheck {
  const key = randomBytes(32);
  /** Of one length, whatever it is made of: how long a comparison takes says nothing. */
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  let problem: string | undefined;
  const readLogins = async (): Promise<readonly string[]> => {
    try {
      const logins = await readLoginFile(file);
      if (problem !== undefined) diag.info('the logins of the admin server can be read again');
      problem = undefined;
      return logins;
    } catch (error) {
      const reason = describeError(error);
      if (reason !== problem) diag.warn(`nobody can log in to the admin server: ${reason}`);
      problem = reason;
      return [];
    }
  };
  return async ({ headersDistinct }) => {
    const given = readCredentials(headersDistinct['authorization']);
    const logins = await readLogins();
    const offered = digest(given ?? '');
    // Each is compared, also after one that fits.
    const fitting = logins.filter((login) => timingSafeEqual(digest(login), offered));
    return given !== undefined && fitting.length > 0 ? undefined : refuse(logins);
  };
}

/** Logins as `bearer TOKEN` and `basic USER:PASSWORD`. */
async function readLoginFile(file: string): Promise<string[]> {
  const text = (await readSmallFile(file)).toString('utf8');
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const logins = lines.flatMap((line, index) => {
    const login = line.trim();
    if (login === '' || login.startsWith('#')) return [];
    if (TOKEN.test(login)) return [`bearer ${login}`];
    if (BASIC.test(login)) return [`basic ${login}`];
    // Without the line: it may be a password.
    throw new Error(`line ${index + 1} of ${file} is neither a token nor user:password`);
  });
  if (logins.length === 0) throw new Error(`${file} has no login in it`);
  return logins;
}

/** What an Authorization header brings, in the form of the file's logins. Two of them are no login. */
function readCredentials(values: readonly string[] = []): string | undefined {
  const [, scheme = '', credentials = ''] = /^([a-z]+) +(\S+) *$/i.exec(values[0] ?? '') ?? [];
  if (values.length !== 1 || credentials === '') return undefined;
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return `bearer ${credentials}`;
    case 'basic':
      return `basic ${Buffer.from(credentials, 'base64').toString('utf8')}`;
    default:
      return undefined;
  }
}

function refuse(logins: readonly string[]): Answer {
  const realm = 'realm="barbossa-telemetry"';
  // A browser asks its person for a password only where one would do.
  const basic = logins.some((login) => login.startsWith('basic ')) ? [`Basic ${realm}, charset="UTF-8"`] : [];
  return answerText(401, 'a login is needed here', { 'www-authenticate': [`Bearer ${realm}`, ...basic] });
}

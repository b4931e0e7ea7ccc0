import { isBlankCode, isDigitCode, isSpaceCode, isTokenCode, isWordCode, skip } from './characters.js';
import { PROSE_AFTER_SECRET } from './words.js';
import { REDACTED, type Span } from './values.js';

/** Secrets that a text shows by their own form, without a name before them. */

const PEM_BEGIN = '-----BEGIN';
const PEM_END = '-----END';
const PEM_LINE_END = '-----';
/** Longest first line of a key: `-----BEGIN ENCRYPTED PRIVATE KEY-----` and its relatives. */
const MAX_PEM_HEAD_CHARS = 64;

/** A private key in PEM, from its first line to its last; to the end of the text where that was cut. */
export function findPrivateKey(text: string, at: number): Span | undefined {
  if (!text.startsWith(PEM_BEGIN, at)) return undefined;
  if (!text.slice(at, at + MAX_PEM_HEAD_CHARS).includes('PRIVATE KEY')) return undefined;
  const last = text.indexOf(PEM_END, at + PEM_BEGIN.length);
  const closing = last < 0 ? -1 : text.indexOf(PEM_LINE_END, last + PEM_END.length);
  return { start: at, end: closing < 0 ? text.length : closing + PEM_LINE_END.length };
}

const MIN_JWT_CHARS = 16;

/**
 * A JWT: base64 of `{"`, which is `eyJ`, and more parts behind dots.
 * @returns An empty span where it is none: what is before its end need not be looked at again.
 */
export function findJwt(text: string, at: number): Span | undefined {
  if (!text.startsWith('eyJ', at) || isWordCode(text.charCodeAt(at - 1))) return undefined;
  const end = skip(text, at, isJwtCode);
  const isJwt = end - at >= MIN_JWT_CHARS && text.slice(at, end - 1).includes('.');
  return isJwt ? { start: at, end } : { start: end, end };
}

function isJwtCode(code: number): boolean {
  return (isWordCode(code) && code < 0x80) || code === 0x2d || code === 0x2e || code === 0x5f;
}

/** The credentials behind a `Bearer` or `Basic` that begins at `at`, unless it is a word in a sentence. */
export function findSchemeCredentials(text: string, at: number): Span | undefined {
  const scheme = (text.charCodeAt(at + 1) | 0x20) === 0x65 /* e */ ? 'bearer' : 'basic';
  if (text.slice(at, at + scheme.length).toLowerCase() !== scheme) return undefined;
  const start = skip(text, at + scheme.length, isBlankCode);
  if (start === at + scheme.length) return undefined;
  const end = skip(text, start, isTokenCode);
  const isProse = scheme === 'basic' ? !looksEncoded(text, start, end) : isProseWord(text, start, end);
  return end === start || isProse ? undefined : { start, end };
}

const MAX_PROSE_CHARS = 20;

function isProseWord(text: string, start: number, end: number): boolean {
  if (end - start > MAX_PROSE_CHARS) return false;
  const [word = ''] = text
    .slice(start, end)
    .toLowerCase()
    .split(/[^a-z]/, 1);
  // "Bearer realm=…" is a question for credentials. With anything else in it, it is no word.
  return PROSE_AFTER_SECRET.has(word) && (word.length >= end - start - 1 || text[start + word.length] === '=');
}

/** Whether a word has what base64 has and a word of a sentence has not: digits, signs, capitals within, or `user:` in it. */
function looksEncoded(text: string, start: number, end: number): boolean {
  if (isProseWord(text, start, end)) return false;
  let small = false;
  let capital = false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (isDigitCode(code) || code === 0x2b || code === 0x2f || code === 0x3d /* + / = */) return true;
    if (code >= 0x61 && code <= 0x7a) small = true;
    else if (i > start && code >= 0x41 && code <= 0x5a) capital = true;
  }
  if (small && capital) return true;
  return Buffer.from(text.slice(start, Math.min(end, start + MAX_DECODED_CHARS)), 'base64').includes(':');
}

const MAX_DECODED_CHARS = 256;

/** Finds credentials in URLs. Remembers how far it has looked, so that each part of a text is looked at once. */
export class UserInfoFinder {
  #runEnd = -1;
  #lastAt = -1;

  /** The user and password of a URL whose `//` is at `at`. */
  find(text: string, at: number): Span | undefined {
    if (!text.startsWith('//', at)) return this.#findEncoded(text, at);
    const start = at + 2;
    let end = start;
    let last = -1;
    for (; end < text.length && !endsAuthority(text.charCodeAt(end)); end++) {
      if (text.charCodeAt(end) === AT) last = end;
    }
    if (last < 0 && hasOddPort(text, start, end)) last = this.#findLastAt(text, end);
    if (last <= start) return undefined;
    const isHidden = last - start === REDACTED.length && text.startsWith(REDACTED, start);
    // Without a scheme, a path may have two slashes and an address behind them.
    const isUrl = text[at - 1] === ':' || text.slice(start, last).includes(':');
    return isHidden || !isUrl ? undefined : { start, end: last };
  }

  /** A password with an unescaped slash in it: the last `@` before the next space is where it ends. */
  #findLastAt(text: string, from: number): number {
    if (from >= this.#runEnd) {
      this.#runEnd = skip(text, from, (code) => !endsUrl(code));
      const run = text.slice(from, this.#runEnd).lastIndexOf('@');
      this.#lastAt = run < 0 ? -1 : from + run;
    }
    return this.#lastAt >= from ? this.#lastAt : -1;
  }

  /** The same in a URL that is the parameter of another one. */
  #findEncoded(text: string, at: number): Span | undefined {
    if (!/^%2f%2f$/i.test(text.slice(at, at + 6))) return undefined;
    const start = at + 6;
    let last = -1;
    let end = start;
    for (; end < text.length && !endsUrl(text.charCodeAt(end)) && text.charCodeAt(end) !== 0x26 /* & */; end++) {
      if (text.charCodeAt(end) !== 0x25 /* % */) continue;
      const code = text.slice(end + 1, end + 3).toLowerCase();
      if (code === '40') last = end;
      else if (code === '2f' || code === '3f' || code === '23' || code === '26') break;
    }
    return last > start && !text.startsWith(REDACTED, start) ? { start, end: last } : undefined;
  }
}

const AT = 0x40;

/** Space, quote or angle bracket. */
function endsUrl(code: number): boolean {
  return isSpaceCode(code) || code === 0x22 || code === 0x27 || code === 0x60 || code === 0x3c || code === 0x3e;
}

function endsAuthority(code: number): boolean {
  return endsUrl(code) || code === 0x2f || code === 0x3f || code === 0x23;
}

/** Whether what is behind the last colon of `host:port` is no port: then it is the beginning of a password. */
function hasOddPort(text: string, start: number, end: number): boolean {
  const authority = text.slice(start, end);
  const colon = authority.lastIndexOf(':');
  return colon >= 0 && end < text.length && !/^(?:\d{0,5}|[^\]]*\])$/.test(authority.slice(colon + 1));
}

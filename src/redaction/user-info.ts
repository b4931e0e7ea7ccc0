import { isSpaceCode, isWordCode, skip, skipBack } from './characters.js';
import { CUT_MARK, REDACTED, type Span } from './values.js';

/** Finds credentials in URLs. Remembers how far it has looked, so that each part of a text is looked at once. */
export class UserInfoFinder {
  #runEnd = -1;
  #lastAt = -1;

  /** The user and password of a URL whose `//` is at `at`. */
  find(text: string, at: number): Span | undefined {
    SLASHES.lastIndex = at;
    if (!SLASHES.test(text)) return this.#findEncoded(text, at);
    const start = SLASHES.lastIndex;
    let end = start;
    let last = -1;
    for (; end < text.length && !endsAuthority(text.charCodeAt(end)); end++) {
      if (text.charCodeAt(end) === AT) last = end;
    }
    if (last < 0 && hasOddPort(text, start, end)) last = this.#findLastAt(text, at, end);
    if (last <= start) return this.#findCut(text, start, end);
    const isHidden = last - start === REDACTED.length && text.startsWith(REDACTED, start);
    // Without a scheme, a path may have two slashes and an address behind them.
    const before = text.slice(Math.max(0, at - MAX_SCHEME_END_CHARS), at);
    const isUrl = SCHEME_END.test(before) || text.slice(start, last).includes(':');
    return isHidden || !isUrl ? undefined : { start, end: last };
  }

  /**
   * A password with an unescaped slash in it: the last `@` before the next space is where it ends. With a quote, an angle
   * bracket or a space in it: an `@` nearby that a host follows, unless the sign closes what opened before the URL.
   */
  #findLastAt(text: string, at: number, from: number): number {
    if (endsUrl(text.charCodeAt(from))) return closesUrl(text, at, from) ? -1 : findHostBehind(text, from);
    this.#findRunEnd(text, from);
    return this.#lastAt >= from ? this.#lastAt : -1;
  }

  /** Where the run without spaces, quotes and angle brackets ends that `from` is in. Each run is read once. */
  #findRunEnd(text: string, from: number): number {
    if (from >= this.#runEnd) {
      this.#runEnd = skip(text, from, (code) => !endsUrl(code));
      const run = text.slice(from, this.#runEnd).lastIndexOf('@');
      this.#lastAt = run < 0 ? -1 : from + run;
    }
    return this.#runEnd;
  }

  /** A user and the beginning of a password, where the text was cut before the `@`. */
  #findCut(text: string, start: number, authorityEnd: number): Span | undefined {
    const isOdd = !endsUrl(text.charCodeAt(authorityEnd)) && hasOddPort(text, start, authorityEnd);
    const mark = (isOdd ? this.#findRunEnd(text, authorityEnd) : authorityEnd) - CUT_HEAD.length;
    if (mark <= start || !text.startsWith(CUT_MARK, mark)) return undefined;
    // The mark has a colon too.
    const hasUser = text.indexOf(':', start) < mark;
    return hasUser && !text.startsWith(REDACTED, start) ? { start, end: mark } : undefined;
  }

  /** The same in a URL that is the parameter of another one. */
  #findEncoded(text: string, at: number): Span | undefined {
    ENCODED_SLASHES.lastIndex = at;
    if (!ENCODED_SLASHES.test(text)) return undefined;
    const start = ENCODED_SLASHES.lastIndex;
    let last = -1;
    let end = start;
    for (; end < text.length && !endsUrl(text.charCodeAt(end)) && text.charCodeAt(end) !== 0x26 /* & */; end++) {
      if (text.charCodeAt(end) !== 0x25 /* % */) continue;
      let level = end;
      for (let i = 0; i < 3 && text.startsWith('25', level + 1); i++) level += 2;
      const code = text.slice(level + 1, level + 3).toLowerCase();
      if (code === '40') last = end;
      else if (code === '2f' || code === '3f' || code === '23' || code === '26') break;
    }
    if (last < 0 && text.startsWith(CUT_MARK, end - CUT_HEAD.length)) last = end - CUT_HEAD.length;
    return last > start && !text.startsWith(REDACTED, start) ? { start, end: last } : undefined;
  }
}

/** Without its space, at which a URL ends. */
const CUT_HEAD = CUT_MARK.trimEnd();

/** Whether the sign at `end` closes the quotes or brackets that the URL stands in. */
function closesUrl(text: string, slashes: number, end: number): boolean {
  const scheme = skipBack(text, slashes, Math.max(0, slashes - MAX_BEFORE_CHARS), isSchemeCode);
  const sign = text[end] ?? '';
  return text[scheme - 1] === (sign === '>' ? '<' : sign) && !isSpaceCode(text.charCodeAt(end));
}

function isSchemeCode(code: number): boolean {
  return isWordCode(code) || code === 0x3a || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x5c;
}

const MAX_BEFORE_CHARS = 32;

/** The last `@` in the next few units, on the same line and before another URL, that a host follows; -1 where there is none. */
function findHostBehind(text: string, from: number): number {
  const [rest = ''] = /^[^\r\n]*?(?=\/\/|[\r\n]|$)/.exec(text.slice(from, from + MAX_REST_CHARS)) ?? [];
  const [before] = /^[^]*@(?=[\w.-]+(?:[:/?#\s"'`\\)]|$)|\[[\da-fA-F:])/.exec(rest) ?? [];
  return before === undefined ? -1 : from + before.length - 1;
}

const MAX_REST_CHARS = 128;

const AT = 0x40;
/** Two slashes, as they are or as JSON may write them. */
const SLASHES = /\/\\{0,7}\/|\\u002f\\{0,7}(?:u002f|\/)/iy;
const ENCODED_SLASHES = /%(?:25){0,3}2f%(?:25){0,3}2f/iy;
/** What ends a scheme before them. */
const SCHEME_END = /(?::|u003a)\\{0,7}$/i;
const MAX_SCHEME_END_CHARS = 12;

/** Space, quote or angle bracket. */
function endsUrl(code: number): boolean {
  return isSpaceCode(code) || code === 0x22 || code === 0x27 || code === 0x60 || code === 0x3c || code === 0x3e;
}

function endsAuthority(code: number): boolean {
  return endsUrl(code) || code === 0x2f || code === 0x3f || code === 0x23;
}

/** Whether what is behind the last colon of `host:port` is no port: then it is the beginning of a password. */
function hasOddPort(text: string, start: number, end: number): boolean {
  const authority = text.slice(start, end).replace(/\\{1,7}$/, '');
  const colon = authority.lastIndexOf(':');
  return colon >= 0 && end < text.length && !/^(?:\d{0,5}|[^\]]*\])$/.test(authority.slice(colon + 1));
}

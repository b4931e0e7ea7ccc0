import { isBlankCode, isNameCode, isQuoteCode, isSpaceCode, isWordCode, skip, skipBack } from './characters.js';
import type { KeyJudge } from './key-judge.js';
import { findName, followsBracket, type FoundName } from './names.js';
import { findJwt, findPrivateKey, findSchemeCredentials, UserInfoFinder } from './patterns.js';
import { findValue, isHarmlessValue, REDACTED, type Span } from './values.js';
import { NAME_KEYS, PROSE_AFTER_SECRET, URL_SECRETS, type Verdict } from './words.js';

/** Shorter texts have no room for a secret and its name. */
const MIN_TEXT_CHARS = 5;

/**
 * The text with `[redacted]` for each secret in it; the very same string where there is none. The steps it takes grow
 * with the length of the text and with nothing else.
 */
export function redactText(text: string, judge: KeyJudge): string {
  return text.length < MIN_TEXT_CHARS || !judge.isSuspicious(text) ? text : new TextScan(text, judge).redact();
}

/** The units at which something may begin, or a name end. What follows rules most out; looking behind would be dear. */
const TRIGGER = /[=:>%,]|\/(?=\/)|-(?=-)|e(?=yJ)|[bB](?=[aA][sS]|[eE][aA])/g;

const SEPARATOR_PERCENT = /^%(?:25){0,3}3[ad]/i;
const MAX_SEPARATOR_CHARS = 9;
const COOKIE_HEADER = /cookies?$/i;
const AUTHORIZATION_HEADER = /authori[sz]ation$/i;
/** Units between the name and the value of an entry: `name: 'X-Plex-Token', value: 'abc'`. */
const MAX_GAP_CHARS = 16;

/** One pass over one text, from left to right. */
class TextScan {
  readonly #text: string;
  readonly #judge: KeyJudge;
  readonly #userInfo = new UserInfoFinder();
  #output = '';
  /** What is before this is in the output. */
  #copied = 0;
  /** What is before this belongs to an earlier name or value. */
  #floor = 0;
  #jwtFloor = 0;
  /** Where the name ended that says that the value beside it is a secret. */
  #namedAt = -1;

  constructor(text: string, judge: KeyJudge) {
    this.#text = text;
    this.#judge = judge;
  }

  redact(): string {
    const text = this.#text;
    for (let at = findTrigger(text, 0); at >= 0;) {
      const span = this.#detect(text.charCodeAt(at), at);
      if (span === undefined) {
        at = findTrigger(text, at + 1);
        continue;
      }
      this.#output += text.slice(this.#copied, span.start) + REDACTED;
      this.#copied = span.end;
      this.#floor = span.end;
      at = findTrigger(text, Math.max(at + 1, span.end));
    }
    return this.#copied === 0 ? text : this.#output + text.slice(this.#copied);
  }

  #detect(trigger: number, at: number): Span | undefined {
    const text = this.#text;
    switch (trigger) {
      case 0x65: // e
        return this.#detectJwt(at);
      case 0x42: // B
      case 0x62: // b
        return isWordCode(text.charCodeAt(at - 1)) ? undefined : findSchemeCredentials(text, at);
      case 0x2f: // slash
        return this.#userInfo.find(text, at);
      case 0x2d: // hyphen
        return findPrivateKey(text, at) ?? this.#detectOption(at);
      case 0x25: // percent
        return this.#userInfo.find(text, at) ?? this.#detectPercent(at);
      case 0x3e: // greater-than
        return this.#detectElement(at);
      case 0x2c: // comma
        return isQuoteCode(text.charCodeAt(at - 1)) ? this.#detectPair(at) : undefined;
      default:
        return this.#detectAssignment(at, at + 1);
    }
  }

  #detectJwt(at: number): Span | undefined {
    if (at < this.#jwtFloor) return undefined;
    const jwt = findJwt(this.#text, at);
    if (jwt === undefined) return undefined;
    this.#jwtFloor = jwt.end;
    return jwt.start === jwt.end ? undefined : jwt;
  }

  /** `name=value`, `name: value`, `"name":"value"`, `name => value`. */
  #detectAssignment(at: number, valueAt: number): Span | undefined {
    const text = this.#text;
    const found = findName(text, at, this.#floor);
    let start = valueAt;
    // `:=`, `==`, `=>`
    while (start < valueAt + 2 && (text[start] === '=' || text[start] === '>')) start++;
    this.#floor = start;
    if (found === undefined) return undefined;
    const verdict = this.#judgeFound(found);
    if (verdict === 'plain') return undefined;
    if (verdict === 'name') return this.#noteName(found, start);
    if (verdict === 'value' && !this.#isNamed(found)) return undefined;
    // "auth: failed" is a sentence, auth=user:password is not.
    if (verdict === 'text' && text[at] === ':' && !this.#isQuotedAt(start)) return undefined;
    return this.#hide(start, found, verdict, isHeader(found, text[at]));
  }

  #hide(at: number, found: FoundName, verdict: Verdict, wholeLine = false): Span | undefined {
    const value = findValue(this.#text, at, {
      wholeLine,
      inUrl: found.inUrl,
      before: this.#text[found.start - 1],
    });
    return value.end <= value.start || isHarmlessValue(this.#text, value, verdict) ? undefined : value;
  }

  #judgeFound({ name, inUrl }: FoundName): Verdict {
    const verdict = this.#judge.judge(name);
    if (!inUrl || verdict !== 'plain') return verdict;
    return URL_SECRETS.has(name.toLowerCase().replaceAll('-', '')) ? 'secret' : 'plain';
  }

  /** `name: 'X-Plex-Token'` says what the entry `value` after it is. */
  #noteName(found: FoundName, at: number): undefined {
    if (!NAME_KEYS.has(found.name.toLowerCase()) || !this.#isQuotedAt(at)) return;
    const value = findValue(this.#text, at, { wholeLine: false, inUrl: false, before: undefined });
    if (value.end - value.start > MAX_HEADER_CHARS) return;
    if (isSecret(this.#judge.judge(this.#text.slice(value.start, value.end)))) this.#namedAt = value.end;
  }

  #isNamed({ start }: FoundName): boolean {
    return this.#namedAt >= 0 && start - this.#namedAt <= MAX_GAP_CHARS;
  }

  #isQuotedAt(at: number): boolean {
    let i = skip(this.#text, at, isBlankCode);
    while (this.#text[i] === '\\') i++;
    return isQuoteCode(this.#text.charCodeAt(i));
  }

  /** Whether a colon follows what is in quotes. */
  #isNameAt({ end }: Span): boolean {
    const quote = skip(this.#text, end, (code) => code === 0x5c);
    return this.#text[skip(this.#text, quote + 1, isBlankCode)] === ':';
  }

  /** `token%3Dabc`, in a URL within a URL, and the same with a colon. */
  #detectPercent(at: number): Span | undefined {
    const separator = SEPARATOR_PERCENT.exec(this.#text.slice(at, at + MAX_SEPARATOR_CHARS));
    return separator === null ? undefined : this.#detectAssignment(at, at + separator[0].length);
  }

  /** `<Password>value</Password>`. */
  #detectElement(at: number): Span | undefined {
    const text = this.#text;
    const found = findName(text, at, this.#floor);
    if (found === undefined || found.quote !== undefined) return undefined;
    const prefix = text[found.start - 1] === ':' ? skipBack(text, found.start - 1, 0, isNameCode) : found.start;
    if (text[prefix - 1] !== '<') return undefined;
    this.#floor = at + 1;
    const verdict = this.#judge.judge(found.name);
    if (!isSecret(verdict)) return undefined;
    const end = text.indexOf('<', at + 1);
    const value = { start: at + 1, end: end < 0 ? text.length : end };
    return isHarmlessValue(text, value, verdict) ? undefined : value;
  }

  /** `['X-Plex-Token', 'value']`, and such pairs in a flat list of headers. */
  #detectPair(at: number): Span | undefined {
    const text = this.#text;
    const start = skip(text, at + 1, isSpaceCode);
    if (!this.#isQuotedAt(start)) return undefined;
    const found = findName(text, at, this.#floor);
    if (found?.quote === undefined || !isSecret(this.#judge.judge(found.name))) return undefined;
    // A sentence may list "password", "email"; in a list, and with the name of a header, it is a pair.
    const isPair = followsBracket(text, found.start) || /-|^(?:authorization|cookie)$/i.test(found.name);
    const value = isPair ? this.#hide(start, found, 'secret') : undefined;
    // "name":"X-Plex-Token","value":… goes on with a name.
    return value === undefined || this.#isNameAt(value) ? undefined : value;
  }

  /** `--password value` of a command line. */
  #detectOption(at: number): Span | undefined {
    const text = this.#text;
    // Within a name it is no option, and would be looked at once for each pair of hyphens.
    if (isNameCode(text.charCodeAt(at - 1))) return undefined;
    const end = skip(text, at + 2, isNameCode);
    if (end === at + 2 || !isBlankCode(text.charCodeAt(end)) || text[end + 1] === '-') return undefined;
    const name = text.slice(at + 2, end);
    if (!isSecret(this.#judge.judge(name))) return undefined;
    const value = this.#hide(end, { name, start: at, quote: undefined, inUrl: false }, 'secret');
    // "--token is required" is a sentence.
    return value !== undefined && PROSE_AFTER_SECRET.has(text.slice(value.start, value.end)) ? undefined : value;
  }
}

/** The next trigger from `from` on; -1 where there is none. */
function findTrigger(text: string, from: number): number {
  TRIGGER.lastIndex = from;
  return TRIGGER.test(text) ? TRIGGER.lastIndex - 1 : -1;
}

/** Whether the rest of the line belongs to the value. In a query or a row of pairs it does for cookies only. */
function isHeader({ name, quote, inUrl }: FoundName, separator: string | undefined): boolean {
  if (quote !== undefined || inUrl) return false;
  const end = name.slice(-MAX_HEADER_CHARS);
  return COOKIE_HEADER.test(end) || (separator === ':' && AUTHORIZATION_HEADER.test(end));
}

/** Longest name that is compared with those of headers. */
const MAX_HEADER_CHARS = 64;

/** Whether the verdict is that the value has to be hidden. */
export function isSecret(verdict: Verdict): boolean {
  return verdict === 'secret' || verdict === 'countable' || verdict === 'text';
}

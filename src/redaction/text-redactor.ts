import { isBlankCode, isNameCode, isQuoteCode, isSpaceCode, skip, skipBack } from './characters.js';
import type { KeyJudge } from './key-judge.js';
import { findElementName, findElementValue } from './elements.js';
import { endsEscape, findColor, skipColors, isSpelledAt, skipBackslashes } from './escapes.js';
import { findName, followsBracket, type FoundName } from './names.js';
import { findJwt, findPrivateKey, findSchemeCredentials, findPairCredentials } from './patterns.js';
import { redactCommandLines } from './command-lines.js';
import { redactStatements } from './statements.js';
import { redactTokens } from './tokens.js';
import { UserInfoFinder } from './user-info.js';
import { findValue, isHarmlessValue, REDACTED, type Span } from './values.js';
import { NAME_KEYS, PROSE_AFTER_SECRET, URL_SECRETS, type Verdict } from './words.js';

/** Shorter texts have no room for a secret and its name. */
const MIN_TEXT_CHARS = 5;

/**
 * The text with `[redacted]` for each secret in it; the very same string where there is none. The steps it takes grow
 * with the length of the text and with nothing else.
 */
export function redactText(text: string, judge: KeyJudge): string {
  if (text.length < MIN_TEXT_CHARS) return text;
  const shown = redactCommandLines(redactTokens(text));
  return judge.isSuspicious(shown) ? new TextScan(redactStatements(shown, judge), judge).redact() : shown;
}

/** The units at which something may begin, or a name end. What follows rules most out; looking behind would be dear. */
const TRIGGER =
  /[=:>%,]|\/(?=\\{0,7}\/)|\\(?=u00(?:2[fF]|3[aAdD])|x3[aAdD])|-(?=-)|e(?=yJ)|[bB](?=[aA][sS]|[eE][aA])|[nN](?=[eE][gG]|[tT][lL])|[dD](?=ig)|[aA](?=[wW][sS]4)|[gG](?=[oO][oO][gG]4)|[hH](?=awk )|[oO](?=[aA]uth )|[sS](?=ignature |haredA)|[TKSP](?=(?:oken|ey|ecret|assword)[ \t])|[vV](?=apid )|M(?=AC )|[xX](?=-)|[-_](?=(?:token|key|secret|password|Token|Key|Secret|Password|TOKEN|KEY|SECRET|PASSWORD)[ \t])/g;

const SEPARATOR_PERCENT = /^%(?:25){0,3}3[ad]/i;
const MAX_SEPARATOR_CHARS = 9;
const SEPARATOR_ESCAPE = /^\\(?:u00|x)3[ad]/i;
const COOKIE_HEADER = /cookies?$/i;
const AUTHORIZATION_HEADER = /authori[sz]ation$/i;
/** What of a value is read to tell a login's code from the code of a country or an error. */
const MAX_SHORT_CODE_CHARS = 16;
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
  #isLogin: boolean | undefined;

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
      case 0x78: // x
      case 0x58: // X
        return this.#detectHeader(at);
      case 0x5f: // underscore
        return this.#detectNamed(at);
      case 0x2f: // slash
        return this.#userInfo.find(text, at);
      case 0x2d: // hyphen
        return findPrivateKey(text, at) ?? this.#detectOption(at) ?? this.#detectNamed(at);
      case 0x5c: // backslash
        return this.#userInfo.find(text, at) ?? this.#detectEscaped(at);
      case 0x25: // percent
        return this.#userInfo.find(text, at) ?? this.#detectPercent(at);
      case 0x3e: // greater-than
        return this.#detectElement(at);
      case 0x2c: // comma
        return isQuoteCode(text.charCodeAt(at - 1)) || findColor(text, at) >= 0 ? this.#detectPair(at) : undefined;
      case 0x3d: // equals sign
      case 0x3a: // colon
        return this.#detectAssignment(at, at + 1);
      case 0x54: // T
      case 0x4b: // K
      case 0x50: // P
        return this.#detectCapitalized(at);
      case 0x53: // S
        return this.#detectCapitalized(at) ?? findPairCredentials(text, at);
      default:
        return findSchemeCredentials(text, at) ?? findPairCredentials(text, at);
    }
  }

  /** `X-Plex-Token value`, without a colon. */
  #detectHeader(at: number): Span | undefined {
    const text = this.#text;
    // Within a name it would be looked at once for each part.
    return isWithinName(text, at) ? undefined : this.#hideNamed(at, skipName(text, at), isHeaderValue);
  }

  /** `plex_token value`: words of a sentence are no values. */
  #detectNamed(at: number): Span | undefined {
    const text = this.#text;
    const start = skipBack(text, at, Math.max(this.#floor, at - MAX_HEADER_CHARS), isNameCode);
    return this.#hideNamed(start, skipName(text, at), isOpaque);
  }

  /** `authToken value`. Behind a hyphen or an underscore the trigger before has found it. */
  #detectCapitalized(at: number): Span | undefined {
    return /[a-z\d]/.test(this.#text[at - 1] ?? '') ? this.#detectNamed(at) : undefined;
  }

  #hideNamed(start: number, end: number, isValue: (value: string) => boolean): Span | undefined {
    const text = this.#text;
    const gap = skipColors(text, end);
    if (end - start > MAX_HEADER_CHARS || !isBlankCode(text.charCodeAt(gap))) return undefined;
    const name = text.slice(start, end);
    if (!isSecret(this.#judge.judge(name))) return undefined;
    // The beginning of the value decides. What is refused was not read to its end, which may be that of the text.
    const { head, value } = this.#peek(gap, MAX_HEADER_CHARS);
    if (!isValue(head.slice(value.start, value.end))) return undefined;
    return this.#hide(gap, { name, start, quote: undefined, inUrl: false }, 'secret');
  }

  /** The value at `at`, spaces aside, as far as it is in the next few units. */
  #peek(at: number, chars: number): { readonly head: string; readonly value: Span } {
    const start = skip(this.#text, at, isBlankCode);
    const head = this.#text.slice(start, start + chars);
    return { head, value: findValue(head, 0, { wholeLine: false, inUrl: false, before: undefined }) };
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

  #judgeFound(found: FoundName): Verdict {
    const verdict = this.#judgeName(found);
    // Of two ways to read it, the one that hides.
    return verdict !== 'plain' || found.unescaped === undefined
      ? verdict
      : this.#judgeName({
          ...found,
          name: found.unescaped,
          start: found.start + found.name.length - found.unescaped.length,
        });
  }

  #judgeName({ name, inUrl, start }: FoundName): Verdict {
    const verdict = this.#judge.judge(name);
    if (verdict !== 'plain') return verdict;
    const plain = name.toLowerCase().replaceAll('-', '');
    // The code of an OAuth login; elsewhere a code is that of an error or an answer.
    if (plain === 'code') {
      return (inUrl || this.#isForm(start)) && this.#isLoginCode(start + name.length) ? 'secret' : 'plain';
    }
    return inUrl && URL_SECRETS.has(plain) ? 'secret' : 'plain';
  }

  /** Whether the text is the body of a request for a token: `code=…&grant_type=authorization_code`, or JSON. */
  #isForm(at: number): boolean {
    this.#isLogin ??= /grant_type|authorization_code|code_verifier/i.test(this.#text);
    return this.#isLogin || (at === 0 && /^code=[^\s&]+&/.test(this.#text));
  }

  #isLoginCode(end: number): boolean {
    const value = this.#text.slice(end, end + MAX_SHORT_CODE_CHARS).replace(/^(?:=|%3[dD]|["'\\]*\s*:\s*["'\\]*)/, '');
    // The number of an error, a country or a currency, an error of the system.
    return !/^(?:\d{1,5}|[A-Za-z]{2,3}|E[A-Z_]{3,})(?:[&#\s"']|$)/.test(value);
  }

  /** `name: 'X-Plex-Token'` says what the entry `value` after it is. */
  #noteName(found: FoundName, at: number): undefined {
    if (!NAME_KEYS.has(found.name.toLowerCase()) || !this.#isQuotedAt(at)) return;
    const { head, value } = this.#peek(at, MAX_HEADER_CHARS);
    if (value.end === head.length) return;
    const start = skip(this.#text, at, isBlankCode);
    if (isSecret(this.#judge.judge(head.slice(value.start, value.end)))) this.#namedAt = start + value.end;
  }

  #isNamed({ start }: FoundName): boolean {
    return this.#namedAt >= 0 && start - this.#namedAt <= MAX_GAP_CHARS;
  }

  #isQuotedAt(at: number): boolean {
    const start = skipColors(this.#text, skip(this.#text, at, isBlankCode));
    return isQuoteCode(this.#text.charCodeAt(skipBackslashes(this.#text, start))) || isSpelledAt(this.#text, start);
  }

  /** Whether a colon follows what is in quotes, which is as short as a name. */
  #isNameAt(at: number): boolean {
    const { head, value } = this.#peek(at, MAX_QUOTED_NAME_CHARS);
    const quote = skip(head, value.end, (code) => code === 0x5c);
    return head[skip(head, quote + 1, isBlankCode)] === ':';
  }

  /** `token%3Dabc`, in a URL within a URL, and the same with a colon. */
  #detectPercent(at: number): Span | undefined {
    const separator = SEPARATOR_PERCENT.exec(this.#text.slice(at, at + MAX_SEPARATOR_CHARS));
    return separator === null ? undefined : this.#detectAssignment(at, at + separator[0].length);
  }

  /** `token\u003dabc`, in JSON that was made for HTML. */
  #detectEscaped(at: number): Span | undefined {
    const text = this.#text;
    const [separator] = SEPARATOR_ESCAPE.exec(text.slice(at, at + MAX_SEPARATOR_CHARS)) ?? [];
    if (separator === undefined) return undefined;
    return this.#detectAssignment(
      skipBack(text, at, this.#floor, (code) => code === 0x5c),
      at + separator.length,
    );
  }

  /** `<Password>value</Password>`. */
  #detectElement(at: number): Span | undefined {
    const name = findElementName(this.#text, at);
    if (name === undefined) return undefined;
    this.#floor = Math.max(this.#floor, at + 1);
    const verdict = this.#judge.judge(name);
    if (!isSecret(verdict)) return undefined;
    const value = findElementValue(this.#text, at + 1);
    return isHarmlessValue(this.#text, value, verdict) ? undefined : value;
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
    // "name":"X-Plex-Token","value":… goes on with a name.
    return isPair && !this.#isNameAt(start) ? this.#hide(start, found, 'secret') : undefined;
  }

  /** `--password value` of a command line. */
  #detectOption(at: number): Span | undefined {
    const text = this.#text;
    // Within a name it is no option, and would be looked at once for each pair of hyphens.
    if (isWithinName(text, at)) return undefined;
    const end = skipName(text, at + 2);
    const gap = skipColors(text, end);
    if (end === at + 2 || !isBlankCode(text.charCodeAt(gap)) || text[gap + 1] === '-') return undefined;
    const name = text.slice(at + 2, end);
    if (!isSecret(this.#judge.judge(name))) return undefined;
    const value = this.#hide(gap, { name, start: at, quote: undefined, inUrl: false }, 'secret');
    // "--token is required" is a sentence.
    return value !== undefined && PROSE_AFTER_SECRET.has(text.slice(value.start, value.end)) ? undefined : value;
  }
}

/** The next trigger from `from` on; -1 where there is none. */
function findTrigger(text: string, from: number): number {
  TRIGGER.lastIndex = from;
  return TRIGGER.test(text) ? TRIGGER.lastIndex - 1 : -1;
}

/** Whether the unit before is one of a name, and of no escape. */
function isWithinName(text: string, at: number): boolean {
  return isNameCode(text.charCodeAt(at - 1)) && !endsEscape(text, at);
}

/** Behind the name at `at`, but no further than a name is long: there may be a trigger at each unit of it. */
function skipName(text: string, at: number): number {
  let end = at;
  while (end - at <= MAX_HEADER_CHARS && isNameCode(text.charCodeAt(end))) end++;
  return end;
}

/** Whether the rest of the line belongs to the value. In a query or a row of pairs it does for cookies only. */
function isHeader({ name, quote, inUrl }: FoundName, separator: string | undefined): boolean {
  if (quote !== undefined || inUrl) return false;
  const end = name.slice(-MAX_HEADER_CHARS);
  return COOKIE_HEADER.test(end) || (separator === ':' && AUTHORIZATION_HEADER.test(end));
}

function isHeaderValue(value: string): boolean {
  return !PROSE_AFTER_SECRET.has(value.toLowerCase());
}

/** Whether a value has what words have not: a digit among letters, in some length. */
function isOpaque(value: string): boolean {
  return value.length >= MIN_OPAQUE_CHARS && /\d/.test(value) && /[A-Za-z]/.test(value) && !/[:/]/.test(value);
}

const MIN_OPAQUE_CHARS = 8;

/** Longest name in quotes, with the quotes and the colon. */
const MAX_QUOTED_NAME_CHARS = 128;

/** Longest name that is compared with those of headers. */
const MAX_HEADER_CHARS = 64;

/** Whether the verdict is that the value has to be hidden. */
export function isSecret(verdict: Verdict): boolean {
  return verdict === 'secret' || verdict === 'countable' || verdict === 'text';
}

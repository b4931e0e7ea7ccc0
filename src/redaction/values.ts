import {
  codesOf,
  isBlankCode,
  isDigitCode,
  isNameCode,
  isQuoteCode,
  isSpaceCode,
  isWordCode,
  skip,
  skipBack,
} from './characters.js';
import { skipColors, findSpelled } from './escapes.js';
import { findPairsEnd } from './patterns.js';
import { AUTH_SCHEMES, PROSE_AFTER_SECRET, type Verdict } from './words.js';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';
/** What a text that was cut ends with; the number of what is left out, and a bracket, follow. */
export const CUT_MARK = '…[cut: ';

const BACKSLASH = 0x5c;
/** Words that stand for no value at all. */
const EMPTY_WORDS: ReadonlySet<string> = new Set(['false', 'nil', 'none', 'null', 'true', 'undefined']);
const MAX_EMPTY_WORD_CHARS = 9;
/** Longest number that is taken for a count. */
const MAX_COUNT_CHARS = 15;
/** Longest name in a row of `name=value` pairs that ends the value before it. */
const MAX_NAME_CHARS = 64;
const MAX_SCHEME_CHARS = 48;

/** A part of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

function isBackslash(code: number): boolean {
  return code === BACKSLASH;
}

const CLOSERS = codesOf(')]},;.');

function isCloser(code: number): boolean {
  return CLOSERS.has(code);
}

/** How a value is written. */
export interface ValueStyle {
  /** The rest of the line belongs to it, as in a header. */
  readonly wholeLine: boolean;
  /** It is a parameter of a URL. */
  readonly inUrl: boolean;
  /** The character before its name: a quote that opens there ends the line of a header. */
  readonly before: string | undefined;
}

/** The value that begins at `at`, spaces aside, without the quotes around it. Empty where there is none on the line. */
export function findValue(text: string, at: number, style: ValueStyle): Span {
  const start = findValueStart(text, at);
  if (text.startsWith(REDACTED, start) && !isWordCode(text.charCodeAt(start + REDACTED.length))) {
    return { start, end: start + REDACTED.length };
  }
  const open = skip(text, start, isBackslash);
  if (isQuoteCode(text.charCodeAt(open))) {
    return findTripleQuoted(text, open) ?? findQuoted(text, open, open - start);
  }
  const spelled = findSpelled(text, start);
  if (spelled !== undefined) return spelled;
  if (style.wholeLine && !'{[<'.includes(text[start] ?? ' ')) {
    const end = findHeaderEnd(text, start, style.before);
    if (end !== undefined) return { start, end };
  }
  return { start, end: findCredentialsEnd(text, start, style.inUrl) };
}

/** Behind spaces and colours; on the next line where a quote begins it, as `util.inspect` writes long values. */
function findValueStart(text: string, at: number): number {
  const start = skipColors(text, skip(text, at, isBlankCode));
  if (text[start] !== '\n' && text[start] !== '\r') return start;
  const next = skipColors(text, skip(text, start, isSpaceCode));
  return isQuoteCode(text.charCodeAt(next)) ? next : start;
}

/** What is in three quotes, over several lines; undefined where not so many open. Unclosed, to the end. */
function findTripleQuoted(text: string, open: number): Span | undefined {
  const quotes = (text[open] ?? '').repeat(3);
  if (!text.startsWith(quotes, open)) return undefined;
  const end = text.indexOf(quotes, open + 3);
  return { start: open + 3, end: end < 0 ? text.length : end };
}

/** What is in quotes that open at `open` behind so many backslashes. Unclosed, it ends with the line. */
function findQuoted(text: string, open: number, escapes: number): Span {
  const quote = text.charCodeAt(open);
  const start = open + 1;
  let i = start;
  let backslashes = 0;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) {
      backslashes++;
      continue;
    }
    if (code === 0x0a || (code === quote && closes(backslashes, escapes))) break;
    backslashes = 0;
  }
  return { start, end: i - Math.min(backslashes, escapes, i - start) };
}

/** Whether a quote ends a value, by the backslashes before it and those before the quote that began it. */
function closes(backslashes: number, escapes: number): boolean {
  return backslashes < escapes || (backslashes - escapes) % (2 * (escapes + 1)) === 0;
}

/** The brackets that open what an object, a list or a buffer is printed as. In ASCII their partners are two behind. */
const OPENING: ReadonlySet<number> = new Set([0x7b /* { */, 0x5b /* [ */, 0x3c /* < */]);

/** Behind the bracket that closes the one at `open`; the end of the text where none does. */
function findClosing(text: string, open: number): number {
  const opening = text.charCodeAt(open);
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === opening) depth++;
    else if (code === opening + 2 && --depth === 0) return i + 1;
  }
  return text.length;
}

/**
 * The end of a value without quotes. A word may follow (`Bearer abc`), or an object may (`Credentials { … }`,
 * `[Object: null prototype] { … }`).
 */
function findCredentialsEnd(text: string, start: number, inUrl: boolean): number {
  let from = skipBracketed(text, start);
  let end = findUnquotedEnd(text, from, inUrl);
  const next = skip(text, end, isBlankCode);
  const isObject = text.charCodeAt(next) === 0x7b /* { */ && looksLikeClass(text.charCodeAt(start));
  const word = text.slice(start, Math.min(end, start + MAX_SCHEME_CHARS + 1));
  if (next > end && end > start && (isObject || isScheme(word) || isPairScheme(word))) {
    const pairsEnd = isObject ? next : findPairsEnd(text, next);
    if (pairsEnd > next) return pairsEnd;
    if (!isObject && !isScheme(word)) return skipBack(text, end, from, isCloser);
    from = skipBracketed(text, next);
    end = findUnquotedEnd(text, from, inUrl);
  }
  // Brackets and stops at the end of a value belong to the sentence around it, unless they open in the value.
  return skipBack(text, end, from, isCloser);
}

/** Whether a word before an object in braces may be its class: it has a capital, or stands in brackets. */
function looksLikeClass(first: number): boolean {
  return (first >= 0x41 && first <= 0x5a) || OPENING.has(first);
}

function skipBracketed(text: string, at: number): number {
  return OPENING.has(text.charCodeAt(at)) && !text.startsWith('</', at) ? findClosing(text, at) : at;
}

function isPairScheme(word: string): boolean {
  return /^(?:digest|hawk|oauth|signature|mac|vapid|aws4-|goog4-)/i.test(word);
}

function isScheme(word: string): boolean {
  return AUTH_SCHEMES.has(word.toLowerCase());
}

/** Where a header's line ends; undefined where one word of credentials follows a known scheme, and then other text. */
function findHeaderEnd(text: string, start: number, before: string | undefined): number | undefined {
  const word = skip(text, start, isNameCode);
  const folded = findFoldedEnd(text, start, word);
  if (folded !== undefined) return folded;
  const isKnown = isBlankCode(text.charCodeAt(word)) && isScheme(text.slice(start, word));
  if (isKnown && isOneWord(text, word)) return undefined;
  let i = start;
  for (; i < text.length; i++) {
    const character = text[i];
    if (character === '\n' || character === '\r' || isLineEscape(text, i)) break;
    if (character === before && isQuoteCode(text.charCodeAt(i))) break;
  }
  return i;
}

/** The end of credentials that a header has on its next line, behind a known scheme. */
function findFoldedEnd(text: string, start: number, wordEnd: number): number | undefined {
  const lineEnd = skip(text, wordEnd, isBlankCode);
  const next = skip(text, text[lineEnd] === '\r' ? lineEnd + 1 : lineEnd, (code) => code === 0x0a);
  const isFolded = next > lineEnd && isBlankCode(text.charCodeAt(next));
  if (!isFolded || !isScheme(text.slice(start, wordEnd))) return undefined;
  const from = skip(text, next, isBlankCode);
  const end = skip(text, from, (code) => !isSpaceCode(code));
  // "at" begins the line of a stack.
  return end === from || PROSE_AFTER_SECRET.has(text.slice(from, end)) ? undefined : end;
}

/** Whether one word of credentials is at `at`, and no comma behind it: then other credentials follow. */
function isOneWord(text: string, at: number): boolean {
  const end = skip(text, skip(text, at, isBlankCode), (code) => !isSpaceCode(code));
  return text.charCodeAt(end - 1) !== COMMA && text.charCodeAt(skip(text, end, isBlankCode)) !== COMMA;
}

const COMMA = 0x2c;

/** A line break in a text that JSON or a debugger has printed. */
function isLineEscape(text: string, at: number): boolean {
  return text.charCodeAt(at) === BACKSLASH && (text[at + 1] === 'n' || text[at + 1] === 'r');
}

/**
 * A value without quotes ends at a space; at `&`, `,` and `;` where another pair or a space follows; and at a quote
 * that no letter follows. Passwords have such characters too, and half of one must not stay.
 */
function findUnquotedEnd(text: string, start: number, inUrl: boolean): number {
  let i = start;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isWordCode(code)) continue;
    if (isSpaceCode(code) || code === 0x3c /* < */) break;
    if (inUrl && (code === 0x26 /* & */ || code === 0x23) /* # */) break;
    if (code === 0x25 /* % */ && text.startsWith('26', i + 1)) break;
    if ((code === 0x26 || code === 0x2c || code === 0x3b) /* & , ; */ && startsPair(text, i + 1)) break;
    if (inUrl && code === BACKSLASH && (text.startsWith('u0026', i + 1) || text.startsWith('x26', i + 1))) break;
    const quote = code === BACKSLASH ? skip(text, i, isBackslash) : i;
    if (isQuoteCode(text.charCodeAt(quote)) && !isWordCode(text.charCodeAt(quote + 1))) break;
    // Over a run of backslashes, or each of them would look to its end.
    if (quote > i) i = quote - 1;
  }
  return i;
}

function startsPair(text: string, at: number): boolean {
  const start = skip(text, at, isQuoteCode);
  if (start >= text.length || isSpaceCode(text.charCodeAt(start))) return true;
  let i = start;
  while (i - start < MAX_NAME_CHARS && isNameCode(text.charCodeAt(i))) i++;
  return i > start && (text[i] === '=' || text[i] === ':' || isQuoteCode(text.charCodeAt(i)));
}

/** Whether the value is none that has to be hidden: empty, a mark, a count, or hidden already. */
export function isHarmlessValue(text: string, { start, end }: Span, verdict: Verdict): boolean {
  if (end - start === REDACTED.length && text.startsWith(REDACTED, start)) return true;
  let word = start;
  while (word < end && !isWordCode(text.charCodeAt(word))) word++;
  if (word === end) return true;
  if (verdict === 'countable' && isCount(text, start, end)) return true;
  return end - start <= MAX_EMPTY_WORD_CHARS && EMPTY_WORDS.has(text.slice(start, end).toLowerCase());
}

/** Whether the part of the text is a number that may be a count. */
export function isCount(text: string, start: number, end: number): boolean {
  if (end <= start || end - start > MAX_COUNT_CHARS) return false;
  let i = start;
  while (i < end && isDigitCode(text.charCodeAt(i))) i++;
  return i === end;
}

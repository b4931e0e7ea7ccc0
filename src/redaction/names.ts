import { isBlankCode, isDigitCode, isNameCode, isQuoteCode, isSpaceCode, skipBack } from './characters.js';
import { countEscapeChars, findColor, findSpelledBefore } from './escapes.js';
import { isCount } from './values.js';

/** A name in a text that a value follows. */
export interface FoundName {
  readonly name: string;
  /** The name without what may be the end of an escape before it: `\npass` in JSON. */
  readonly unescaped?: string;
  readonly start: number;
  /** The quote that it stands in. */
  readonly quote: string | undefined;
  /** Whether it is the name of a URL's parameter. */
  readonly inUrl: boolean;
}

/** Longest name in quotes, and the spaces before a separator. */
const MAX_NAME_CHARS = 128;
const BACKSLASH = 0x5c;
/** Last words that need the one before them to mean something: "api key: …", "session id = …". */
const NEEDS_WORD_BEFORE: ReadonlySet<string> = new Set(['id', 'key', 'keys', 'word', 'code', 'phrase']);
const MAX_INCOMPLETE_CHARS = 6;

/**
 * The name that ends before `at`, where a separator is.
 * @param floor Where the text begins for this name: each part is read once, however many separators there are.
 */
export function findName(text: string, at: number, floor: number): FoundName | undefined {
  const end = skipColorsBack(text, skipBack(text, at, floor, isBlankCode), floor);
  const quoted = findAnyQuotedName(text, end);
  if (quoted !== 'unquoted') return quoted;
  let start = skipBack(text, end, floor, isNameCode);
  // Most colons stand in times, ports and lines of source files.
  if (start === end || (isDigitCode(text.charCodeAt(start)) && isCount(text, start, end))) return undefined;
  if (end - start <= MAX_INCOMPLETE_CHARS && NEEDS_WORD_BEFORE.has(text.slice(start, end).toLowerCase())) {
    const before = skipBack(text, start, floor, isBlankCode);
    if (before < start) start = skipBack(text, before, floor, isNameCode);
  }
  const escapeChars = countEscapeChars(text, start, end);
  const escape = text.slice(start, start + escapeChars);
  const previous = text[start - 1] ?? '';
  const inUrl = escapeChars === 0 ? '?&#'.includes(previous || ' ') : /(?:3f|26|23)$/i.test(escape);
  // Its end decides; what is long is no name, but the end of something else.
  const name = decodeName(text.slice(Math.max(start, end - MAX_NAME_CHARS), end));
  const found = { name, start, quote: undefined, inUrl };
  return escapeChars === 0 ? found : { ...found, unescaped: name.slice(escapeChars) };
}

/** Before the colours that end at `end`, and the spaces before them. */
function skipColorsBack(text: string, end: number, floor: number): number {
  let i = end;
  for (let color = findColor(text, i); color >= floor && color >= 0; color = findColor(text, i)) {
    i = skipBack(text, color, floor, isBlankCode);
  }
  return i;
}

/** The name in quotes that ends before `end`, in whatever way they are written: `'a'`, `['a']`, `\u0022a\u0022`. */
function findAnyQuotedName(text: string, end: number): FoundName | undefined | 'unquoted' {
  if (end === 0) return 'unquoted';
  if (isQuoteCode(text.charCodeAt(end - 1))) return findQuotedName(text, end - 1);
  if (text[end - 1] === ']' && isQuoteCode(text.charCodeAt(end - 2))) return findQuotedName(text, end - 2);
  const mark = findSpelledBefore(text, end);
  return mark === undefined ? 'unquoted' : findSpelledName(text, end - mark.length, mark);
}

function findSpelledName(text: string, closing: number, mark: string): FoundName | undefined {
  const end = skipBack(text, closing, 0, (code) => code === BACKSLASH);
  const first = Math.max(0, end - MAX_NAME_CHARS);
  const at = text.slice(first, end).lastIndexOf(mark);
  if (at < 0) return undefined;
  return { name: text.slice(first + at + mark.length, end), start: first + at, quote: mark, inUrl: false };
}

/** The name whose closing quote is at `closing`, or nothing where no quote opens it close by. */
function findQuotedName(text: string, closing: number): FoundName | undefined {
  const quote = text[closing] ?? '';
  // In JSON within JSON the quotes are escaped.
  const end = skipBack(text, closing, 0, (code) => code === BACKSLASH);
  const first = Math.max(0, end - MAX_NAME_CHARS);
  for (let i = end - 1; i >= first; i--) {
    if (text[i] === quote) return { name: text.slice(i + 1, end), start: i, quote, inUrl: false };
  }
  return undefined;
}

/** Names in URLs may be percent-encoded; in a URL within a URL even the rest of it is. */
function decodeName(name: string): string {
  if (!name.includes('%')) return name;
  return name.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Whether what precedes the index, spaces aside, opens a list. */
export function followsBracket(text: string, at: number): boolean {
  const color = findColor(text, at);
  let i = color < 0 ? at : color;
  // A few: the list of an indented text is not worth a long search.
  for (let steps = 0; steps < MAX_NAME_CHARS && i > 0 && isSpaceCode(text.charCodeAt(i - 1)); steps++) i--;
  // The quote may be escaped.
  while (i > 0 && text.charCodeAt(i - 1) === BACKSLASH) i--;
  return text[i - 1] === '[';
}

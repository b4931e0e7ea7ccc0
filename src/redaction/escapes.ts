import { isDigitCode, isHexCode, isWordCode, skip } from './characters.js';
import type { Span } from './values.js';

/**
 * Escapes end with a letter or a digit that is no part of the word behind them: `\n` in a text of JSON, `\u003d`, `%253D`,
 * and what colours a terminal, `ESC[32m`. All that asks where a word begins asks here.
 */

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const ESC = 0x1b;
/** What follows a backslash in JSON, JavaScript and shells, in one letter. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('nrtbfv0ae', 'latin1'));
/** Times that a percent sign is encoded again: `%25253D`. */
const MAX_PERCENT_LEVELS = 3;
/** Longest `38;2;255;128;0` of a colour. */
const MAX_COLOR_CHARS = 24;
/** The sign ESC as JSON, `util.inspect` and shells print it. */
const PRINTED_ESC = ['\\u001b', '\\u001B', '\\x1b', '\\x1B', '\\033', '\\e'];
const COLORS = new RegExp(
  `(?:(?:${String.fromCharCode(ESC)}|\\\\{1,8}(?:u001b|x1b|033|e))\\[[\\d;]{0,24}[A-Za-z])+`,
  'iy',
);

/** Whether a word begins at `at`: no letter or digit is before it, or one that belongs to an escape. */
export function beginsWord(text: string, at: number): boolean {
  return !isWordCode(text.charCodeAt(at - 1)) || endsEscape(text, at);
}

/** Whether what is before `at` is an escape. */
export function endsEscape(text: string, at: number): boolean {
  const last = text.charCodeAt(at - 1);
  const before = text.charCodeAt(at - 2);
  if (before === BACKSLASH) return SHORT_ESCAPES.has(last);
  if (isHexCode(last) && isHexCode(before) && endsHexEscape(text, at)) return true;
  return findColor(text, at) >= 0;
}

/** `%3D`, `%253D`, `\x3d`, `\u003d`, `\033`. */
function endsHexEscape(text: string, at: number): boolean {
  let i = at - 3;
  for (let level = 0; level < MAX_PERCENT_LEVELS && text.startsWith('25', i - 1); level++) i -= 2;
  if (text.charCodeAt(i) === PERCENT || text.charCodeAt(at - 3) === PERCENT) return true;
  if (text.charCodeAt(at - 4) === BACKSLASH) return text[at - 3] === 'x' || text[at - 3] === '0';
  return text.charCodeAt(at - 6) === BACKSLASH && text[at - 5] === 'u';
}

/** Where the colour begins that ends before `at`; -1 where none does. */
export function findColor(text: string, at: number): number {
  if (!isLetterCode(text.charCodeAt(at - 1))) return -1;
  let i = at - 2;
  const first = i - MAX_COLOR_CHARS;
  while (i > first && (isDigitCode(text.charCodeAt(i)) || text.charCodeAt(i) === 0x3b) /* ; */) i--;
  if (text.charCodeAt(i) !== 0x5b /* [ */) return -1;
  if (text.charCodeAt(i - 1) === ESC) return i - 1;
  const printed = PRINTED_ESC.find((name) => text.endsWith(name, i));
  return printed === undefined ? -1 : i - printed.length;
}

/** Behind the colours that begin at `at`; `at` where none does. */
export function skipColors(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code !== ESC && code !== BACKSLASH) return at;
  COLORS.lastIndex = at;
  return COLORS.test(text) ? COLORS.lastIndex : at;
}

/** How many units of the name that begins at `start` belong to an escape before it. */
export function countEscapeChars(text: string, start: number, end: number): number {
  const before = text.charCodeAt(start - 1);
  // Cheap for nearly all names: `\`, ESC, or the middle of a colour.
  if (before !== BACKSLASH && before !== ESC && before !== 0x3b /* ; */) return 0;
  const last = Math.min(end - 1, start + MAX_COLOR_CHARS);
  let found = 0;
  for (let i = start + 1; i <= last; i++) if (endsEscape(text, i)) found = i - start;
  return found;
}

function isLetterCode(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

/** Quotes that are spelled out: `\u0022` and `\x22` in JSON and scripts, `&quot;` and `&#39;` in HTML. */

const OPENING = /(?:(\\{1,8})(u0022|u0027|x22|x27)|()(&(?:quot|apos|#34|#39|#x22|#x27);))/y;
const CLOSING = /(?:(?<=\\)(?:u0022|u0027|x22|x27)|&(?:quot|apos|#34|#39|#x22|#x27);)$/;
const MAX_MARK_CHARS = 6;

/** A quote that ends before `end`, without its backslash; undefined where none does. */
export function findSpelledBefore(text: string, end: number): string | undefined {
  const last = text.charCodeAt(end - 1);
  if (last !== 0x32 /* 2 */ && last !== 0x37 /* 7 */ && last !== 0x3b /* ; */) return undefined;
  return CLOSING.exec(text.slice(Math.max(0, end - MAX_MARK_CHARS), end))?.[0];
}

/** What is in quotes that are spelled out and open at `at`; undefined where none do. Unclosed, it ends with the line. */
export function findSpelled(text: string, at: number): Span | undefined {
  const first = text.charCodeAt(at);
  if (first !== BACKSLASH && first !== 0x26 /* & */) return undefined;
  OPENING.lastIndex = at;
  const [all, escape, escaped, , entity] = OPENING.exec(text) ?? [];
  if (all === undefined) return undefined;
  const mark = escaped ?? entity ?? '';
  const escapes = escape?.length ?? 0;
  const start = at + all.length;
  const end = findClosing(text, start, mark, escapes);
  const line = text.slice(start, end).indexOf('\n');
  return { start, end: line < 0 ? end : start + line };
}

/** Where the mark closes, before its backslashes: with more of them it is a quote within the value. */
function findClosing(text: string, start: number, mark: string, escapes: number): number {
  for (let i = text.indexOf(mark, start); i >= 0; i = text.indexOf(mark, i + mark.length)) {
    let end = i;
    while (end > start && text.charCodeAt(end - 1) === BACKSLASH) end--;
    if (i - end === escapes) return end;
  }
  return text.length;
}

/** Whether quotes that are spelled out open at `at`. */
export function isSpelledAt(text: string, at: number): boolean {
  OPENING.lastIndex = at;
  return OPENING.test(text);
}

/** Behind the backslashes at `at`. */
export function skipBackslashes(text: string, at: number): number {
  return skip(text, at, (code) => code === BACKSLASH);
}

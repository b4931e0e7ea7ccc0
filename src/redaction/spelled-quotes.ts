import { skip } from './characters.js';
import type { Span } from './values.js';

/** Quotes that are spelled out: `\u0022` and `\x22` in JSON and scripts, `&quot;` and `&#39;` in HTML. */

const BACKSLASH = 0x5c;
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

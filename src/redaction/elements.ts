import { isNameCode, skip, skipBack } from './characters.js';
import type { Span } from './values.js';

/** Elements of XML and HTML whose name says what is in them. */

/** Longest first tag that is looked back for. */
const MAX_TAG_CHARS = 256;
const TAG = /^<(?:[\w.-]{1,64}:)?([\w.-]{1,128})(?:\s[^<>]*)?$/;
const CDATA = '<![CDATA[';
const CDATA_END = ']]>';

/** The name of the element whose first tag ends with the `>` at `at`, without its prefix; undefined where none does. */
export function findElementName(text: string, at: number): string | undefined {
  // Arrows are many.
  if (text[at - 1] === '=' || text[at - 1] === '-' || text[at - 1] === '/') return undefined;
  let start = skipBack(text, at, Math.max(0, at - MAX_TAG_CHARS), isNameCode);
  if (text[start - 1] === ':') start = skipBack(text, start - 1, Math.max(0, at - MAX_TAG_CHARS), isNameCode);
  if (text[start - 1] === '<') start--;
  else start = skipBack(text, at, Math.max(0, at - MAX_TAG_CHARS), isTagCode) - 1;
  return start < 0 ? undefined : TAG.exec(text.slice(start, at))?.[1];
}

function isTagCode(code: number): boolean {
  return code !== 0x3c /* < */ && code !== 0x3e; /* > */
}

/** What is in the element, from `at` to its next tag; all of a CDATA section. */
export function findElementValue(text: string, at: number): Span {
  const first = skip(text, at, (code) => code <= 0x20);
  if (text.startsWith(CDATA, first)) {
    const end = text.indexOf(CDATA_END, first + CDATA.length);
    return { start: first + CDATA.length, end: end < 0 ? text.length : end };
  }
  const end = text.indexOf('<', at);
  return { start: at, end: end < 0 ? text.length : end };
}

/**
 * What the scanner asks of single UTF-16 units. All answer no for NaN, which is what lies beyond a text, and take what
 * is not ASCII for a letter.
 */

const WORD = 1;
const NAME = 2;
const TOKEN = 4;
const BLANK = 8;
const SPACE = 16;
const QUOTE = 32;
const RUN = 64;
const ASCII = 0x80;

const KINDS = new Uint8Array(ASCII);
addKind('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', WORD | NAME | TOKEN);
addKind('_-.$%[]', NAME);
addKind('_-.~+/=%:|', TOKEN);
addKind(' \t', BLANK | SPACE);
addKind('\n\u000b\f\r', SPACE);
addKind('"\'`', QUOTE);
addKind('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:~', RUN);

function addKind(characters: string, kind: number): void {
  for (const code of codesOf(characters)) KINDS[code] = (KINDS[code] ?? 0) | kind;
}

/** The units of some ASCII characters. */
export function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Buffer.from(characters, 'latin1'));
}

function is(code: number, kind: number): boolean {
  return code < ASCII && ((KINDS[code] ?? 0) & kind) !== 0;
}

/** Letter or digit. */
export function isWordCode(code: number): boolean {
  return is(code, WORD) || code >= ASCII;
}

/** Letter or digit of ASCII. */
export function isAsciiWordCode(code: number): boolean {
  return is(code, WORD);
}

/** What tokens are made of, with the signs that stand between their parts. */
export function isTokenRunCode(code: number): boolean {
  return is(code, RUN);
}

/** What a name in `name=value` is made of: letters, digits, and `_ - . $ % [ ]`. */
export function isNameCode(code: number): boolean {
  return is(code, NAME) || code >= ASCII;
}

/** What bearer tokens and base64 are made of. */
export function isTokenCode(code: number): boolean {
  return is(code, TOKEN);
}

/** Space or tab. */
export function isBlankCode(code: number): boolean {
  return is(code, BLANK);
}

/** Space, tab or line break. */
export function isSpaceCode(code: number): boolean {
  return is(code, SPACE);
}

/** `"`, `'` or the backtick. */
export function isQuoteCode(code: number): boolean {
  return is(code, QUOTE);
}

/** Digit. */
export function isDigitCode(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Digit of a hexadecimal number. */
export function isHexCode(code: number): boolean {
  return isDigitCode(code) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46);
}

/** The first index from `at` on whose unit is not accepted; the length where all are. */
export function skip(text: string, at: number, accepts: (code: number) => boolean): number {
  let i = at;
  while (i < text.length && accepts(text.charCodeAt(i))) i++;
  return i;
}

/** The first index of the units before `end` that are accepted, without going below `floor`. */
export function skipBack(text: string, end: number, floor: number, accepts: (code: number) => boolean): number {
  let i = end;
  while (i > floor && accepts(text.charCodeAt(i - 1))) i--;
  return i;
}

import { isBlankCode, isDigitCode, isTokenCode, isWordCode, skip } from './characters.js';
import { beginsWord } from './escapes.js';
import { PROSE_AFTER_SECRET } from './words.js';
import type { Span } from './values.js';

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
  if (!text.startsWith('eyJ', at) || !beginsWord(text, at)) return undefined;
  const end = skip(text, at, isJwtCode);
  const isJwt = end - at >= MIN_JWT_CHARS && text.slice(at, end - 1).includes('.');
  return isJwt ? { start: at, end } : { start: end, end };
}

function isJwtCode(code: number): boolean {
  return (isWordCode(code) && code < 0x80) || code === 0x2d || code === 0x2e || code === 0x5f;
}

const SCHEMES = ['bearer', 'basic', 'negotiate', 'ntlm'];

/** The credentials behind a `Bearer`, `Basic` or the like that begins at `at`, unless it is a word in a sentence. */
export function findSchemeCredentials(text: string, at: number): Span | undefined {
  if (!beginsWord(text, at)) return undefined;
  const scheme = SCHEMES.find((name) => text.slice(at, at + name.length).toLowerCase() === name);
  if (scheme === undefined) return undefined;
  const start = skipSchemeSpace(text, at + scheme.length);
  if (start === at + scheme.length) return undefined;
  const end = skip(text, start, isTokenCode);
  const isProse = scheme === 'bearer' ? isProseWord(text, start, end) : !looksEncoded(text, start, end);
  return end === start || isProse ? undefined : { start, end };
}

/** Behind the spaces, which are `%20` in a URL. */
function skipSchemeSpace(text: string, at: number): number {
  if (text[at] !== '%') return skip(text, at, isBlankCode);
  const [space = ''] = /^%(?:25){0,3}20/.exec(text.slice(at, at + MAX_PERCENT_CHARS)) ?? [];
  return at + space.length;
}

const MAX_PERCENT_CHARS = 9;
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

/** Schemes of an Authorization header that several `name="value"` follow, instead of one word. */
const PAIR_SCHEME =
  /(?:digest|hawk|oauth|signature|mac|vapid|token|sharedaccesssignature|(?:aws4|goog4)-[a-z0-9-]{4,40})(?=[ \t])/iy;
const PAIR = /[\w.-]{1,64}[ \t]*=[ \t]*(?:\\{0,8}"[^"\n]*"?|[^\s,"']+)(?:[ \t]*[,;][ \t]*)?/y;
/** A challenge names a realm; credentials have one of these. */
const PROOF = /^(?:response|cnonce|mac|sig|signature|oauth_\w+|credential|token|k|t)$/i;

/** All credentials behind a scheme that begins at `at`, from the first pair to the last. */
export function findPairCredentials(text: string, at: number): Span | undefined {
  if (!beginsWord(text, at)) return undefined;
  PAIR_SCHEME.lastIndex = at;
  const [scheme] = PAIR_SCHEME.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  const start = skip(text, at + scheme.length, isBlankCode);
  const { end, proves } = skipPairs(text, start);
  return proves ? { start, end } : undefined;
}

/** Behind the pairs that begin at `start`; `start` where there are none. */
export function findPairsEnd(text: string, start: number): number {
  return skipPairs(text, start).end;
}

function skipPairs(text: string, start: number): { readonly end: number; readonly proves: boolean } {
  let end = start;
  let proves = false;
  for (;;) {
    PAIR.lastIndex = end;
    const [pair] = PAIR.exec(text) ?? [];
    if (pair === undefined) return { end, proves };
    proves ||= PROOF.test(pair.slice(0, pair.search(/[ \t=]/)));
    end += pair.length;
    if (!/[,;][ \t]*$/.test(pair.slice(-8))) return { end, proves };
  }
}

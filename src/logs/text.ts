import { CUT_MARK } from '../redaction/values.js';

/**
 * Longest text of a log record, in UTF-16 units: a message, a stack trace, a value in the extras.
 * Elasticsearch cannot index a longer term (32,766 bytes), and nobody reads one.
 */
export const MAX_TEXT_CHARS = 32_768;

/** Part of ES2024; every supported Node has it. */
interface Utf16Text {
  toWellFormed(): string;
}

/** The text with U+FFFD for each lone surrogate, so that it has a UTF-8 form. */
export function toWellFormed(text: string): string {
  return (text as unknown as Utf16Text).toWellFormed();
}

/**
 * The text, well formed, and not longer than `maxChars` plus the mark `…[cut: 123 characters]`, whose number is what
 * was left out. A surrogate pair is never split.
 * @param maxChars UTF-16 units. Default: `MAX_TEXT_CHARS`.
 */
export function cutText(text: string, maxChars: number = MAX_TEXT_CHARS): string {
  if (text.length <= maxChars) return toWellFormed(text);
  const end = maxChars > 0 && splitsPair(text, maxChars) ? maxChars - 1 : maxChars;
  // Through bytes, because a slice would keep the whole text in memory for as long as the record waits to be sent.
  const kept = Buffer.from(text.slice(0, end), 'utf8').toString('utf8');
  return `${kept}${CUT_MARK}${text.length - end} characters]`;
}

function splitsPair(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff);
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}

/**
 * What a terminal or a reader of lines would act upon: C0 and C1 controls, DEL, the Unicode line separators, and the
 * marks that turn the direction of text.
 */
// oxlint-disable-next-line no-control-regex -- control characters are what this finds
const ACTIVE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const ALL_ACTIVE = new RegExp(ACTIVE, 'g');
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with control characters written out (`\n`, `\u001b`), so that it stays on its line and drives nothing. */
export function escapeControls(text: string): string {
  return ACTIVE.test(text) ? text.replace(ALL_ACTIVE, escapeOne) : text;
}

function escapeOne(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** What JSON writes otherwise than it is. */
// oxlint-disable-next-line no-control-regex -- control characters are what this finds
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;
const MAX_PLAIN_CHARS = 256;

/** Whether JSON writes a text as it is. Of long ones it is not asked: `JSON.stringify` is quicker there. */
export function isPlainText(text: string): boolean {
  return text.length <= MAX_PLAIN_CHARS && !SPECIAL.test(text);
}

/** A text as JSON. Short texts, which are most, are looked through in half the time that `JSON.stringify` takes. */
export function quoteText(text: string): string {
  return isPlainText(text) ? `"${text}"` : JSON.stringify(text);
}

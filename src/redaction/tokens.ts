import { isAsciiWordCode, isTokenRunCode } from './characters.js';
import { endsEscape } from './escapes.js';
import { findToken, SIGNED_FORMS } from './token-forms.js';
import { REDACTED } from './values.js';

/** Tokens have so many units in a row that no word ends: shorter ones are no secrets. */
const RUN_CHARS = 16;
/** Hosts of the addresses that are secrets themselves, as far as all have it. */
const HOSTS = /\.(?:[cC][oO][mM]|[oO][rR][gG])\.?[:/%\\]/;

/** The text without the tokens that are known by their form; the very same string where there is none. */
export function redactTokens(text: string): string {
  if (!hasRun(text) && !HOSTS.test(text)) return text;
  const redacted = redactPrefixed(text);
  return SIGNED_FORMS.reduce(
    (shown, [, sign, pattern]) => (text.includes(sign) ? redactSigned(shown, pattern) : shown),
    redacted,
  );
}

function redactSigned(text: string, pattern: RegExp): string {
  return text.replace(pattern, (token: string, at: number) => {
    const inWord = isAsciiWordCode(text.charCodeAt(at - 1)) && !endsEscape(text, at);
    return inWord ? token : REDACTED;
  });
}

/** Most texts have no long run of units: one in so many of theirs is looked at, and those before it up to a space. */
function hasRun(text: string): boolean {
  let start = 0;
  for (let end = RUN_CHARS - 1; end < text.length; end = start + RUN_CHARS - 1) {
    let at = end;
    while (at >= start && isTokenRunCode(text.charCodeAt(at))) at--;
    if (at < start) return true;
    start = at + 1;
  }
  return false;
}

function redactPrefixed(text: string): string {
  let span = findToken(text, 0);
  if (span === undefined) return text;
  let output = '';
  let copied = 0;
  for (; span !== undefined; span = findToken(text, copied)) {
    output += text.slice(copied, span.start) + REDACTED;
    copied = span.end;
  }
  return output + text.slice(copied);
}

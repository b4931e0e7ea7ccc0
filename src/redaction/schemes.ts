import { isBlankCode, skip } from './characters.js';
import { beginsWord } from './escapes.js';
import type { Span } from './values.js';

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

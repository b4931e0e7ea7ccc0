import { REDACTED, type Span } from './values.js';

/** What a place of a text holds. */
export interface Finding {
  /** What has to be hidden, from left to right. */
  readonly spans: readonly Span[];
  /** Where the search goes on: what is before it has been read. */
  readonly next: number;
}

/**
 * The text with `[redacted]` for what `find` gives for each match; the very same string where that is nothing.
 * @param pattern With the flag `g`.
 */
export function hideSpans(
  text: string,
  pattern: RegExp,
  find: (match: RegExpExecArray) => Finding | undefined,
): string {
  let output = '';
  let copied = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const finding = find(match);
    if (finding === undefined) continue;
    for (const { start, end } of finding.spans) {
      output += text.slice(copied, start) + REDACTED;
      copied = end;
    }
    pattern.lastIndex = Math.max(pattern.lastIndex, finding.next);
  }
  return copied === 0 ? text : output + text.slice(copied);
}

/** Behind the quote that closes a text of SQL; in it, two quotes are one. Unclosed, where its line ends. */
export function findSqlEnd(text: string, open: number): Span & { readonly next: number } {
  const quote = text[open] ?? '';
  let i = open + 1;
  for (; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] !== quote) continue;
    if (text[i + 1] === quote) i++;
    else return { start: open + 1, end: i, next: i + 1 };
  }
  const end = Math.min(i, text.length);
  return { start: open + 1, end, next: end };
}

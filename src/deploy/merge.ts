import { diff3Merge } from 'node-diff3';

/**
 * What two people have made of one text, in one: line by line, each change in its place.
 * @returns Nothing where both have changed the same lines, where the result is no JSON any more, or where a text is too long
 *   for a comparison of all lines with all.
 */
export function mergeTexts(texts: { path: string; mine: string; base: string; theirs: string }): string | undefined {
  const [mine, base, theirs] = [texts.mine, texts.base, texts.theirs].map(splitLines) as [string[], string[], string[]];
  if (Math.max(mine.length, base.length, theirs.length) > MAX_LINES) return undefined;
  const merged: string[] = [];
  for (const { ok, conflict } of diff3Merge(mine, base, theirs, { excludeFalseConflicts: true })) {
    if (conflict !== undefined) return undefined;
    merged.push(...(ok ?? []));
  }
  const text = merged.join('');
  return texts.path.endsWith('.json') && !isJson(text) ? undefined : text;
}

/** Ours have up to 2,100. */
const MAX_LINES = 20_000;

/** Lines with their ends, so that a last line without one differs from one with it. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

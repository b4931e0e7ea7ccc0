/**
 * A word or sign of an expression, and where it stands: `previous` and `next` are its neighbours.
 * @typedef {{ text: string, start: number, previous: string, next: string, inBraces: boolean, inLabels: boolean }} Token
 */

const TOKEN =
  /"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[A-Za-z_:][\w:]*|\d+(?:\.\d+)?(?:ms|[smhdwy])|\d+(?:\.\d+)?|=~|!~|[=!<>]=|[^\s]/g;

/** Words that a list of labels follows. */
const GROUPINGS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

const KEYWORDS = new Set(['bool', 'offset', 'and', 'or', 'unless', 'inf', 'nan', ...GROUPINGS]);

/**
 * The words and signs of a PromQL expression. `inBraces`: between the braces of a selector; `inLabels`: in a list of labels.
 * @param {string} expr @returns {Token[]}
 */
export function readTokens(expr) {
  const found = Array.from(expr.matchAll(TOKEN), (match) => ({ text: match[0], start: match.index }));
  let inBraces = false;
  let inLabels = false;
  return found.map(({ text, start }, index) => {
    const previous = found[index - 1]?.text ?? '';
    if (text === '{') inBraces = true;
    if (text === '}') inBraces = false;
    if (text === '(' && GROUPINGS.has(previous)) inLabels = true;
    if (text === ')') inLabels = false;
    return { text, start, previous, next: found[index + 1]?.text ?? '', inBraces, inLabels };
  });
}

/** Whether it is the name of a metric. @param {Token} token */
export function isMetric({ text, next, inBraces, inLabels }) {
  if (inBraces || inLabels || !/^[A-Za-z_:]/.test(text)) return false;
  // Else a function, an aggregation, or a word of the language.
  return next !== '(' && !GROUPINGS.has(next) && !KEYWORDS.has(text);
}

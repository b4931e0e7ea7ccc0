import { isMetric, readTokens } from './promql-tokens.js';

/** @typedef {import('./known.js').Known} Known */
/** @typedef {import('./promql-tokens.js').Token} Token */

/**
 * What an expression names that does not exist: metrics, labels, values of labels. Whether it is PromQL, promtool says.
 * @param {string} expr @param {Known} known @returns {string[]}
 */
export function checkExpression(expr, known) {
  const tokens = readTokens(expr);
  const metrics = tokens.filter(isMetric).map(({ text }) => text);
  if (tokens.some(({ text }, index) => text === '{' && !isNamed(tokens, index))) metrics.push('');
  const unknown = metrics.filter((name) => !known.series.has(name));
  // Labels that label_replace makes are in quotes.
  const made = Array.from(
    expr.matchAll(/label_replace\([^"]*(?:"[^"]*"[^"]*)*?, "(\w+)", "\$/g),
    ([, label = '']) => label,
  );
  const labels = new Set(['__name__', ...made, ...metrics.flatMap((name) => Array.from(known.series.get(name) ?? []))]);
  return [
    ...unknown.map((name) => `no metric ${name}`),
    ...tokens
      .filter(({ text, inLabels }) => inLabels && /^[A-Za-z_]/.test(text) && !labels.has(text))
      .map(({ text }) => `no label ${text}`),
    ...checkSelectors(tokens, known),
  ];
}

/** @param {readonly Token[]} tokens @param {number} brace */
function isNamed(tokens, brace) {
  const before = tokens[brace - 1];
  return before !== undefined && isMetric(before);
}

/** @param {readonly Token[]} tokens @param {Known} known */
function checkSelectors(tokens, { series, values }) {
  let name = '';
  return tokens.flatMap((token, index) => {
    if (token.text === '{' && token.inBraces) name = isNamed(tokens, index) ? (tokens[index - 1]?.text ?? '') : '';
    if (!token.inBraces || !/^[A-Za-z_]/.test(token.text)) return [];
    const labels = series.get(name);
    if (labels !== undefined && !labels.has(token.text)) return [`${name} has no label ${token.text}`];
    const value = JSON.parse(tokens[index + 2]?.text ?? '""');
    return checkValue(token.text, { operator: token.next, value, allowed: values.get(token.text) });
  });
}

/**
 * @param {string} label
 * @param {{ operator: string, value: string, allowed: ReadonlySet<string> | RegExp | undefined }} condition
 */
function checkValue(label, { operator, value, allowed }) {
  if (allowed === undefined || value === '' || value === '.+') return [];
  const alternatives = operator.endsWith('~') ? value.split('|') : [value];
  return alternatives
    .filter((alternative) => !isAllowed(alternative, operator, allowed))
    .map((alternative) => `${label} is never ${alternative}`);
}

/** @param {string} alternative @param {string} operator @param {ReadonlySet<string> | RegExp} allowed */
function isAllowed(alternative, operator, allowed) {
  const isPattern = operator.endsWith('~');
  // Any digit will do for a dot.
  if (allowed instanceof RegExp) return allowed.test(isPattern ? alternative.replaceAll('.', '0') : alternative);
  if (!isPattern) return allowed.has(alternative);
  const pattern = new RegExp(`^(?:${alternative})$`);
  return Array.from(allowed).some((value) => pattern.test(value));
}

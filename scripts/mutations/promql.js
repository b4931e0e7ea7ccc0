import { isMetric, readTokens } from '../rules/promql-tokens.js';

/**
 * An expression with one thing changed.
 * @typedef {object} ChangedExpression
 * @property {string} what `> becomes <, at 31`
 * @property {string} expr
 */

/** @typedef {import('../rules/promql-tokens.js').Token} Token */

/** @type {Readonly<Record<string, string>>} */
const COMPARISONS = { '>': '<', '<': '>', '>=': '<', '<=': '>', '==': '!=', '!=': '==' };
/** @type {Readonly<Record<string, string>>} */
const MATCHERS = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' };
/** @type {Readonly<Record<string, string>>} */
const SETS = { and: 'unless', unless: 'and', or: 'and' };
const OTHER = '_other';

/**
 * Every expression that differs from this one in one place: a comparison flipped, a number somewhat more or less, a time
 * doubled, a metric or a label renamed, a label's value changed or one of its alternatives left out, a condition turned
 * round.
 * @param {string} expr @returns {ChangedExpression[]}
 */
export function mutatePromql(expr) {
  return readTokens(expr).flatMap((token) =>
    changeToken(token).map((text) => ({
      what: `${token.text} becomes ${text === '' ? 'nothing' : text}, at ${token.start}`,
      expr: expr.slice(0, token.start) + text + expr.slice(token.start + token.text.length),
    })),
  );
}

/** What may stand in its place. @param {Token} token @returns {string[]} */
function changeToken(token) {
  const { text, previous, inBraces, inLabels } = token;
  if (inBraces) return changeInBraces(text, previous);
  if (isMetric(token)) return [text + OTHER];
  if (/^[A-Za-z_]/.test(text)) return inLabels ? [text + OTHER] : listOthers(SETS[text]);
  if (/^\d[\d.]*$/.test(text)) return changeNumber(Number(text));
  if (/^(?:\[.*\]|\d.*)$/.test(text)) return [doubleTime(text)];
  return listOthers(COMPARISONS[text]);
}

/** @param {string | undefined} other */
function listOthers(other) {
  return other === undefined ? [] : [other];
}

/** @param {string} text @param {string} previous */
function changeInBraces(text, previous) {
  if (/^[A-Za-z_]/.test(text)) return [text + OTHER];
  if (text.startsWith('"')) return changeValue(text, previous);
  return listOthers(MATCHERS[text]);
}

/** @param {string} quoted @param {string} operator */
function changeValue(quoted, operator) {
  const value = quoted.slice(1, -1);
  const alternatives = operator.endsWith('~') && !/[()]/.test(value) ? value.split('|') : [];
  if (alternatives.length < 2) return [`"${value}x"`];
  return alternatives.map((left) => `"${alternatives.filter((kept) => kept !== left).join('|')}"`);
}

/** A quarter more and less; small whole numbers, which may stand for a count, one. @param {number} value */
function changeNumber(value) {
  if (value === 0) return ['1'];
  const step = Number.isInteger(value) && value < 10 ? 1 : value / 4;
  return [String(value + step), String(value - step)];
}

/** `[5m]` becomes `[10m]`. @param {string} text */
function doubleTime(text) {
  return text.replace(/\d+(?:\.\d+)?/, (number) => String(Number(number) * 2));
}

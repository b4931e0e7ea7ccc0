/** A vector selector in a PromQL expression: where its name is, and the labels that its braces name. */
export interface Selector {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly labels: readonly Word[];
  /** The selector as it stands there, braces included. */
  readonly text: string;
}

/** A list of labels after `by`, `without`, `on`, `ignoring` or `group_*`. */
export interface Grouping {
  readonly keyword: string;
  readonly labels: readonly Word[];
  /** The selectors that it groups or matches. */
  readonly selectors: readonly Selector[];
}

/** A word and its place. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Expression {
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\$?[A-Za-z_:][\w:]*|\d[\w.]*|[{}(),]|[=!<>~]+|\S/g;
const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'start', 'end']);
const GROUPINGS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

/** Finds the selectors and groupings of an expression. It need not be complete: Prometheus says what is no PromQL. */
export function readPromql(text: string): Expression {
  const tokens: Word[] = Array.from(text.matchAll(TOKEN), (match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
  const selectors: Selector[] = [];
  const lists: { keyword: string; labels: Word[]; scope: [number, number] }[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined || !/^[A-Za-z_:]/.test(token.text)) continue;
    const next = tokens[index + 1]?.text;
    if (GROUPINGS.has(token.text)) {
      const close = next === '(' ? findClose(tokens, index + 1) : index;
      const labels = tokens.slice(index + 2, close).filter(({ text: word }) => /^[A-Za-z_]/.test(word));
      lists.push({ keyword: token.text, labels, scope: findScope(tokens, index, close) });
      index = close;
    } else if (next !== '(' && next !== 'by' && next !== 'without' && !KEYWORDS.has(token.text.toLowerCase())) {
      const close = next === '{' ? findClose(tokens, index + 1) : index;
      selectors.push(makeSelector(text, tokens.slice(index, close + 1)));
      index = close;
    }
  }
  const groupings = lists.map(({ keyword, labels, scope: [from, to] }) => ({
    keyword,
    labels,
    selectors: selectors.filter(({ start }) => start >= from && start < to),
  }));
  return { selectors, groupings };
}

function makeSelector(text: string, tokens: readonly Word[]): Selector {
  const [name = { text: '', start: 0, end: 0 }, ...rest] = tokens;
  const end = tokens.at(-1)?.end ?? name.end;
  // In braces a word is a label; values are in quotes.
  const labels = rest.filter(({ text: word }) => /^[A-Za-z_]/.test(word));
  return { name: name.text, start: name.start, end, labels, text: text.slice(name.start, end) };
}

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '{': '}' };

/** Index of the token that closes the one at `open`; the last one where none does. */
function findClose(tokens: readonly Word[], open: number): number {
  const opening = tokens[open]?.text ?? '';
  const closing = PAIRS[opening];
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const text = tokens[index]?.text;
    if (text === opening) depth += 1;
    if (text === closing) depth -= 1;
    if (depth === 0) return index;
  }
  return tokens.length - 1;
}

/** What an aggregation aggregates: the parentheses after its labels, or those before. Else it is about all. */
function findScope(tokens: readonly Word[], keyword: number, close: number): [number, number] {
  const isAggregation = tokens[keyword]?.text === 'by' || tokens[keyword]?.text === 'without';
  if (isAggregation && tokens[close + 1]?.text === '(') {
    return [tokens[close + 1]?.start ?? 0, tokens[findClose(tokens, close + 1)]?.end ?? Infinity];
  }
  if (isAggregation && tokens[keyword - 1]?.text === ')') {
    return [tokens[findOpen(tokens, keyword - 1)]?.start ?? 0, tokens[keyword]?.start ?? Infinity];
  }
  return [0, Infinity];
}

function findOpen(tokens: readonly Word[], close: number): number {
  let depth = 0;
  for (let index = close; index >= 0; index -= 1) {
    const text = tokens[index]?.text;
    if (text === ')') depth += 1;
    if (text === '(') depth -= 1;
    if (depth === 0) return index;
  }
  return 0;
}

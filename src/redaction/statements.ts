import { hideSpans, findSqlEnd, type Finding } from './hide-spans.js';
import type { KeyJudge } from './key-judge.js';
import { findName } from './names.js';
import { redactRedisCommands } from './redis-commands.js';
import { findValue, isHarmlessValue, type Span } from './values.js';
import { PROSE_AFTER_SECRET } from './words.js';

/** Secrets in what databases are asked and answer: the name is not right before the value, or a space only is between. */

/** The text without them; the very same string where there are none. */
export function redactStatements(text: string, judge: KeyJudge): string {
  let shown = redactRedisCommands(text);
  if (shown.includes(')=(')) shown = hideSpans(shown, KEY_VALUES, (match) => findKeyValues(match, judge));
  if (shown.includes("'")) shown = hideSpans(shown, INSERT, (match) => findInserted(match, judge));
  return hideSpans(shown, QUOTE, (match) => findNamed(match, judge));
}

/** PostgreSQL: `Key (token)=(abc) already exists.` Its other languages have other words around it. */
const KEY_VALUES = /\)=\(/g;
const MAX_KEY_CHARS = 256;
const KEY_END = /\) [a-z]|\)[.,;«"'\\]|\)?$/gm;

function findKeyValues({ index, input }: RegExpExecArray, judge: KeyJudge): Finding | undefined {
  const before = input.slice(Math.max(0, index - MAX_KEY_CHARS), index);
  const open = Math.max(before.lastIndexOf(' ('), before.lastIndexOf('»('));
  const names = before.slice(open < 0 ? before.lastIndexOf('(') : open).split(/[\s(),»"\\]+|::\w+/);
  if (!names.some((name) => name !== '' && isHiding(judge, name))) return undefined;
  const start = index + ')=('.length;
  KEY_END.lastIndex = start;
  const end = KEY_END.exec(input)?.index ?? input.length;
  return { spans: end > start ? [{ start, end }] : [], next: end };
}

function isHiding(judge: KeyJudge, name: string): boolean {
  const verdict = judge.judge(name);
  return verdict === 'secret' || verdict === 'countable' || verdict === 'text';
}

/** `insert into "users" ("email", "password") values (`. */
const INSERT = /\b(?:insert|replace)\s{1,4}into\s{1,4}[^()]{1,200}\(([^()]{1,4000})\)\s{0,64}values\s{0,64}(?=\()/gi;
const BETWEEN_ROWS = /\)?\s{0,64},?\s{0,64}\(/y;

function findInserted(
  { 0: head, 1: columns = '', index, input }: RegExpExecArray,
  judge: KeyJudge,
): Finding | undefined {
  const hidden = columns.split(',').map((name) => isHiding(judge, name.replace(/[\s"'`\\[\]]/g, '')));
  if (!hidden.includes(true)) return undefined;
  const spans: Span[] = [];
  let at = index + head.length;
  for (;;) {
    BETWEEN_ROWS.lastIndex = at;
    if (!BETWEEN_ROWS.test(input)) return { spans, next: at };
    const row = readRow(input, BETWEEN_ROWS.lastIndex);
    const matches = row.columns === hidden.length;
    for (const { span, column } of row.quoted) if (!matches || hidden[column] === true) spans.push(span);
    at = row.end;
  }
}

interface Row {
  /** What stands in quotes, and in which column. */
  readonly quoted: readonly { readonly span: Span; readonly column: number }[];
  readonly columns: number;
  readonly end: number;
}

/** The values from `from` to the bracket that closes them. */
function readRow(text: string, from: number): Row {
  const quoted: { span: Span; column: number }[] = [];
  let column = 0;
  let depth = 0;
  let i = from;
  for (; i < text.length; i++) {
    const sign = text[i];
    if (sign === "'") {
      const { start, end, next } = findSqlEnd(text, i);
      if (end > start) quoted.push({ span: { start, end }, column });
      i = next - 1;
      if (next === end) break;
    } else if (sign === '(') depth++;
    else if (sign === ')' && depth-- === 0) break;
    else if (sign === ',' && depth === 0) column++;
  }
  return { quoted, columns: column + 1, end: Math.min(text.length, i + 1) };
}

/** A quote that opens behind a space. */
const QUOTE = /["'`](?<=\w[ \t]{1,4}\\{0,7}.)(?=[^\s"'`\\])/g;
const IDENTIFIED = /\bidentified\s{1,4}(?:with\s{1,4}\S{1,64}\s{1,4})?(?:by|as)(?:\s{1,4}password)?\s{1,4}\\{0,7}$/i;
const MAX_IDENTIFIED_CHARS = 128;
/** Parsers call a token what they do not understand. */
const PARSED = /\b(?:unexpected|expected|illegal|near|next|this|unknown)\s+$/i;
const MAX_WORD_CHARS = 16;

/** `PASSWORD 'x'`, `IDENTIFIED BY 'x'`, `Invalid password "x"`. */
function findNamed({ index, input }: RegExpExecArray, judge: KeyJudge): Finding | undefined {
  let at = index;
  while (input[at - 1] === '\\') at--;
  const found = findName(input, at, Math.max(0, at - MAX_IDENTIFIED_CHARS));
  if (found === undefined || found.quote !== undefined) return undefined;
  if (/^(?:by|as|password)$/i.test(found.name) && isIdentified(input, at)) return hideQuoted(input, index, at);
  const isSecret = judge.judge(found.name) === 'secret';
  if (!isSecret || found.start > at || ONLY_NAMED.test(found.name)) return undefined;
  const value = findValue(input, at, { wholeLine: false, inUrl: false, before: undefined });
  const isToken = /token$/i.test(found.name);
  if (isToken && PARSED.test(input.slice(Math.max(0, found.start - MAX_WORD_CHARS), found.start))) return undefined;
  return isShown(input, value, isToken) ? { spans: [], next: at } : hideQuoted(input, index, at);
}

/** What has a name of its own: `secret "db-credentials" not found`. */
const ONLY_NAMED = /(?:secret|cookie|credential)$/i;

function isIdentified(text: string, at: number): boolean {
  return IDENTIFIED.test(text.slice(Math.max(0, at - MAX_IDENTIFIED_CHARS), at));
}

/** Whether the value is a sentence or a mark: `password "must not be empty"`. */
function isShown(text: string, value: Span, isToken: boolean): boolean {
  if (value.end <= value.start || isHarmlessValue(text, value, 'secret')) return true;
  const head = text.slice(value.start, Math.min(value.end, value.start + MAX_HEAD_CHARS));
  if (isToken && !(head.length >= MIN_TOKEN_CHARS && /\d/.test(head))) return true;
  return PROSE_AFTER_SECRET.has((/^[a-z]+(?=\s|$)/i.exec(head)?.[0] ?? '').toLowerCase());
}

const MAX_HEAD_CHARS = 64;
const MIN_TOKEN_CHARS = 6;

function hideQuoted(text: string, open: number, escapesAt: number): Finding {
  const isSql = escapesAt === open && text[open] === "'";
  const quoted = findValue(text, escapesAt, { wholeLine: false, inUrl: false, before: undefined });
  const span = isSql ? findSqlEnd(text, open) : quoted;
  // A quote may be escaped in SQL in either way: of two ends, the later.
  return { spans: [{ start: span.start, end: Math.max(span.end, quoted.end) }], next: Math.max(span.end, quoted.end) };
}

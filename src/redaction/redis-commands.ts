import { hideSpans, type Finding } from './hide-spans.js';
import { isQuoteCode, skip } from './characters.js';
import { findValue, REDACTED } from './values.js';
import { PROSE_AFTER_SECRET } from './words.js';

/** Commands of Redis that have a password among their arguments, as clients show them in errors. */

/** What has to be among the arguments of a command, so that they hold a password. */
const COMMANDS: ReadonlyMap<string, RegExp | undefined> = new Map([
  ['auth', undefined],
  ['hello', /\bauth\b/i],
  ['migrate', /\bauth2?\b/i],
  ['config', /requirepass|masterauth/i],
  ['acl', /\bsetuser\b/i],
]);
const MAX_COMMAND_CHARS = 16;

/** Whether an object is a command with a password among its arguments: `{ name: 'auth', args: [ … ] }`. */
export function holdsPassword(name: unknown, args: readonly unknown[]): boolean {
  if (typeof name !== 'string' || name.length > MAX_COMMAND_CHARS || args.length === 0) return false;
  const command = name.toLowerCase();
  if (!COMMANDS.has(command)) return false;
  const sign = COMMANDS.get(command);
  return sign === undefined || args.some((argument) => typeof argument === 'string' && sign.test(argument));
}

/** The text without the passwords in commands of Redis; the very same string where there are none. */
export function redactRedisCommands(text: string): string {
  let shown = text;
  if (shown.includes('args')) shown = hideSpans(shown, PRINTED, findArguments);
  if (shown.includes('AUTH')) shown = hideSpans(shown, AUTH, findAuth);
  if (shown.includes('requirepass ') || shown.includes('masterauth ')) shown = hideSpans(shown, SETTING, findSetting);
  return shown;
}

/** `name: 'auth', args: [`, as `util.inspect` and JSON write it. */
const PRINTED =
  /name\\{0,8}["']?\s{0,4}:\s{0,4}\\{0,8}["'](auth|hello|migrate|config|acl)\\{0,8}["'],\s{0,64}\\{0,8}["']?args\\{0,8}["']?\s{0,4}:\s{0,4}\[/gi;

function findArguments({ 0: head, 1: name = '', index, input }: RegExpExecArray): Finding {
  const start = index + head.length - 1;
  const end = findListEnd(input, start + 1);
  const sign = COMMANDS.get(name.toLowerCase());
  const list = input.slice(start, end);
  const isHidden = list === REDACTED || /^\[\s*\]$/.test(list) || !(sign?.test(list) ?? true);
  return { spans: isHidden ? [] : [{ start, end }], next: end };
}

/** Behind the bracket that closes a list; one in quotes does not. Unclosed, the end of the text. */
function findListEnd(text: string, from: number): number {
  let i = from;
  while (i < text.length && text[i] !== ']') {
    const quote = skip(text, i, (code) => code === 0x5c);
    if (!isQuoteCode(text.charCodeAt(quote))) {
      i = Math.max(i + 1, quote);
      continue;
    }
    const { end } = findValue(text, i, { wholeLine: false, inUrl: false, before: undefined });
    i = skip(text, Math.max(end, quote), (code) => code === 0x5c) + 1;
  }
  return Math.min(text.length, i + 1);
}

/** `AUTH x`, `AUTH default x`, `AUTH PLAIN x` of SMTP. What follows decides whether it is a sentence. */
const AUTH = /(?<![\w-])AUTH2?[ \t]{1,4}([^\s"'`]{1,512})(?:[ \t]{1,4}([^\s"'`]{1,512}))?/g;
const USERS: ReadonlySet<string> = new Set(['default', 'PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'EXTERNAL', 'NTLM']);

function findAuth({ 0: all, 1: first = '', 2: second = '', index, input }: RegExpExecArray): Finding | undefined {
  const end = index + all.length;
  if (USERS.has(first)) return isSecret(second, true) ? hideLast(second, end) : undefined;
  // A user before it, or none: only what is no word.
  if (isSecret(second, false)) return hideLast(second, end);
  const firstEnd = second === '' ? end : input.indexOf(first, index + 'AUTH'.length) + first.length;
  const isAll = second === '' && /(?:^|[\s"'`>])$/.test(input.slice(Math.max(0, index - 1), index));
  return isSecret(first, isAll && endsText(input, end)) ? hideLast(first, firstEnd) : undefined;
}

function hideLast(word: string, end: number): Finding {
  return { spans: [{ start: end - word.length, end: end - countStops(word) }], next: end };
}

function countStops(word: string): number {
  return /[.,;)]*$/.exec(word)?.[0].length ?? 0;
}

function endsText(text: string, at: number): boolean {
  return at === text.length || /["'`\r\n]/.test(text[at] ?? '');
}

/** Whether a word is a password: of letters alone only where `evenWord`. What is in angle brackets stands for one. */
function isSecret(word: string, evenWord: boolean): boolean {
  const bare = word.slice(0, word.length - countStops(word));
  if (bare === '' || /^[<[(:=-]/.test(bare) || PROSE_AFTER_SECRET.has(bare.toLowerCase())) return false;
  return evenWord || (bare.length >= MIN_MIXED_CHARS && /[A-Za-z]/.test(bare) && /\d/.test(bare));
}

const MIN_MIXED_CHARS = 6;

/** `CONFIG SET requirepass x`, and the same in a file of settings. */
const SETTING = /(?:(?<=SET )|^)(?:requirepass|masterauth)[ \t]{1,4}(["']?)(?=[^\s"'[<])/gim;

function findSetting({ 0: head, 1: quote = '', index, input }: RegExpExecArray): Finding | undefined {
  const at = index + head.length - quote.length;
  const span = findValue(input, at, { wholeLine: false, inUrl: false, before: undefined });
  // "requirepass is missing" is a sentence.
  const isProse = quote === '' && PROSE_AFTER_SECRET.has(input.slice(span.start, span.end).toLowerCase());
  return span.end <= span.start || isProse ? undefined : { spans: [span], next: span.end };
}

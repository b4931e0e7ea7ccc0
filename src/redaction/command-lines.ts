import { endsEscape } from './escapes.js';
import { PROSE_AFTER_SECRET } from './words.js';
import { REDACTED } from './values.js';

/** Programs that take a secret by an option of one letter, which says nothing without them. */
interface Program {
  readonly names: string;
  /** Options whose value is a secret, as an alternative of a pattern; the value follows at once, or after a space. */
  readonly options: string;
  /** How it is joined to its value: `-psecret`, `-p secret`, or both. */
  readonly joined: 'attached' | 'apart' | 'both';
  /** Only a value with a colon in it: `user:password`, or `file:password`. */
  readonly pair?: 'user' | 'file';
  /** Only behind this word: other commands of the program mean something else by the option. */
  readonly command?: string;
}

const PROGRAMS: readonly Program[] = [
  {
    names: 'curl',
    options: '-[a-zA-Z]{0,8}[uU]|--user|--proxy-user',
    joined: 'both',
    pair: 'user',
  },
  { names: 'curl', options: '-E|--cert|--proxy-cert', joined: 'both', pair: 'file' },
  { names: 'http https xh', options: '-a|--auth', joined: 'both', pair: 'user' },
  {
    names:
      'mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlpump mysqlslap mysqlbinlog mysqlsh mariadb',
    options: '-p',
    joined: 'attached',
  },
  {
    names: 'mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-backup',
    options: '-p',
    joined: 'attached',
  },
  { names: '7z 7za 7zr rar unrar', options: '-p', joined: 'attached' },
  { names: 'mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat', options: '-p', joined: 'both' },
  { names: 'sshpass cqlsh rabbitmqadmin influx', options: '-p', joined: 'both' },
  { names: 'docker podman buildah skopeo helm oras', options: '-p', joined: 'both', command: 'login' },
  { names: 'redis-cli redis-benchmark valkey-cli keydb-cli', options: '-a', joined: 'both' },
  { names: 'ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd', options: '-w', joined: 'both' },
  { names: 'sqlcmd bcp zip unzip zipcloak', options: '-P', joined: 'both' },
  { names: 'ipmitool', options: '-P', joined: 'both' },
];

const NAMES = [...new Set(PROGRAMS.flatMap(({ names }) => [...names.split(' '), ...names.toUpperCase().split(' ')]))];
const NAME = `(${NAMES.join('|')})(?:\\.(?:exe|EXE))?(?=["'\\s])`;
const ANY_PROGRAM = new RegExp(`(?<![A-Za-z0-9_.-])${NAME}`, 'g');
/** Where there are escapes, the beginning of the word is looked at for each. */
const ANY_NAME = new RegExp(NAME, 'g');
const ESC = '\u001b';
/** A space, or a line that goes on. */
const GAP = String.raw`(?:[ \t]|\\\r?\n)`;
/** An option begins behind a space, or in the quotes of a list of arguments. */
const BEFORE = String.raw`(?<=[\s"'\`]|\\[nrt])`;
/** Behind an option that stands apart: a space, an equals sign, or the quotes of a list of arguments. */
const APART = String.raw`(?:${GAP}{1,64}|=|["'],[ \t]*(?=["']))`;
const QUOTED = String.raw`\$?\\{0,7}(?:"[^"\n]*"?|'[^'\n]*'?)`;
/** A word of a shell; behind a colon it may go on in other quotes: `"anna":"secret"`. */
const VALUE = String.raw`((?:${QUOTED}|[^\s"'\`]+)(?:(?<=:)${QUOTED}|:(?:${QUOTED}|[^\s"'\`,]+))?)`;

const PATTERNS = new Map<string, readonly [RegExp, Program][]>();
for (const program of PROGRAMS) {
  const between = { attached: '()', apart: `(${APART})`, both: `(${APART}|)` }[program.joined];
  const pattern = new RegExp(`${BEFORE}(${program.options})${between}${VALUE}`, 'g');
  for (const name of program.names.split(' ')) PATTERNS.set(name, [...(PATTERNS.get(name) ?? []), [pattern, program]]);
}

/** The text without what programs are given as passwords in it; the very same string where there is none. */
export function redactCommandLines(text: string): string {
  if (!text.includes('-')) return text;
  const names = text.includes('\\') || text.includes(ESC) ? ANY_NAME : ANY_PROGRAM;
  if (text.search(names) < 0) return text;
  let output = '';
  let at = 0;
  let program: string | undefined;
  // Each part of the text belongs to the program before it, up to the next one.
  for (const { index, 1: name = '' } of text.matchAll(names)) {
    if (!beginsProgram(text, index)) continue;
    output += redactPart(text.slice(at, index), program);
    at = index;
    program = name.toLowerCase();
  }
  return program === undefined ? text : output + redactPart(text.slice(at), program);
}

function beginsProgram(text: string, at: number): boolean {
  return !/[A-Za-z0-9_.-]/.test(text[at - 1] ?? '') || endsEscape(text, at);
}

/**
 * The name of the program that a list of arguments is for, if it is known here: the first of them, or the one that `sudo`,
 * `docker exec` and their like run.
 */
export function findProgram(list: readonly unknown[]): string | undefined {
  const first = readName(list[0]);
  if (first === undefined || !(LAUNCHERS.has(first) || PATTERNS.has(first))) return undefined;
  if (isMeant(first, list)) return first;
  return list
    .slice(1, MAX_LAUNCHER_ARGUMENTS)
    .map(readName)
    .find((name) => name !== undefined && isMeant(name, list));
}

/** Whether the program is known here, and the list has the command of it that takes a secret. */
function isMeant(name: string, list: readonly unknown[]): boolean {
  return (PATTERNS.get(name) ?? []).some(([, { command }]) => command === undefined || list.includes(command));
}

function readName(argument: unknown): string | undefined {
  if (typeof argument !== 'string' || argument.length > MAX_PATH_CHARS) return undefined;
  const path = argument.toLowerCase();
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/\.exe$/, '');
}

const MAX_PATH_CHARS = 256;
/** Programs that run the one that is named behind them and behind their own options. */
const LAUNCHERS: ReadonlySet<string> = new Set(
  'sudo doas env nice ionice nohup setsid stdbuf time timeout xargs exec command chroot strace'.split(' '),
);
const MAX_LAUNCHER_ARGUMENTS = 32;

/** The argument of a program at `at` of the list, as it may be shown. */
export function redactArgument(program: string, list: readonly unknown[], at: number, argument: string): string {
  const before = list[at - 1];
  for (const [, { options, joined, pair }] of PATTERNS.get(program) ?? []) {
    const isValue = joined !== 'attached' && typeof before === 'string' && before.length <= MAX_OPTION_CHARS;
    if (isValue && new RegExp(`^(?:${options})$`).test(before) && isSecret(argument, pair)) return REDACTED;
  }
  return redactOptions(` ${argument}`, program).slice(1);
}

const MAX_OPTION_CHARS = 16;

function redactPart(part: string, program: string | undefined): string {
  if (program === undefined) return part;
  const end = findCommandEnd(part);
  const shown = part.slice(0, end);
  const takesSecret = (PATTERNS.get(program) ?? []).some(
    ([, { command }]) => command === undefined || hasWord(shown, command),
  );
  return takesSecret ? redactOptions(shown, program) + part.slice(end) : part;
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`[\\s"']${word}(?=[\\s"'])`).test(text);
}

function redactOptions(text: string, program: string): string {
  let shown = text;
  for (const [pattern, { pair }] of PATTERNS.get(program) ?? []) {
    shown = shown.replace(pattern, (all: string, option: string, between: string, value: string) => {
      const [, open = '', bare = '', close = ''] = SHELL_WORD.exec(value) ?? [];
      return isSecret(bare, pair) ? `${option}${between}${open}${REDACTED}${close}` : all;
    });
  }
  return shown;
}

/** The quote that opens a word, what is in it, and the one that closes it. */
const SHELL_WORD = /^(\$?\\*["']|)([^]*?)(\\*["']|)$/;
const SIGN = /\\{0,7}["']|\\\r?\n|[;|&]{1,2}(?=\s)|\n/g;

/** Where the command ends: at a sign or a line break that is in no quotes; the length of the text where none is. */
function findCommandEnd(part: string): number {
  /** Quotes that nothing closes are apostrophes. */
  const apostrophes = new Set<string>();
  let open: string | undefined;
  let openEnd = 0;
  SIGN.lastIndex = 0;
  for (;;) {
    const sign = SIGN.exec(part);
    if (sign === null) {
      if (open === undefined) return part.length;
      apostrophes.add(open);
      SIGN.lastIndex = openEnd;
      open = undefined;
    } else if (/["']$/.test(sign[0])) {
      if (open === sign[0]) open = undefined;
      else if (open === undefined && !apostrophes.has(sign[0])) [open, openEnd] = [sign[0], SIGN.lastIndex];
    } else if (open === undefined && !sign[0].startsWith('\\')) return sign.index;
  }
}

function isSecret(value: string, pair: Program['pair']): boolean {
  if (value === '' || value.startsWith('-') || value.startsWith(REDACTED)) return false;
  if (pair === 'user') return /^[^:]*:["']?[^"']/.test(value);
  // What has a slash behind its colon is an address, or a path of Windows.
  if (pair === 'file') return /^(?:[A-Za-z]:[\\/])?[^:]*:(?![\\/])./.test(value);
  return !PROSE_AFTER_SECRET.has(value.toLowerCase()) && !/^\d{1,5}:\d{1,5}(?:\/\w+)?$/.test(value);
}

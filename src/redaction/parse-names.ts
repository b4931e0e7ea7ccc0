import { REDACT_NAMES } from '../config/settings/redaction.js';

/** What a list of key names says, and what in it is no name. */
export interface ParsedNames {
  readonly names: readonly string[];
  /** What is wrong, what is allowed, and what is used, in one line; undefined where nothing is wrong. */
  readonly problem: string | undefined;
}

/** Names in one list. */
const MAX_NAMES = 100;

const NAME = /^[\p{L}\p{N}_\-. ]{2,64}$/u;
const MAX_SHOWN_CHARS = 80;

/** Reads `BARBOSSA_REDACT_KEYS` and its counterpart. What is no name is left out: the others stay in force. */
export function parseNames(text: string): ParsedNames {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const usable = items.filter((item) => NAME.test(item) && /\p{L}/u.test(item));
  const names = usable.slice(0, MAX_NAMES);
  if (names.length === items.length) return { names, problem: undefined };
  const wrong = items.find((item) => !usable.includes(item));
  const what = wrong === undefined ? `has ${items.length} names` : `has ${show(wrong)}, which is no name of a key`;
  const used = names.length === 0 ? 'none' : `the other ${names.length}`;
  return { names, problem: `${what}; allowed: ${REDACT_NAMES}; used instead: ${used}` };
}

function show(item: string): string {
  return JSON.stringify(item.length > MAX_SHOWN_CHARS ? `${item.slice(0, MAX_SHOWN_CHARS)}…` : item);
}

import { BoundedMap } from '../collections/bounded-map.js';
import { CUT_MARK } from './values.js';
import {
  HARMLESS_LAST_WORDS,
  NAME_KEYS,
  SECRET_ENDINGS,
  SECRET_LAST_WORDS,
  SECRET_TAILS,
  SECRET_WORDS,
  SUSPICIOUS,
  VALUE_KEYS,
  type Verdict,
} from './words.js';

/** What a site adds to the rules. */
export interface KeyRules {
  /** Words, or several joined, that make a key a secret wherever they stand in it. */
  readonly keys: readonly string[];
  /** Whole keys that are no secrets, whatever else says so. */
  readonly allowedKeys: readonly string[];
}

/** A key longer than this is not read: its value is a secret. The sanitizer cuts keys there too. */
export const MAX_JUDGED_CHARS = 256;
/** Verdicts kept: keys come from callers. */
export const MAX_VERDICTS = 2_048;
/** Words that a secret of a site may be written in: `national_insurance_number`. */
const MAX_JOINED_WORDS = 6;
/** Letters of a site's word that a text is searched for before it is scanned. */
const SEARCHED_CHARS = 3;

// What separates a name from its value, or begins what is a secret by its own form: bearer, basic, a JWT, a PEM key. Or a name
// that a space follows: X-Plex-Token. Behind a quote: a comma, or the sign of a colour.
const STRUCTURE =
  /[=:>%]|["'`](?:[^ -+\--~]|(?<=[ \t(].))|--|eyJ|[bB][aAeE][sSaA]|[nN](?:[eE][gG]|[tT][lL])|[xX]-|[-_](?:[tT]oken|[kK]ey|[sS]ecret|[pP]assword|TOKEN|KEY|SECRET|PASSWORD)[ \t]/;

/**
 * Decides by a key whether its value is a secret. The key is cut into words where the case changes and where something
 * else than a letter stands; digits count for nothing. It is a secret if its words contain one, in one piece or several
 * (`apikey`, `apiKey`, `API_KEY`, `X-Api-Key-2`), unless the last word says that it only tells of one (`tokens_used`).
 */
export class KeyJudge {
  readonly #added: ReadonlySet<string>;
  readonly #allowed: ReadonlySet<string>;
  readonly #suspicious: RegExp;
  readonly #verdicts = new BoundedMap<string, Verdict>(MAX_VERDICTS);

  constructor({ keys, allowedKeys }: KeyRules) {
    this.#added = new Set(keys.map((key) => splitWords(key).join('')).filter((word) => word !== ''));
    this.#allowed = new Set(allowedKeys.map(normalize));
    const searched = [...SUSPICIOUS, ...Array.from(this.#added, (word) => word.slice(0, SEARCHED_CHARS))];
    // Alternatives of plain letters without repetition: as many steps as the text has letters, times a constant.
    this.#suspicious = new RegExp(searched.join('|'), 'i');
  }

  /** Whether there can be something in the text that the scanner would find: most texts have nothing and cost no more. */
  isSuspicious(text: string): boolean {
    return STRUCTURE.test(text) && (this.#suspicious.test(text) || hasUserInfo(text));
  }

  /** The verdict on a key. */
  judge(key: string): Verdict {
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = key.length > MAX_JUDGED_CHARS ? 'secret' : this.#judgeWords(key);
      if (key.length <= MAX_JUDGED_CHARS) this.#verdicts.set(key, verdict);
    }
    return verdict;
  }

  #judgeWords(key: string): Verdict {
    if (this.#allowed.size > 0 && this.#allowed.has(normalize(key))) return 'plain';
    const words = splitWords(key);
    const joined = words.join('');
    let end = joined.length;
    // From the last word on: what follows a secret decides whether it is one.
    for (let count = words.length; count > 0; count--) {
      const verdict = this.#findSecret(words, count, joined, end);
      if (verdict !== undefined) return isHarmless(words, count) ? 'plain' : verdict;
      end -= words[count - 1]?.length ?? 0;
    }
    if (NAME_KEYS.has(joined)) return 'name';
    return VALUE_KEYS.has(joined) ? 'value' : 'plain';
  }

  /** A secret that ends with the last of the first `count` words, which is where `joined` is `end` long. */
  #findSecret(words: readonly string[], count: number, joined: string, end: number): Verdict | undefined {
    for (const [ending, verdict] of SECRET_ENDINGS) {
      if (joined.endsWith(ending, end)) return verdict;
    }
    let start = end;
    for (let i = count - 1; i >= Math.max(0, count - MAX_JOINED_WORDS); i--) {
      start -= words[i]?.length ?? 0;
      const candidate = joined.slice(start, end);
      if (this.#added.has(candidate)) return 'secret';
      const verdict =
        SECRET_WORDS.get(candidate) ?? (count === words.length ? SECRET_LAST_WORDS.get(candidate) : undefined);
      if (verdict !== undefined) return verdict;
    }
    return hasTail(words[count - 1] ?? '') ? 'secret' : undefined;
  }
}

/** Whether there may be a URL with a user in it. */
function hasUserInfo(text: string): boolean {
  if (text.includes(CUT_MARK)) return true;
  if (text.includes('@')) return /\/\\{0,7}\/|u002f/i.test(text);
  return text.includes('%') && /%(?:25){0,3}40/.test(text);
}

/** Whether words follow the secret, and the last of them says that the key only tells of it. */
function isHarmless(words: readonly string[], count: number): boolean {
  const last = words.at(-1) ?? '';
  if (count === words.length || !HARMLESS_LAST_WORDS.has(last)) return false;
  // Vault's secret_id is the secret itself.
  return !(last.startsWith('id') && words[count - 1] === 'secret');
}

function hasTail(word: string): boolean {
  for (const stem of ['password', 'passwd', 'token', 'secret']) {
    const at = word.indexOf(stem);
    if (at >= 0 && SECRET_TAILS.has(word.slice(at + stem.length))) return true;
  }
  return false;
}

// A change from small to capital begins a word, and so does the last of several capitals before a small letter.
const WORD_BOUNDARY = /\P{L}+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/** The words of a key in lower case: `XPlexToken2` is x, plex, token. */
export function splitWords(key: string): string[] {
  return key
    .split(WORD_BOUNDARY)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** The key in lower case without what stands between words. */
function normalize(key: string): string {
  return key.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

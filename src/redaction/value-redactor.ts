import type { AnyValue, AnyValueMap } from '@opentelemetry/api-logs';
import { BoundedMap } from '../collections/bounded-map.js';
import type { KeyJudge } from './key-judge.js';
import { findProgram, redactArgument } from './command-lines.js';
import { holdsPassword } from './redis-commands.js';
import { isSecret, redactText } from './text-redactor.js';
import { isCount, REDACTED } from './values.js';
import { NAME_KEYS, VALUE_KEYS, type Verdict } from './words.js';

/** What is known of a key of plain data. */
interface JudgedKey {
  readonly verdict: Verdict;
  /** The key without the secrets in its own text, where it has any. */
  readonly shown: string | undefined;
}

/** Keys whose verdicts are kept. */
export const MAX_KEYS = 2_048;
const MAX_CACHED_KEY_CHARS = 128;
/** Longest text that is taken for the name of a secret, in a pair or beside a `value`. */
const MAX_NAME_CHARS = 128;

/**
 * Redacts plain data, as the sanitizer makes it: by keys at any depth, by names in pairs and in entries of a list of
 * headers, and by what texts look like. What has no secret in it is given back as it is; nothing is changed in place.
 */
export class ValueRedactor {
  readonly #judge: KeyJudge;
  readonly #keys = new BoundedMap<string, JudgedKey>(MAX_KEYS);

  constructor(judge: KeyJudge) {
    this.#judge = judge;
  }

  /** The text without its secrets. */
  redactText(text: string): string {
    return redactText(text, this.#judge);
  }

  /** The value without its secrets. */
  redactValue(value: AnyValue): AnyValue {
    if (typeof value === 'string') return redactText(value, this.#judge);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    return Array.isArray(value) ? this.#redactList(value) : this.redactMap(value);
  }

  /** The map without its secrets. */
  redactMap<T extends Readonly<AnyValueMap>>(map: T): T {
    let copy: AnyValueMap | undefined;
    let named = false;
    let renamed = false;
    for (const key of Object.keys(map)) {
      const value = map[key];
      const { verdict, shown } = this.#judgeKey(key);
      const redacted = isSecret(verdict) ? this.#hide(value, verdict) : this.redactValue(value);
      if (redacted !== value) (copy ??= { ...map })[key] = redacted;
      if (verdict === 'value') named = true;
      if (shown !== undefined) renamed = true;
    }
    if (typeof map['code'] === 'string' && isLogin(map, map['code'])) (copy ??= { ...map })['code'] = REDACTED;
    const args = map['args'];
    if (Array.isArray(args) && holdsPassword(map['name'], args)) (copy ??= { ...map })['args'] = REDACTED;
    if (named && this.#namesSecret(map)) copy = this.#hideNamed(copy ?? map);
    return (renamed ? this.#rename(copy ?? map) : (copy ?? map)) as T;
  }

  #redactList(list: readonly AnyValue[]): AnyValue[] {
    let copy: AnyValue[] | undefined;
    const program = findProgram(list);
    for (let i = 0; i < list.length; i++) {
      const value = list[i];
      const verdict = i > 0 ? this.#judgeNeighbour(list, i) : 'plain';
      const shown =
        program === undefined || typeof value !== 'string' ? value : redactArgument(program, list, i, value);
      const redacted = isSecret(verdict) ? this.#hide(value, verdict) : this.redactValue(shown);
      if (redacted !== value) (copy ??= [...list])[i] = redacted;
    }
    return copy ?? (list as AnyValue[]);
  }

  /**
   * What the item before this one says of it, where that may be its name: in a pair, in a flat list of names and values
   * (Node's `rawHeaders`), and behind an option of a command line.
   */
  #judgeNeighbour(list: readonly AnyValue[], at: number): Verdict {
    const name = list[at - 1];
    if (typeof name !== 'string' || name.length > MAX_NAME_CHARS) return 'plain';
    const isOption = name.startsWith('--') && !name.includes('=');
    if (!isOption && (at % 2 === 0 || list.length % 2 !== 0)) return 'plain';
    return /[\s=]/.test(name) ? 'plain' : this.#judge.judge(name);
  }

  #judgeKey(key: string): JudgedKey {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const shown = redactText(key, this.#judge);
    const judged = { verdict: this.#judge.judge(key), shown: shown === key ? undefined : shown };
    if (key.length <= MAX_CACHED_KEY_CHARS) this.#keys.set(key, judged);
    return judged;
  }

  #hide(value: AnyValue, verdict: Verdict): AnyValue {
    switch (typeof value) {
      case 'string':
        return value === '' || (verdict === 'countable' && isCount(value, 0, value.length)) ? value : REDACTED;
      case 'number':
        return verdict === 'secret' ? REDACTED : value;
      case 'object':
        return value === null || verdict === 'text' ? this.redactValue(value) : REDACTED;
      default:
        // A boolean tells whether there is one.
        return value;
    }
  }

  #namesSecret(map: Readonly<AnyValueMap>): boolean {
    return Object.keys(map).some((key) => {
      const name = map[key];
      if (typeof name !== 'string' || name.length > MAX_NAME_CHARS || !NAME_KEYS.has(key.toLowerCase())) return false;
      return isSecret(this.#judge.judge(name));
    });
  }

  #hideNamed(map: Readonly<AnyValueMap>): AnyValueMap {
    const copy = { ...map };
    for (const key of Object.keys(copy)) {
      if (VALUE_KEYS.has(key.toLowerCase())) copy[key] = this.#hide(copy[key], 'secret');
    }
    return copy;
  }

  /** Keys that are the same without their secrets are numbered: no entry takes the place of another. */
  #rename(map: Readonly<AnyValueMap>): AnyValueMap {
    const entries = new Map<string, AnyValue>();
    for (const key of Object.keys(map)) {
      const shown = this.#judgeKey(key).shown ?? key;
      let free = shown;
      for (let i = 2; entries.has(free); i++) free = `${shown} (${i})`;
      entries.set(free, map[key]);
    }
    return Object.fromEntries(entries);
  }
}

/** Whether the entry `code` is that of an OAuth login: no error's and no country's, in the query or body of one. */
function isLogin(map: Readonly<AnyValueMap>, code: string): boolean {
  return !/^(?:\d{0,5}|[A-Z]{2,3}|E[A-Z_]+)$/.test(code) && LOGIN_KEYS.some((key) => key in map);
}

const LOGIN_KEYS = ['state', 'grant_type', 'code_verifier', 'redirect_uri'];

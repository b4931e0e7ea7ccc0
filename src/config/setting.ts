/**
 * One environment variable: what it is called, what it may be, what is used where it is absent or unusable.
 * `docs/configuration.md` is made from these rows.
 */
export interface Setting<T> {
  readonly variable: string;
  /** What it does, one sentence for the documentation. */
  readonly about: string;
  /** The legal values in words, as they stand in a warning: "an integer from 0 to 65535". */
  readonly allowed: string;
  /** What the value counts, where it counts something. */
  readonly unit?: string;
  readonly fallback: T;
  /** How the fallback is written in documents, where it is not simply its text. */
  readonly fallbackText?: string;
  /** The value is never shown, not even when it is wrong. */
  readonly secret?: boolean;
  /** The value that `text` stands for, or undefined where it is not allowed. `text` is trimmed and not empty. */
  readonly parse: (text: string) => T | undefined;
}

/** The type of the object that a group of settings is read into. */
export type Values<G extends Readonly<Record<string, Setting<unknown>>>> = {
  readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : never;
};

/** A setting that is not acceptable: one line for the person who set it. */
export type Problem = string;

const MAX_SHOWN_CHARS = 80;

/** Reads one setting. Unset and blank mean the fallback; an unusable value also, with a problem that says so. */
export function readSetting<T>(row: Setting<T>, env: NodeJS.ProcessEnv, problems: Problem[]): T {
  const text = env[row.variable]?.trim();
  if (text === undefined || text === '') return row.fallback;
  const value = row.parse(text);
  if (value !== undefined) return value;
  problems.push(describeProblem(row, text));
  return row.fallback;
}

/** The line for a value that is not used. */
export function describeProblem<T>(row: Setting<T>, text: string): Problem {
  const used = row.fallbackText ?? printValue(row.fallback);
  return `${row.variable} is ${showValue(row, text)}; allowed: ${row.allowed}; used instead: ${used}`;
}

function showValue<T>(row: Setting<T>, text: string): string {
  if (row.secret === true) return 'not usable (value not shown)';
  const open = hideSecrets(text);
  return JSON.stringify(open.length > MAX_SHOWN_CHARS ? `${open.slice(0, MAX_SHOWN_CHARS)}…` : open);
}

/** A URL may carry credentials and keys, whichever setting it was given for, and with or without its scheme. */
export function hideSecrets(text: string): string {
  const withoutUser = text.replace(/(\/\/|^)\S*@/g, '$1***@');
  return withoutUser.includes('://') ? withoutUser.replace(/[?#].*$/s, '?***') : withoutUser;
}

/** A setting's value as it is written in a warning and in the documents. */
export function printValue(value: unknown): string {
  if (value === undefined || value === '') return '(unset)';
  // oxlint-disable-next-line typescript/no-base-to-string -- values of settings are texts, numbers, booleans and lists
  return String(value);
}

/** true/false, also 1/0, yes/no, on/off, whatever the case. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  return undefined;
}

/** A parser of decimal integers from `min` to `max`. */
export function integerFrom(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    if (!/^\d{1,15}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  };
}

/** A parser of one of the given words, whatever the case. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T | undefined {
  return (text) => words.find((word) => word.toLowerCase() === text.toLowerCase());
}

/** An absolute http or https URL without credentials, query and fragment. */
export function parseHttpUrl(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  // By the text: of a bare `?` or `#` at the end URL says nothing, and a path that is added would stand behind it.
  const plain = url.username === '' && url.password === '' && !/[?#]/.test(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && plain ? text : undefined;
}

/** A parser of URLs of the given schemes, credentials included. The result is to be kept secret. */
export function parseServerUrl(schemes: readonly string[]): (text: string) => string | undefined {
  return (text) => {
    try {
      // `redis:6379` is a URL too, of nothing.
      const { protocol } = new URL(text);
      return schemes.includes(protocol.slice(0, -1)) && text.startsWith('//', protocol.length) ? text : undefined;
    } catch {
      return undefined;
    }
  };
}

/** A parser of comma separated lists without empty items. */
export function listOf<T>(parseItem: (text: string) => T | undefined): (text: string) => readonly T[] | undefined {
  return (text) => {
    const items = text.split(',').map((item) => parseItem(item.trim()));
    return items.every((item) => item !== undefined) ? items : undefined;
  };
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/**
 * `key=value,key=value` with percent-encoded values, as OpenTelemetry writes headers and attributes
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables).
 */
export function parsePairs(text: string): Readonly<Record<string, string>> | undefined {
  const pairs: Record<string, string> = {};
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    if (at < 1) return undefined;
    const value = decode(part.slice(at + 1).trim());
    if (value === undefined) return undefined;
    pairs[part.slice(0, at).trim()] = value;
  }
  return pairs;
}

/** Pairs that are legal HTTP headers. */
export function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const headers = parsePairs(text);
  if (headers === undefined) return undefined;
  const legal = Object.entries(headers).every(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value));
  return legal ? headers : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Narrow helper: a row keeps the type of its value. */
export function setting<T>(row: Setting<T>): Setting<T> {
  return row;
}

/** What is allowed, in words that several settings share. */
export const BOOLEAN = 'true or false';
export const URL_WORDS = 'an http:// or https:// URL without credentials, query and fragment';
export const HEADER_WORDS = 'key=value pairs, comma separated, values percent-encoded';

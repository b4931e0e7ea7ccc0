/** Generated secrets, keys and places: the same for the same seed. */

/** A source of random numbers from 0 up to, but not including, 1. */
export type Random = () => number;

/** A small generator (mulberry32), so that a failure can be repeated by its seed. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/** A secret and the parts of it that must not appear anywhere. */
export interface Secret {
  readonly text: string;
  readonly parts: readonly string[];
}

const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('');

/** Two long random words, with one of the given signs between them. */
export function makeSecret(random: Random, signs: readonly string[]): Secret {
  const parts = ['', ''].map(() => Array.from({ length: 12 }, () => pick(random, LETTERS)).join(''));
  return { text: parts.join(pick(random, signs)), parts };
}

const STEMS = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'token',
  'secret',
  'authorization',
  'cookie',
  'set cookie',
  'credential',
  'api key',
  'private key',
  'access key',
  'secret key',
  'session id',
  'access token',
  'plex token',
  'client secret',
];
const PREFIXES = ['', '', 'db', 'plex', 'LIDARR', 'x', 'my new', 'user', 'http request header'];
const SUFFIXES = ['', '', '', '2', 'old', 'hash', 'value', 'for plex', 'production'];

const STYLES: readonly ((words: readonly string[]) => string)[] = [
  (words) => words.map((word, i) => (i === 0 ? word.toLowerCase() : capitalize(word))).join(''),
  (words) => words.map((word) => capitalize(word)).join(''),
  (words) => words.map((word) => capitalize(word)).join('-'),
  (words) => words.join('_').toLowerCase(),
  (words) => words.join('-').toLowerCase(),
  (words) => words.join('.').toLowerCase(),
  (words) => words.join('_').toUpperCase(),
  (words) => words.join('-').toUpperCase(),
];

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

/** The name of a secret, in one of the spellings that people use. */
export function makeKey(random: Random): string {
  const joined = random() < 0.15;
  const suffix = joined ? '' : pick(random, SUFFIXES);
  const words = `${pick(random, PREFIXES)} ${pick(random, STEMS)} ${suffix}`.split(' ').filter((word) => word !== '');
  return joined ? words.join('').toLowerCase() : pick(random, STYLES)(words);
}

/** Puts a value into objects, lists, maps and instances, some levels deep. */
export function bury(random: Random, key: string, value: unknown): Record<string, unknown> {
  let buried: unknown = pick(random, PLACES)(key, value);
  const levels = Math.floor(random() * 8);
  for (let i = 0; i < levels; i++) buried = pick(random, LAYERS)(buried);
  return { detail: buried };
}

class Instance {
  readonly inner: unknown;
  constructor(inner: unknown) {
    this.inner = inner;
  }
}

const PLACES: readonly ((key: string, value: unknown) => unknown)[] = [
  (key, value) => ({ [key]: value }),
  (key, value) => ({ [key]: [value] }),
  (key, value) => ({ [key]: { inner: value } }),
  (key, value) => new Map([[key, value]]),
  (key, value) => [key, value],
  (key, value) => [
    ['Host', 'l'],
    [key, value],
  ],
  (key, value) => ['Host', 'l', key, value],
  (key, value) => ({ name: key, value }),
  (key, value) => ({ value, Key: key }),
  (key, value) => Object.assign(Object.create(null) as object, { [key]: value }),
  (key, value) => Object.defineProperty({}, key, { enumerable: true, get: () => value }),
  (key, value) => new Proxy({ [key]: value }, {}),
  (key, value) => ({ toJSON: () => ({ [key]: value }) }),
  (key, value) => Object.assign(new Error('refused'), { [key]: value }),
];

const LAYERS: readonly ((inner: unknown) => unknown)[] = [
  (inner) => ({ inner, other: 1 }),
  (inner) => [1, inner],
  (inner) => new Set([inner]),
  (inner) => new Map([['inner', inner]]),
  (inner) => new Instance(inner),
];

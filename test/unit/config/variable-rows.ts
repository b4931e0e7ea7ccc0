/** What one variable is given, and what becomes of it. */
export interface VariableRow {
  /** Values that are not allowed. None where any text is. */
  readonly nonsense: readonly string[];
  /** Values that are allowed, and what is used. */
  readonly valid: readonly (readonly [text: string, used: unknown])[];
  /** What is used instead of nonsense, as the warning says it. */
  readonly fallback: string;
}

/** Neither true nor false. */
export const NO_BOOLEANS = ['maybe', '2', 'truefalse', 'on off', 'null'];
/** All that is true or false. */
export const BOOLEANS = [
  ['true', true],
  ['TRUE', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['No', false],
  [' off ', false],
] as const;
const NO_URLS = [
  'collector',
  'collector:4318',
  'ftp://collector',
  'http://',
  'http://a:b@c',
  'http://a/?b=c',
  'http://a/?',
  'http://a?',
  'http://a/v1#',
  '/v1',
  '{}',
];
const NO_HEADERS = ['nonsense', '=value', 'a b=c', 'a=%zz', 'a=b%0d%0ac: d', 'a=b,c', 'é=1', 'a=%E2%82%AC'];

/** A whole number. */
export function integers(min: number, max: number, fallback: string): VariableRow {
  return {
    nonsense: [
      `${min - 1}`,
      `${max + 1}`,
      '-5',
      '1.5',
      '1e3',
      '0x50',
      'many',
      'NaN',
      'Infinity',
      '9'.repeat(400),
      '5 5',
    ],
    valid: [
      [`${min}`, min],
      [`${max}`, max],
      [`  ${min}\n`, min],
    ],
    fallback,
  };
}

/** Whatever one likes. */
export function text(): VariableRow {
  return { nonsense: [], valid: [['any text', 'any text']], fallback: '' };
}

/** An absolute URL of http or https. */
export function url(fallback: string): VariableRow {
  return {
    nonsense: NO_URLS,
    valid: ['http://collector:4318', 'https://collector/otlp', 'HTTP://[::1]:1'].map((each) => [each, each]),
    fallback,
  };
}

/** Headers of HTTP, which are secret. */
export const HEADERS: VariableRow = {
  nonsense: NO_HEADERS,
  valid: [
    ['a=b', { a: 'b' }],
    [' a = b , c=d%20e,', { a: 'b', c: 'd e' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=', { a: '' }],
  ],
  fallback: 'no headers',
};

/** A secret that goes into a header as it is. */
export const TOKEN: VariableRow = {
  nonsense: ['two words', 'é', 'x'.repeat(513)],
  valid: [['aA0-_~', 'aA0-_~']],
  fallback: '(unset)',
};

/** A folder. */
export const PATH: VariableRow = {
  nonsense: ['music', './music', '~/music'],
  valid: [['/music', '/music']],
  fallback: '(unset)',
};

/** A part of the name of a key in Redis. */
export function keyPart(fallback: string): VariableRow {
  return {
    nonsense: ['x'.repeat(201), 'a\u0000b', 'a\nb'],
    valid: ['bull', '{music}:', 'a b'].map((each) => [each, each]),
    fallback,
  };
}

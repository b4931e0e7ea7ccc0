import { expect, test } from 'vitest';
import { KeyJudge } from '../../../src/logging/redaction/key-judge.js';
import { redactText } from '../../../src/logging/redaction/text-redactor.js';
import { createRandom, pick } from './redaction-secrets.js';

/** Ten times the text takes ten times as long; where steps grow with the square, a hundred times. */
const SMALL_CHARS = 200_000;
const LARGE_CHARS = 2_000_000;
const MAX_RATIO = 40;
/** Less than this is lost among the other things a machine does. */
const LEAST_MS = 5;
/** Seconds where steps grow with the square would be days. */
const HUGE_CHARS = 10_000_000;
const HUGE_LIMIT_MS = 30_000;

const judge = new KeyJudge({ keys: ['iban'], allowedKeys: ['page_token'] });

/** What the scanner looks for, or stops at. */
const SIGNS = [
  ...'password token cookie authorization key id name value bearer basic null a 1 Aa é'.split(' '),
  ...'= : %3D % %2F%2F // :// @ eyJ . -- _ \\ " \' ` , [ ] { } < > / & ; ( ) ? #'.split(' '),
  '-----BEGIN',
  'PRIVATE KEY-----',
  '-----END',
  '[redacted]',
  ' ',
  '\t',
  '\n',
];

/** Time of the processor, which other processes do not lengthen as they do that of a clock. */
function measureMs(text: string): number {
  const before = process.cpuUsage();
  redactText(text, judge);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** What begins it keeps the text from being passed over. */
function repeat(unit: string, chars: number): string {
  return `token=x ${unit.repeat(Math.ceil(chars / unit.length))}`;
}

test.each(
  [
    ['=', ':', 'a=', 'a:', 'password=', 'password: ', 'pwd=,', 'pwd=a,b', 'pwd=;a', 'pwd=&', 'pwd=)', 'pwd := '],
    ['"', "'", '\\', '\\"', '"pwd":"', '"pwd":"\\', '":"', '","', '["a",', "'X-A', "],
    ['[', '{', '<', '>', 'pwd={', 'pwd=[', 'pwd=<', '<token>', '<a:token>', 'a:token>'],
    ['//', '://a:b/', '//a:b@', '//@', '@', '%', '%3D', '%25', '%2F%2F', '%40'],
    ['eyJ', 'eyJ-', 'eyJa.', ' eyJa', 'bearer ', 'Bearer a ', 'basic ', ' b', '-', '--a', '_--', ' --password'],
    ['-----BEGIN ', '-----BEGIN PRIVATE KEY-----', 'cookie: ', 'cookie:\n', 'authorization: ', 'a key=', 'id = '],
    ['name:"token",value:', 'password=[redacted]', ' ', '\n', 'é', '💿', 'a', 'aA', '_a'],
  ].flat(),
)('the time for many %j grows as their number does', { timeout: 60_000 }, (unit) => {
  const smallMs = Math.max(LEAST_MS, measureMs(repeat(unit, SMALL_CHARS)));
  expect(measureMs(repeat(unit, LARGE_CHARS))).toBeLessThan(smallMs * MAX_RATIO);
});

test.each(['basic ', 'pwd=a,b', '"pwd":"\\', '://a:b/', 'eyJ-'])(
  '10 MB of %j are done in a bounded time',
  { timeout: 120_000 },
  (unit) => {
    expect(measureMs(repeat(unit, HUGE_CHARS))).toBeLessThan(HUGE_LIMIT_MS);
  },
);

test.each(['token="', 'token={', "token: '", '-----BEGIN PRIVATE KEY-----', 'Cookie: '])(
  '10 MB that %s opens and nothing closes are hidden',
  (opening) => {
    expect(redactText(opening + 'a, '.repeat(HUGE_CHARS / 3), judge).length).toBeLessThan(100);
  },
);

test('the time for any few signs, repeated, grows as their number does', { timeout: 60_000 }, () => {
  const random = createRandom(20_261_125);
  for (let i = 0; i < 150; i++) {
    const unit = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(random, SIGNS)).join('');
    const smallMs = Math.max(LEAST_MS, measureMs(repeat(unit, SMALL_CHARS / 20)));
    expect(measureMs(repeat(unit, LARGE_CHARS / 20)), JSON.stringify(unit)).toBeLessThan(smallMs * MAX_RATIO);
  }
});

test('the time for names that nobody has seen grows as their number does', { timeout: 60_000 }, () => {
  const makeText = (names: number): string => Array.from({ length: names }, (_, i) => `k${i}x=`).join(' token ');
  const smallMs = Math.max(LEAST_MS, measureMs(makeText(10_000)));
  expect(measureMs(makeText(100_000))).toBeLessThan(smallMs * MAX_RATIO);
});

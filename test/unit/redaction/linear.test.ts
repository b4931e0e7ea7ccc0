import { expect, test } from 'vitest';
import { KeyJudge } from '../../../src/redaction/key-judge.js';
import { redactText } from '../../../src/redaction/text-redactor.js';
import { createRandom, pick } from './secrets.js';

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
  ...'gh glpat- SG. Q~ -us :AA curl mysql -u -p x- X-Token digest oauth aws4- code='.split(' '),
  '-----END',
  'x_token ',
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
    [
      'ghs_',
      'glpat-',
      'SG.',
      'SG.aaaaaaaaaaaaaaaaaaaa.',
      'sk-',
      'sk-a',
      'MTa.',
      'PMAK-0',
      'dt0a11.A',
      'perm:a.',
      'dp.pt.a',
    ],
    [
      'A'.repeat(30) + ' ',
      'abc0Q~',
      'a-us1',
      '123456:AA',
      '.atlasv1.',
      'hooks.slack.com/services/',
      'discord.com/api/webhooks',
    ],
    [
      'curl ',
      'curl -u',
      'curl -u a',
      "curl -u '",
      'mysql -p',
      ' -p',
      'mysql -p"',
      'curl --user',
      'mysql ',
      'curl -uuuuuuuu',
    ],
    [
      'X-',
      'x-token ',
      'X-a-token ',
      '_token ',
      '-key ',
      'a_token a',
      'Digest ',
      'digest a=',
      'digest a="',
      'AWS4-',
      'a="b", ',
    ],
    ['OAuth a=b,', 'negotiate ', 'authorization: Bearer a,', 'code=', '?code=', '&code=a', 'authorization=Digest a=b,'],
    ['x_token {', 'x_token [', 'x_token <a', 'x_token { {', 'x_token Bearer {', 'x_token digest {', 'X-Token to {'],
    [
      '%20x-',
      '%20--a',
      '\\u003dx-',
      '\u001b[1m',
      '\\/\\/',
      '%2F%252F',
      '<a b="',
      'pwd=&quot;a&quot;',
      'hooks.slack.com//',
      'curl "',
      "curl '\\",
      'name: "a\\',
      '["token","\\',
      '["token","a":',
      '--token {',
    ],
    [
      "name: 'auth', args: [",
      "name:'auth',args:['",
      "name:'hello',args:[name:'hello',args:[",
      "name: 'config', ",
      'AUTH ',
      'AUTH a',
      'AUTH default ',
      'CONFIG SET requirepass ',
      'requirepass "',
      '\nrequirepass a',
    ],
    ['Key (token)=(', 'Key (a)=(', ')=(', ' (token,', 'Key (token)=(a) ', "password '", "password '' ", 'token "a'],
    ['insert into ', 'insert into a(', "insert into a(password)values('", 'insert into a (password) values (', "','"],
    ["insert into a (password) values ('a'),", " '", ' "', " \\\\'", "identified by '", 'identified  ', "a '''"],
    ["://a:b'", '://a:b"@', '://a:b ', '//a:b>a@', '//a:b…[cut: ', '//a:b/…[cut:', '%2F%2Fa%3A…[cut: ', 'a//a:b/'],
    ['authToken ', 'aTokenKey ', 'aKey {', 'aToken [', 'Token ', 'aSecret'],
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

/** What names a secret, and what may open a value that nothing closes. */
const NAMES = [
  'x_token ',
  'X-Token ',
  '--token ',
  'token=',
  'token%3D',
  '["token",',
  'name: ',
  'Authorization: ',
  'curl -u ',
];
const OPENINGS = [
  '{',
  '[',
  '<a',
  '"',
  "'",
  '\\"',
  '"""',
  '\\u0022',
  '&quot;',
  'Aa {',
  'Bearer {',
  'digest a="',
  '<![CDATA[',
];

test('the time for any name before any opening, repeated, grows as their number does', { timeout: 120_000 }, () => {
  for (const unit of NAMES.flatMap((name) => OPENINGS.map((opening) => `${name}${opening} `))) {
    const smallMs = Math.max(LEAST_MS, measureMs(repeat(unit, SMALL_CHARS / 20)));
    expect(measureMs(repeat(unit, LARGE_CHARS / 20)), JSON.stringify(unit)).toBeLessThan(smallMs * MAX_RATIO);
  }
});

test('the time for names that nobody has seen grows as their number does', { timeout: 60_000 }, () => {
  const makeText = (names: number): string => Array.from({ length: names }, (_, i) => `k${i}x=`).join(' token ');
  const smallMs = Math.max(LEAST_MS, measureMs(makeText(10_000)));
  expect(measureMs(makeText(100_000))).toBeLessThan(smallMs * MAX_RATIO);
});

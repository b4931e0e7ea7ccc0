import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KeyJudge } from '../../../src/redaction/key-judge.js';
import { redactText } from '../../../src/redaction/text-redactor.js';
import { ADDRESS_FORMS, SIGNED_FORMS, TOKEN_FORMS } from '../../../src/redaction/token-forms.js';

const JUDGE = new KeyJudge({ keys: [], allowedKeys: [] });
const redact = (text: string): string => redactText(text, JUDGE);
/** No key of anybody; put together here, so that no scanner takes this file for a leak. */
const ANY = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6jK9mP2rS5tV8wX1yZ4aB7cD0eF3g';
const CAPITALS = ANY.toUpperCase();
const HEX = '0123456789abcdef'.repeat(6);
const join = (...parts: readonly string[]): string => parts.join('');

const TOKENS = [
  join('gh', 'p_', ANY.slice(0, 36)),
  join('gh', 's_', ANY.slice(0, 36)),
  join('github', '_pat_', ANY.slice(0, 22), '_', ANY.slice(0, 59)),
  join('gl', 'pat-', ANY.slice(0, 20)),
  join('SIE-gl', 'pat-', ANY.slice(0, 20)),
  join('gl', 'rt-', ANY.slice(0, 20)),
  join('np', 'm_', ANY.slice(0, 36)),
  join('AK', 'IA', CAPITALS.slice(0, 16)),
  join('AS', 'IA', CAPITALS.slice(0, 16)),
  join('xo', 'xb-123456789012-123456789012-', ANY.slice(0, 24)),
  join('xo', 'xe.xoxp-1-', ANY),
  join('xa', 'pp-1-A012-', ANY),
  join('sk', '_live_', ANY.slice(0, 24)),
  join('rk', '_live_', ANY.slice(0, 24)),
  join('wh', 'sec_', ANY.slice(0, 32)),
  join('sk', '-ant-api03-', ANY, '-_A'),
  join('sk', '-proj-', ANY),
  join('sk', '-', ANY.slice(0, 48)),
  join('AI', 'za', ANY.slice(0, 35)),
  join('ya', '29.', ANY),
  join('GOC', 'SPX-', ANY.slice(0, 28)),
  join('S', 'G.', ANY.slice(0, 22), '.', ANY.slice(0, 43)),
  join('S', 'K', HEX.slice(0, 32)),
  join('shp', 'at_', HEX.slice(0, 32)),
  join('py', 'pi-AgEIcHlwaS5vcmc', ANY),
  join('dckr', '_pat_', ANY.slice(0, 27)),
  join('dop', '_v1_', HEX.slice(0, 64)),
  join('h', 'f_', ANY.slice(0, 34)),
  join('hv', 's.', ANY.slice(0, 24)),
  join('gl', 'sa_', ANY.slice(0, 32), '_', HEX.slice(0, 8)),
  join('AT', 'ATT3', ANY),
  join('ts', 'key-auth-', ANY.slice(0, 24)),
  join('MTIz', 'NDU2Nzg5MDEyMzQ1Njc4.', 'GabcdE.', ANY.slice(0, 38)),
  join('abc', '8Q~', ANY.slice(0, 34)),
  join(HEX.slice(0, 32), '-us12'),
  join('123456789', ':AA', ANY.slice(0, 33)),
];

test.each(TOKENS)('%s is known by its form', (token) => {
  for (const [before, after] of [
    ['', ''],
    ['got ', ' from it'],
    ['"', '"'],
    ['(', ').'],
    ['https://l/x/', '/y'],
    ['id=', '&a=1'],
    ['\n', '\n'],
    ['é', '💿'],
    ['a\\n', '\\n'],
    ['a\\u003d', '\\u0026'],
    ['\u001b[32m', '\u001b[39m'],
    ['a%253D', '%2526'],
  ] as const) {
    const text = redact(`${before}${token}${after}`);
    expect(text).not.toContain(token.slice(-12));
    expect(text).toContain('[redacted]');
    expect(redact(text), 'redacted twice').toBe(text);
  }
});

test.each([
  ['https://hooks.slack.com/services/T0/B0/abc', 'https://hooks.slack.com/services/[redacted]'],
  ['POST https://discord.com/api/webhooks/1/a-b failed', 'POST https://discord.com/api/webhooks/[redacted] failed'],
  ['https://discordapp.com/api/v10/webhooks/1/ab?wait=1', 'https://discordapp.com/api/v10/webhooks/[redacted]?wait=1'],
  ['https://api.telegram.org/bot1:ab/getMe', 'https://api.telegram.org/bot[redacted]/getMe'],
  ['https://api.telegram.org/file/bot1:ab/a.jpg', 'https://api.telegram.org/file/bot[redacted]/a.jpg'],
  [
    '/go?to=https%3A%2F%2Fhooks.slack.com%2Fservices%2FT0%2FB0%2Fab',
    '/go?to=https%3A%2F%2Fhooks.slack.com%2Fservices%2F[redacted]',
  ],
])('%s is an address that is a secret', (text, redacted) => {
  expect(redact(text)).toBe(redacted);
});

const ADDRESSES = [
  ['hooks.slack.com', '/services/', 'T000/B000/hunter2'],
  ['discord.com', '/api/webhooks/', '1234/hunter2'],
  ['maker.ifttt.com', '/trigger/door/with/key/', 'hunter2'],
  ['acme.webhook.office.com', '/webhookb2/', 'a@b/IncomingWebhook/hunter2'],
  ['api.telegram.org', '/bot', '1234:hunter2'],
  ['hooks.zapier.com', '/hooks/catch/', '1/hunter2'],
] as const;
const SPELLINGS: readonly (readonly [string, (url: string) => string])[] = [
  ['with a port', (url) => url.replace(/(?<=\w)(?=\/\w)/, ':443')],
  ['in capitals', (url) => url.replace(/(?<=\/\/)[^/]+/, (host) => host.toUpperCase())],
  ['with a dot', (url) => url.replace(/(?<=\w)(?=\/\w)/, '.')],
  ['with two slashes', (url) => url.replaceAll(/(?<=\w)\/(?=\w)/g, '//')],
  ['in JSON', (url) => url.replaceAll('/', '\\/')],
  ['in JSON for HTML', (url) => url.replaceAll('/', '\\u002f')],
  ['in a URL', encodeURIComponent],
  ['in a URL in a URL', (url) => encodeURIComponent(encodeURIComponent(url))],
  ['with a port in a URL', (url) => encodeURIComponent(url.replace(/(?<=\w)(?=\/\w)/, ':443'))],
];

test.each(
  ADDRESSES.flatMap(([host, kept, secret]) =>
    SPELLINGS.map(([how, spell]) => [host, how, spell, kept, secret] as const),
  ),
)('the address at %s %s is a secret', (host, _, spell, kept, secret) => {
  const text = redact(`"u":"${spell(`https://${host}${kept}${secret}`)}"`);
  expect(text).toContain('[redacted]"');
  expect(text).not.toContain('hunter2');
  expect(redact(text), 'redacted twice').toBe(text);
});

test('docs/redaction.md names all services', () => {
  const text = readFileSync(new URL('../../../docs/redaction.md', import.meta.url), 'utf8');
  const services = [...TOKEN_FORMS, ...ADDRESS_FORMS, ...SIGNED_FORMS].map(([service]) => service);
  expect([...new Set(services)].filter((service) => !text.includes(service))).toEqual([]);
});

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KeyJudge } from '../../../src/logging/redaction/key-judge.js';
import { redactText } from '../../../src/logging/redaction/text-redactor.js';

const JUDGE = new KeyJudge({ keys: ['iban'], allowedKeys: ['page_token'] });
const redact = (text: string): string => redactText(text, JUDGE);

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const BASIC = Buffer.from('anna:hunter2').toString('base64');
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----';

describe('hides', () => {
  test.each([
    // URLs
    ['postgres://barbossa:hunter2@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['redis://:hunter2@cache/0 is down', 'redis://[redacted]@cache/0 is down'],
    ['postgres://u:hun/ter2@db/x', 'postgres://[redacted]@db/x'],
    ['postgres://u:h@unter2@db/x', 'postgres://[redacted]@db/x'],
    ['https://ghp_hunter2@git.home/x', 'https://[redacted]@git.home/x'],
    ['GET /library?X-Plex-Token=hunter2&start=0', 'GET /library?X-Plex-Token=[redacted]&start=0'],
    ['http://l/api?apikey=hunter2', 'http://l/api?apikey=[redacted]'],
    ['http://l/api?a=1&api_key=hun%20ter2#top', 'http://l/api?a=1&api_key=[redacted]#top'],
    ['http://l/?token=hunter2&flag', 'http://l/?token=[redacted]&flag'],
    ['http://l/#access_token=hunter2&state=1', 'http://l/#access_token=[redacted]&state=1'],
    [
      'https://s3/x?X-Amz-Signature=hunter2&signature=hunter2&sig=hunter2',
      'https://s3/x?X-Amz-Signature=[redacted]&signature=[redacted]&sig=[redacted]',
    ],
    ['/login?user%5Bpassword%5D=hunter2', '/login?user%5Bpassword%5D=[redacted]'],
    [
      '/go?to=https%3A%2F%2Fu%3Ahunter2%40h%2F%3Ftoken%3Dhunter2%26a%3D1&b=2',
      '/go?to=https%3A%2F%2F[redacted]%40h%2F%3Ftoken%3D[redacted]%26a%3D1&b=2',
    ],
    // pairs
    ['password=hunter2', 'password=[redacted]'],
    ['user=anna password=hunter2 db=x', 'user=anna password=[redacted] db=x'],
    ['user=anna;password=hunter2;db=x', 'user=anna;password=[redacted];db=x'],
    ['user=anna,password=hun,ter2,db=x', 'user=anna,password=[redacted],db=x'],
    ["password='hunter2 with spaces'", "password='[redacted]'"],
    ['password: hunter2', 'password: [redacted]'],
    ['password=hunter2 {"b":1}', 'password=[redacted] {"b":1}'],
    ['api key: hunter2.', 'api key: [redacted].'],
    ['Session ID = hunter2', 'Session ID = [redacted]'],
    ['(token=hunter2)', '(token=[redacted])'],
    ['password := "hunter2"', 'password := "[redacted]"'],
    ["'password' => 'hunter2'", "'password' => '[redacted]'"],
    ['PGPASSWORD=hunter2 psql', 'PGPASSWORD=[redacted] psql'],
    ['mysqldump --password hunter2 --all', 'mysqldump --password [redacted] --all'],
    ['iban=DE02120300000000202051', 'iban=[redacted]'],
    // JSON and what objects are printed as
    ['{"password":"hunter2","b":1}', '{"password":"[redacted]","b":1}'],
    ['{"password" : "hun\\"ter2\\\\","b":1}', '{"password" : "[redacted]","b":1}'],
    ['{\\"password\\":\\"hunter2\\",\\"b\\":1}', '{\\"password\\":\\"[redacted]\\",\\"b\\":1}'],
    ['{"a":"{\\"token\\":\\"hun\\\\\\"ter2\\"}","b":1}', '{"a":"{\\"token\\":\\"[redacted]\\"}","b":1}'],
    ['{"pin":1,"token":123456,"b":1}', '{"pin":1,"token":[redacted],"b":1}'],
    ['{"credentials":{"a":"hunter2","b":["hunter2"]},"c":1}', '{"credentials":[redacted],"c":1}'],
    ['{"name":"X-Plex-Token","value":"hunter2"}', '{"name":"X-Plex-Token","value":"[redacted]"}'],
    ['["X-Plex-Token","hunter2"]', '["X-Plex-Token","[redacted]"]'],
    ["[ 'password', 'hunter2' ]", "[ 'password', '[redacted]' ]"],
    ["[ 'Host', 'l', 'Authorization', 'hunter2' ]", "[ 'Host', 'l', 'Authorization', '[redacted]' ]"],
    ['{"password":"hunter2…[cut: 12 characters]', '{"password":"[redacted]'],
    ['<Config><ApiKey>hunter2 x</ApiKey></Config>', '<Config><ApiKey>[redacted]</ApiKey></Config>'],
    ['<Server name="l" accessToken="hunter2" />', '<Server name="l" accessToken="[redacted]" />'],
    // headers
    ['Authorization: Bearer hunter2', 'Authorization: [redacted]'],
    ['Authorization: Bearer hunter2 was refused', 'Authorization: [redacted] was refused'],
    ['Authorization: Digest username="anna", response="hunter2"', 'Authorization: [redacted]'],
    ['authorization: hunter2\nhost: l', 'authorization: [redacted]\nhost: l'],
    [
      'GET / HTTP/1.1\\r\\nCookie: sid=hunter2; b=hunter2\\r\\nHost: l',
      'GET / HTTP/1.1\\r\\nCookie: [redacted]\\r\\nHost: l',
    ],
    ['curl -H "Authorization: Basic hunter2" https://l/', 'curl -H "Authorization: [redacted]" https://l/'],
    ["curl -H 'Cookie: a=hunter2; b=hunter2' https://l/", "curl -H 'Cookie: [redacted]' https://l/"],
    ['x-plex-token: hunter2', 'x-plex-token: [redacted]'],
    ['token: Bearer hunter2 x', 'token: [redacted] x'],
    // what shows itself
    ['sent Bearer hunter2 to Plex', 'sent Bearer [redacted] to Plex'],
    ['bearer hunter2', 'bearer [redacted]'],
    [`Basic ${BASIC} is wrong`, 'Basic [redacted] is wrong'],
    [`got ${JWT}.`, 'got [redacted]'],
    [`key\n${PEM}\nend`, 'key\n[redacted]\nend'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEow…[cut: 9 characters]', '[redacted]'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
    expect(redact(redacted), 'redacted twice').toBe(redacted);
  });

  test('what the inspector prints', () => {
    const cookies = Object.create(null, { sid: { value: 'hunter2', enumerable: true } }) as object;
    class Credentials {
      user = 'hunter2';
    }
    const text = inspect({
      password: 'hunter2',
      cookies,
      credentials: new Credentials(),
      tokens: new Map([['a', 'hunter2']]),
    });
    expect(text).toContain('hunter2');
    expect(redact(text)).not.toContain('hunter2');
  });

  test('a buffer and a symbol', () => {
    const text = inspect({ password: Buffer.from('hunter2'), token: Symbol('hunter2'), title: 'Blue' });
    expect(redact(text)).not.toMatch(/hunter2|68 75 6e/);
    expect(redact(text)).toContain('Blue');
  });

  test('JSON within JSON within JSON', () => {
    let text = JSON.stringify({ password: 'hun"ter\\2', title: 'Blue' });
    for (let depth = 0; depth < 4; depth++) {
      const redacted = redact(text);
      expect(redacted).not.toMatch(/hun|ter/);
      expect(redacted).toContain('Blue');
      text = JSON.stringify({ body: text });
    }
  });
});

describe('leaves', () => {
  test.each([
    ['a line without anything', 'GET /api/tracks/12 answered 200 in 3 ms'],
    ['a time, a port and a line of a file', 'at 12:30:05 from 127.0.0.1:4318 in /app/src/token.js:12:5'],
    ['a stack frame', '    at readToken (file:///app/src/cookies.ts:12:5)\n    at node:internal/main:1:1'],
    ['counts', 'tokens_used: 5, tokens: 512, max_tokens=100, "prompt_tokens":12'],
    ['words with a secret within', 'author: Anna, keyboard=1, passwordless: yes, monkey: 1, "secretary":"Bob"'],
    ['that there is none', 'password: null, token=undefined token: "", "secret":false, cookie: none'],
    ['that there is one', 'hasPassword=true'],
    ['what a mark hides already', 'password=*** token: ... secret="[redacted]"'],
    ['a parser error', 'Unexpected token: } in JSON, or token <'],
    [
      'prose',
      'bearer token missing; basic authentication failed; Basic plan; option --token is required; auth: failed',
    ],
    ['a challenge', 'www-authenticate: Bearer realm="plex", error="invalid"'],
    ['a list of fields', 'fields "email", "password", "name" are required'],
    ['a package in a registry', 'http://localhost:4873/@scope/name https://registry.home/@scope/name'],
    ['an address in a path', 'GET /users//anna@home.net mailto:anna@home.net'],
    ['what looks like a JWT', 'eyJ is how one begins, eyJhbGci. is too short'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----'],
    ['an allowed key', '/api?page_token=abc&pageToken=def'],
    ['a failed login', 'password authentication failed for user "barbossa"'],
    ['a signature outside of a URL', 'signature=void, signature: (a, b)'],
    ['short ones', 'a:b'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(redact(text)).toBe(text);
  });
});

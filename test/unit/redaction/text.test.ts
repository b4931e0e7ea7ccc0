import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KeyJudge } from '../../../src/redaction/key-judge.js';
import { redactText } from '../../../src/redaction/text-redactor.js';

const JUDGE = new KeyJudge({ keys: ['iban'], allowedKeys: ['page_token'] });
const redact = (text: string): string => redactText(text, JUDGE);

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const BASIC = Buffer.from('anna:hunter2').toString('base64');
const TOKEN = ['gh', 'p_', 'a1B2'.repeat(9)].join('');
const ESC = '\u001b';
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
    ['X-Plex-Token hunter2', 'X-Plex-Token [redacted]'],
    ['sent x-api-key hunter2 to it', 'sent x-api-key [redacted] to it'],
    ['plex_token hunter2hunter2 was refused', 'plex_token [redacted] was refused'],
    // all of an Authorization value
    ['Authorization: Bearer hunter2, Digest response="hunter2"', 'Authorization: [redacted]'],
    ['Authorization: Negotiate hunter2==, NTLM hunter2', 'Authorization: [redacted]'],
    ['Authorization: Token token="hunter2", email="hunter2"', 'Authorization: [redacted]'],
    ['authorization=Digest username="hunter2", response="hunter2" ok=1', 'authorization=[redacted] ok=1'],
    ['{"authorization":"Digest username=\\"hunter2\\", response=\\"hunter2\\""}', '{"authorization":"[redacted]"}'],
    ["{ authorization: [ 'Basic hunter2', 'Digest a=hunter2' ] }", '{ authorization: [redacted] }'],
    ["[ 'Proxy-Authorization', 'Digest a=\"hunter2\"' ]", "[ 'Proxy-Authorization', '[redacted]' ]"],
    ['sent Digest username="hunter2", response="hunter2" to it', 'sent Digest [redacted] to it'],
    [
      'AWS4-HMAC-SHA256 Credential=hunter2/20130524/us/s3/aws4_request, SignedHeaders=host, Signature=hunter2 was sent',
      'AWS4-HMAC-SHA256 [redacted] was sent',
    ],
    ['OAuth oauth_consumer_key="a", oauth_signature="hunter2"', 'OAuth [redacted]'],
    ['Hawk id="a", mac="hunter2"', 'Hawk [redacted]'],
    ['Negotiate YIIhunter2==', 'Negotiate [redacted]'],
    // OAuth's code
    ['GET /callback?code=hunter2&state=1', 'GET /callback?code=[redacted]&state=1'],
    ['https://l/cb?state=1&code=4/0hunter2#top', 'https://l/cb?state=1&code=[redacted]#top'],
    ['code=hunter2&grant_type=authorization_code', 'code=[redacted]&grant_type=authorization_code'],
    ['{"grant_type":"authorization_code","code":"hunter2"}', '{"grant_type":"authorization_code","code":"[redacted]"}'],
    // escapes before them
    ...['\n', '\t', '\r', '\r\n', '=', '%3D', '%253D', `${ESC}[32m`, `${ESC}[1;31m`].flatMap((before) => {
      const written = before === '=' ? '\\u003d' : JSON.stringify(before).slice(1, -1);
      const printed = before === '=' ? '\\x3d' : before;
      return [written, printed].flatMap((escape): [string, string][] => [
        [`a${escape}${TOKEN}`, `a${escape}[redacted]`],
        [`a${escape}${JWT}`, `a${escape}[redacted]`],
        [`a${escape}Bearer hunter2`, `a${escape}Bearer [redacted]`],
        [`a${escape}Basic ${BASIC}`, `a${escape}Basic [redacted]`],
        [`a${escape}Digest a=b, response=hunter2`, `a${escape}Digest [redacted]`],
        [`a${escape}pass=hunter2`, `a${escape}pass=[redacted]`],
        [`a${escape}auth=anna:hunter2`, `a${escape}auth=[redacted]`],
      ]);
    }),
    ['a\\nX-Plex-Token hunter2', 'a\\nX-Plex-Token [redacted]'],
    ['a\\n--password hunter2', 'a\\n--password [redacted]'],
    [`${ESC}[1mX-Plex-Token${ESC}[0m hunter2`, `${ESC}[1mX-Plex-Token${ESC}[0m [redacted]`],
    ['<Password\n  type="text">hunter2</Password>', '<Password\n  type="text">[redacted]</Password>'],
    ['a\\ncurl -u anna:hunter2', 'a\\ncurl -u [redacted]'],
    [`a${ESC}[1mcurl -u anna:hunter2`, `a${ESC}[1mcurl -u [redacted]`],
    [`${ESC}[36mpassword${ESC}[39m=${ESC}[33mhunter2${ESC}[39m`, `${ESC}[36mpassword${ESC}[39m=${ESC}[33m[redacted]`],
    [`password${ESC}[39m: ${ESC}[32m'hun ter2'${ESC}[39m`, `password${ESC}[39m: ${ESC}[32m'[redacted]'${ESC}[39m`],
    [
      `[ ${ESC}[32m'password'${ESC}[39m, ${ESC}[32m'hunter2'${ESC}[39m ]`,
      `[ ${ESC}[32m'password'${ESC}[39m, ${ESC}[32m'[redacted]'${ESC}[39m ]`,
    ],
    ['{"u":"/x?a=1\\u0026pass\\u003dhunter2\\u0026b=1"}', '{"u":"/x?a=1\\u0026pass\\u003d[redacted]\\u0026b=1"}'],
    // quotes that are spelled out
    ...['\\u0022', '\\x22', '\\\\u0022', '&quot;', '&#34;', '&#39;'].map((quote): [string, string] => [
      `{${quote}password${quote}:${quote}hun ter2${quote},${quote}b${quote}:1}`,
      `{${quote}password${quote}:${quote}[redacted]${quote},${quote}b${quote}:1}`,
    ]),
    // slashes of JSON
    ['{"u":"postgres:\\/\\/anna:hunter2@h\\/x"}', '{"u":"postgres:\\/\\/[redacted]@h\\/x"}'],
    [
      '{"u":"{\\"v\\":\\"https:\\\\\\/\\\\\\/anna:hunter2@h\\"}"}',
      '{"u":"{\\"v\\":\\"https:\\\\\\/\\\\\\/[redacted]@h\\"}"}',
    ],
    ['"https:\\u002f\\u002fanna:hunter2@h"', '"https:\\u002f\\u002f[redacted]@h"'],
    ['u=http%253A%252F%252Fu%253Ahunter2%2540h', 'u=http%253A%252F%252F[redacted]%2540h'],
    // other ways to write a name and its value
    ["config['password'] = 'hunter2'", "config['password'] = '[redacted]'"],
    ['$_POST["password"] = "hunter2"', '$_POST["password"] = "[redacted]"'],
    ['password = """hunter2"""', 'password = """[redacted]"""'],
    ["{\n  password:\n    'hunter2',\n  a: 1 }", "{\n  password:\n    '[redacted]',\n  a: 1 }"],
    ['<Password type="text">hunter2</Password>', '<Password type="text">[redacted]</Password>'],
    ['<a:Password type=\'text\' x="1">hunter2<', '<a:Password type=\'text\' x="1">[redacted]<'],
    ['<Password><![CDATA[hun<ter2]]></Password>', '<Password><![CDATA[[redacted]]]></Password>'],
    ['Authorization: Bearer\r\n hunter2\r\nHost: l', 'Authorization: [redacted]\r\nHost: l'],
    ['/go?h=Bearer%20hunter2', '/go?h=Bearer%20[redacted]'],
    // command lines
    ['curl -u anna:hunter2 https://l/', 'curl -u [redacted] https://l/'],
    ['curl -sSu anna:hunter2 https://l/', 'curl -sSu [redacted] https://l/'],
    ['curl -uanna:hunter2 https://l/', 'curl -u[redacted] https://l/'],
    ['curl --user "anna:hun ter2" -o x', 'curl --user "[redacted]" -o x'],
    ['/usr/bin/curl --proxy-user=anna:hunter2 x', '/usr/bin/curl --proxy-user=[redacted] x'],
    ["spawn [ 'curl', '-u', 'anna:hunter2' ]", "spawn [ 'curl', '-u', '[redacted]' ]"],
    ['curl -H "Accept: text/html; q=1" -u anna:hunter2 x', 'curl -H "Accept: text/html; q=1" -u [redacted] x'],
    ['"curl -H \\"A: b; q=1\\" -u \\"anna:hunter2\\" x"', '"curl -H \\"A: b; q=1\\" -u \\"[redacted]\\" x"'],
    ["curl 'https://l/?a& b' -d '{\n}' -u anna:hunter2", "curl 'https://l/?a& b' -d '{\n}' -u [redacted]"],
    ["curl x can't; curl -u anna:hunter2", "curl x can't; curl -u [redacted]"],
    ['mysql -e "select 1; select 2" -phunter2 shelf', 'mysql -e "select 1; select 2" -p[redacted] shelf'],
    ['curl https://l/ \\\n  -u anna:hunter2', 'curl https://l/ \\\n  -u [redacted]'],
    ['curl https://l/ \\\r\n  -u \\\r\n anna:hunter2', 'curl https://l/ \\\r\n  -u \\\r\n [redacted]'],
    ['curl -u anna:/hunter2 x', 'curl -u [redacted] x'],
    ['curl -u 1234:5678901 x', 'curl -u [redacted] x'],
    ["curl -u $'anna:hunter2' x", "curl -u $'[redacted]' x"],
    ['curl -u "anna":"hunter2" x', 'curl -u "[redacted]" x'],
    ["curl -u anna:'hun ter2' x", "curl -u [redacted]' x"],
    ['CURL.EXE -u anna:hunter2', 'CURL.EXE -u [redacted]'],
    ['curl -E cert.pem:hunter2 x', 'curl -E [redacted] x'],
    ['mysqldump -uroot -phunter2 shelf', 'mysqldump -uroot -p[redacted] shelf'],
    ["Command failed: mysql -u root -p'hunter2' shelf", "Command failed: mysql -u root -p'[redacted]' shelf"],
    [
      'sshpass -p hunter2 ssh a; redis-cli -a hunter2 ping',
      'sshpass -p [redacted] ssh a; redis-cli -a [redacted] ping',
    ],
    ['docker login -u anna -p hunter2', 'docker login -u anna -p [redacted]'],
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
    ['headers in a sentence', 'X-Plex-Token is missing, the X-Api-Key header is required, no access_token found'],
    ['other codes', 'code=ECONNREFUSED code: 200 /countries?code=DE&page=1 /errors?code=404 exit code=1'],
    ['schemes in a sentence', 'Digest authentication; a signature of 12 bytes; digest sha256:abc; negotiate a version'],
    ['a challenge of digest', 'WWW-Authenticate: Digest realm="plex", qop="auth", nonce="abc"'],
    [
      'options of other programs',
      'docker run -u 1000:1000 -p 8080:80 x; find . -print; mkdir -p /a/b; rsync -u a:/b c',
    ],
    [
      'ports and projects',
      'docker run -p 127.0.0.1:8080:80 x; docker run -p 8080-8090:8080-8090 x; docker compose -p shelf up; podman run -p [::1]:80:80 x',
    ],
    ['the keys of a cache', 'cache-key-d41d8cd98f00b204e9800998ecf8427e user-key-d41d8cd98f00b204e9800998ecf8427e'],
    ['a stack behind a scheme', 'got Bearer\n    at x (a.js:1:1)'],
    ['arrows and tags', 'const f = (token) => x < y; <p class="token">text</p>'],
    ['a certificate of curl', 'curl --cert /etc/c.pem: -E C:\\c.pem x'],
    ['options without a secret', 'mysql -u root -p shelf; curl -u anna https://l/; psql -p 5432; mysql -P 3306'],
    [
      'hashes, UUIDs and ids',
      'd41d8cd98f00b204e9800998ecf8427e 123e4567-e89b-42d3-a456-426614174000 sha256:e3b0c44298fc1c149afbf4c8996fb924',
    ],
    ['ids of a trace', 'trace 4bf92f3577b34da6a3ce929d0e0e4736, span 00f067aa0ba902b7, 01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    [
      'slugs',
      'sk-learn-a-very-long-name-of-a-package npm_config_cache key-value-store-of-everything pat-patterns-long',
    ],
    ['classes', 'AsyncLocalStorageContextManager SKIPPEDBECAUSENOTNEEDED GH_ENTERPRISE_SERVER_HOST_NAME_VARIABLE'],
    ['the commit of a package', 'git+https://github.com/o/r.git#d670460b4b4aece5915caf5c68d12f560a9fe3e4'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(redact(text)).toBe(text);
  });
});

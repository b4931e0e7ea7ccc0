import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KeyJudge } from '../../../src/redaction/key-judge.js';
import { redactText } from '../../../src/redaction/text-redactor.js';
import { ValueRedactor } from '../../../src/redaction/value-redactor.js';

const JUDGE = new KeyJudge({ keys: ['iban'], allowedKeys: ['page_token'] });
const redact = (text: string): string => redactText(text, JUDGE);
const redactor = new ValueRedactor(JUDGE);

describe('commands of Redis', () => {
  test.each([
    ['auth', ['default', 'hunter2']],
    ['auth', ['hunter']],
    ['AUTH', ['hun]ter2']],
    ['hello', ['3', 'AUTH', 'default', 'hunter2']],
    ['config', ['set', 'requirepass', 'hunter2']],
    ['config', ['SET', 'masterauth', 'hunter2']],
    ['acl', ['setuser', 'anna', '>hunter2']],
  ])('%s %j', (name, args) => {
    const command = { name, args, flags: 1 };
    expect(redactor.redactMap({ command })).toEqual({ command: { ...command, args: '[redacted]' } });
    const json = JSON.stringify({ command });
    const texts = [
      inspect(command),
      inspect(command, { colors: false, breakLength: 10 }),
      json,
      JSON.stringify({ json }),
    ];
    for (const text of texts) {
      expect(text).toContain('hun');
      expect(redact(text)).not.toContain('hun');
      expect(redact(text)).toContain('flags');
      expect(redact(redact(text))).toBe(redact(text));
    }
  });

  test.each([
    ['get', ['user:1']],
    ['hello', ['3']],
    ['config', ['get', 'maxmemory']],
    ['auth', []],
  ])('not %s %j', (name, args) => {
    const command = { name, args };
    expect(redactor.redactMap({ command })).toEqual({ command });
    expect(redact(inspect(command))).toBe(inspect(command));
    expect(redact(JSON.stringify(command))).toBe(JSON.stringify(command));
  });

  test('a name without arguments', () => {
    expect(redactor.redactMap({ name: 'auth', args: 'x' })).toEqual({ name: 'auth', args: 'x' });
    expect(redact("{ name: 'auth', queue: 'x' }")).toBe("{ name: 'auth', queue: 'x' }");
  });
});

describe('hides', () => {
  test.each([
    ['redis: AUTH hunter2', 'redis: AUTH [redacted]'],
    ['redis: AUTH hunter', 'redis: AUTH [redacted]'],
    ['redis: sent AUTH default hunter', 'redis: sent AUTH default [redacted]'],
    ['redis: HELLO 3 AUTH default hunter2', 'redis: HELLO 3 AUTH default [redacted]'],
    ['redis: HELLO 3 AUTH anna hunter2 SETNAME x', 'redis: HELLO 3 AUTH anna [redacted] SETNAME x'],
    ['redis: AUTH PLAIN AGFubmEAaHVudGVyMg==', 'redis: AUTH PLAIN [redacted]'],
    ['redis: CONFIG SET requirepass hunter', 'redis: CONFIG SET requirepass [redacted]'],
    ['CONFIG SET masterauth "hun ter"', 'CONFIG SET masterauth "[redacted]"'],
    ['port: 1\nrequirepass hunter2\n', 'port: 1\nrequirepass [redacted]\n'],
    // PostgreSQL
    ['Key (token)=(hunter2) already exists.', 'Key (token)=([redacted]) already exists.'],
    ['Key (token)=(hun)ter2) already exists.', 'Key (token)=([redacted]) already exists.'],
    ['Key (id, api_key)=(5, hunter2) is not present in', 'Key (id, api_key)=([redacted]) is not present in'],
    ['Key (lower(token))=(hunter2) conflicts with', 'Key (lower(token))=([redacted]) conflicts with'],
    ['Schlüssel »(token)=(hunter2)« existiert bereits.', 'Schlüssel »(token)=([redacted])« existiert bereits.'],
    ['{"detail":"Key (token)=(hunter2)"}', '{"detail":"Key (token)=([redacted])"}'],
    ['Key (iban)=(DE02) already exists', 'Key (iban)=([redacted]) already exists'],
    // SQL
    ["ALTER ROLE x PASSWORD 'hunter2'", "ALTER ROLE x PASSWORD '[redacted]'"],
    ["CREATE USER x WITH PASSWORD 'hun''ter2';", "CREATE USER x WITH PASSWORD '[redacted]';"],
    ["CREATE USER x IDENTIFIED BY 'hunter'", "CREATE USER x IDENTIFIED BY '[redacted]'"],
    ["identified with caching_sha2_password by 'hunter'", "identified with caching_sha2_password by '[redacted]'"],
    ['{"sql":"ALTER ROLE x PASSWORD \\"hunter2\\""}', '{"sql":"ALTER ROLE x PASSWORD \\"[redacted]\\""}'],
    [
      `insert into "users" ("email", "password") values ('a@b', 'hun''t,er2') returning "id"`,
      `insert into "users" ("email", "password") values ('a@b', '[redacted]') returning "id"`,
    ],
    [
      "INSERT INTO users (id, token, at) VALUES (1, 'hunter2', now()), (2, 'hunter2', f(1, '2')) - duplicate",
      "INSERT INTO users (id, token, at) VALUES (1, '[redacted]', now()), (2, '[redacted]', f(1, '2')) - duplicate",
    ],
    [
      "insert into `users` (`id`, `pwd`) values (1, 'hunter2', 'hunter2')",
      "insert into `users` (`id`, `pwd`) values (1, '[redacted]', '[redacted]')",
    ],
    [
      '"insert into \\"u\\" (\\"password\\") values (\'hunter2',
      '"insert into \\"u\\" (\\"password\\") values (\'[redacted]',
    ],
    // a name, a space, and quotes
    ["password 'hunter'", "password '[redacted]'"],
    ['Invalid password "hunter" for anna', 'Invalid password "[redacted]" for anna'],
    ['Invalid password "hun ter"', 'Invalid password "[redacted]"'],
    ['token "hunter2x" was refused', 'token "[redacted]" was refused'],
    ["the API key 'hunter2' is wrong", "the API key '[redacted]' is wrong"],
    ["iban 'DE02'", "iban '[redacted]'"],
    // URLs with signs in the password
    ["postgres://u:ab'hunter2@h/db", 'postgres://[redacted]@h/db'],
    ['postgres://u:ab"hunter2@h/db', 'postgres://[redacted]@h/db'],
    ['postgres://u:ab`hunter2@h:5432/db failed', 'postgres://[redacted]@h:5432/db failed'],
    ['postgres://u:ab>hunter2@h/db', 'postgres://[redacted]@h/db'],
    ['postgres://u:ab hunter2@h/db', 'postgres://[redacted]@h/db'],
    [`{ url: "postgres://u:ab'hunter2@h" }`, '{ url: "postgres://[redacted]@h" }'],
    // cut before the @
    ['GET https://u:hunter…[cut: 12 characters]', 'GET https://[redacted]…[cut: 12 characters]'],
    ['GET https://u:hun/ter…[cut: 12 characters]\nat x', 'GET https://[redacted]…[cut: 12 characters]\nat x'],
    ['/go?to=https%3A%2F%2Fu%3Ahunter…[cut: 12 characters]', '/go?to=https%3A%2F%2F[redacted]…[cut: 12 characters]'],
    // a name in camel case
    ['npm: _authToken hunter2hunter2', 'npm: _authToken [redacted]'],
    ['npm config set //r/:_authToken hunter2hunter2', 'npm config set //r/:_authToken [redacted]'],
    ['redis: authToken hunter2hunter2 was refused', 'redis: authToken [redacted] was refused'],
    [
      'redis: apiKey hunter2hunter2 and clientSecret hunter2hunter2',
      'redis: apiKey [redacted] and clientSecret [redacted]',
    ],
    ['redis: userPassword hunter2hunter2', 'redis: userPassword [redacted]'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
    expect(redact(redacted), 'redacted twice').toBe(redacted);
  });
});

describe('leaves', () => {
  test.each([
    'Key (id)=(5) already exists.',
    'Key (author)=(Anna) already exists. secret',
    'password must not be empty',
    'password "must not be empty"',
    "password 'is required'",
    'NOAUTH Authentication required. ERR Client sent AUTH, but no password is set',
    'SMTP AUTH extension not supported by server; AUTH failed; AUTH command failed; AUTH is required',
    'set requirepass in redis.conf to protect it; requirepass is missing',
    `Unexpected token 'h', "hunter2 is" is not valid JSON`,
    'Unexpected token "hunter22" at 1:2',
    'syntax error at or near token "select"',
    'missing token "access_token"',
    'secret "db-credentials-2" not found',
    'fields "email", "password", "name" are required',
    'Enter password " again"',
    "select 'password' 'x' from t",
    `insert into "users" ("email", "password") values ($1, $2) - duplicate key value`,
    "insert into users (email, author) values ('a@b', 'token')",
    'password authentication failed for user "barbossa"',
    `column "password" of relation "users" does not exist`,
    "page_token 'hunter22'",
    'got "http://h:port" from anna@home.net',
    "got 'http://h:port', told 'anna@home.net'",
    '<http://h:port> of anna@home.net',
    'http://h:80 told anna@home.net, http://[::1] told anna@home.net',
    'GET https://host/path…[cut: 12 characters]',
    'GET https://host…[cut: 12 characters] then https://h:80/',
    'the authToken expired, the apiKey is missing, publicKey algorithm2048x, Token expired2022x',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

import { describe, expect, test } from 'vitest';
import { KeyJudge, MAX_JUDGED_CHARS, MAX_VERDICTS, splitWords } from '../../../src/redaction/key-judge.js';

const BUILT_IN = new KeyJudge({ keys: [], allowedKeys: [] });

describe('a key is a secret', () => {
  test.each(
    [
      ['password', 'Password', 'PASSWORD', 'passWord', 'pass_word', 'pAsSwOrD', 'passwd', 'pwd', 'passphrase', 'pass'],
      ['dbPassword', 'db_password', 'db-password', 'dbpassword', 'PGPASSWORD', 'smtp_pass', 'MYSQL_PWD', 'newPassword'],
      ['password2', 'passwordHash', 'passwordhash', 'password_confirmation', 'password.current', 'passwordForPlex'],
      [
        'token',
        'plex_token',
        'plextoken',
        'PLEX_TOKEN',
        'PLEX_TOKEN_OLD',
        'X-Plex-Token',
        'x-plex-token',
        'XPlexToken',
      ],
      ['accessToken', 'refresh_token', 'id_token', 'tokenValue', 'csrfToken', '_csrf', 'X-XSRF-TOKEN', 'jwt', 'bearer'],
      ['secret', 'clientSecret', 'client_secret_id', 'AWS_SECRET_ACCESS_KEY', 'secretary_secret'],
      ['authorization', 'Authorization', 'proxy-authorization', 'HTTP_AUTHORIZATION', 'authorization_code', 'authCode'],
      [
        'http.request.header.authorization',
        'cookie',
        'Cookie',
        'set-cookie',
        'setCookie',
        'SET_COOKIE',
        'session_cookie',
      ],
      ['apikey', 'apiKey', 'api_key', 'API-KEY', 'APIKey', 'X-Api-Key', 'LIDARR_API_KEY', 'lidarrApiKey', 'api key'],
      ['privateKey', 'private_key_pem', 'sshKey', 'signing-key', 'encryptionKey', 'AccountKey', 'accesskey'],
      [
        'credential',
        'userCredential',
        'sessionId',
        'session.id',
        'SESSIONID',
        'PHPSESSID',
        'connect.sid',
        'totp',
        'otp',
      ],
      ['user[password]', 'a.b.c.password', '  password  ', 'ns:password', 'passwört_password', '__proto__token'],
    ].flat(),
  )('%s', (key) => {
    expect(BUILT_IN.judge(key)).toBe('secret');
  });

  test('so long that nobody reads it', () => {
    expect(BUILT_IN.judge('x'.repeat(MAX_JUDGED_CHARS))).toBe('plain');
    expect(BUILT_IN.judge('x'.repeat(MAX_JUDGED_CHARS + 1))).toBe('secret');
  });
});

describe('a key is harmless', () => {
  test.each(
    [
      ['passwordless', 'passport', 'password_changed_at', 'passwordLength', 'passwordPolicy', 'bypass', 'compass'],
      ['pass_rate', 'passed', 'encompass', 'passenger', 'pwdless'],
      [
        'tokens_used',
        'tokenCount',
        'token_type',
        'tokenExpiresAt',
        'token_endpoint',
        'tokenizer',
        'tokenized',
        'broken',
      ],
      ['secretary', 'secretariat', 'secret_name', 'cookies_enabled', 'cookieDomain', 'cookie_policy', 'cookieless'],
      ['author', 'authors', 'authority', 'authored_by', 'authenticated', 'authorized', 'authorization_endpoint'],
      ['auth_method', 'auth_provider', 'keyboard', 'key', 'keys', 'monkey', 'primary_key', 'cache_key', 'publicKey'],
      ['access_key_id', 'accessKeyId', 'session', 'sessions', 'session_started', 'songs_id', 'inside', 'design'],
      ['credit', 'incredible', 'accredited', 'sidebar', 'trackId', 'id', 'service.name', 'token.js', 'cookies.ts'],
      ['', '   ', '123', '---', 'constructor', '__proto__', 'hasOwnProperty', 'toString'],
    ].flat(),
  )('%j', (key) => {
    expect(['plain', 'name', 'value']).toContain(BUILT_IN.judge(key));
  });
});

test('a plural is a secret or a count, a text named auth a secret or an object of the application', () => {
  expect(['tokens', 'max_tokens', 'passwords', 'apiKeys', 'credentials'].map((key) => BUILT_IN.judge(key))).toEqual(
    Array.from({ length: 5 }, () => 'countable'),
  );
  expect(BUILT_IN.judge('auth')).toBe('text');
  expect(BUILT_IN.judge('X-Plex-Auth')).toBe('text');
});

describe('what a site adds', () => {
  const judge = new KeyJudge({
    keys: ['ssn', 'Bank Account', 'tags', 'name'],
    allowedKeys: ['next_page_token', 'cookie', 'tags_public'],
  });

  test.each([
    'ssn',
    'SSN',
    'userSsn',
    'ssn_of_user',
    'bankAccount',
    'BANK_ACCOUNT_NUMBER',
    'bank-account',
    'tags',
    'name',
  ])('%s is a secret', (key) => {
    expect(judge.judge(key)).toBe('secret');
  });

  test.each(['ssnless', 'bank', 'accountBank', 'ssn_count'])('%s is none', (key) => {
    expect(judge.judge(key)).toBe('plain');
  });

  test.each(['next_page_token', 'nextPageToken', 'NEXT-PAGE-TOKEN', 'cookie', 'tagsPublic'])('%s is allowed', (key) => {
    expect(judge.judge(key)).toBe('plain');
  });

  test.each(['page_token', 'session_cookie', 'password'])('%s is still a secret', (key) => {
    expect(judge.judge(key)).toBe('secret');
  });
});

test('verdicts are the same when they have been forgotten', () => {
  const judge = new KeyJudge({ keys: [], allowedKeys: [] });
  const verdicts = (): string[] => ['plexToken', 'tokens', 'title'].map((key) => judge.judge(key));
  const before = verdicts();
  for (let i = 0; i < MAX_VERDICTS * 3; i++) judge.judge(`track_${i}`);
  expect(verdicts()).toEqual(before);
});

test.each([
  ['XPlexToken2', ['x', 'plex', 'token']],
  ['LIDARR_API_KEY', ['lidarr', 'api', 'key']],
  ['parseHTTPHeader', ['parse', 'http', 'header']],
  ['a.b-c d', ['a', 'b', 'c', 'd']],
  ['ÜberToken', ['über', 'token']],
  ['', []],
])('the words of %j', (key, words) => {
  expect(splitWords(key)).toEqual(words);
});

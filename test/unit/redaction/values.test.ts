import type { AnyValueMap } from '@opentelemetry/api-logs';
import { describe, expect, test } from 'vitest';
import { KeyJudge } from '../../../src/redaction/key-judge.js';
import { MAX_KEYS, ValueRedactor } from '../../../src/redaction/value-redactor.js';
import { sanitize } from '../../../src/logs/sanitize.js';

const HIDDEN = '[redacted]';
const redactor = new ValueRedactor(new KeyJudge({ keys: [], allowedKeys: [] }));
const redact = (value: unknown): unknown => redactor.redactValue(sanitize(value));

describe('by key', () => {
  test('at any depth, in objects, lists, maps and instances', () => {
    class Login {
      user = 'anna';
      passWord = 'hunter2';
    }
    expect(
      redact({
        a: { b: [{ c: { dbPassword: 'hunter2', port: 5432 } }] },
        map: new Map<unknown, unknown>([['plex_token', 'hunter2']]),
        login: new Login(),
        bare: Object.assign(Object.create(null) as object, { api_key: 'hunter2' }),
      }),
    ).toEqual({
      a: { b: [{ c: { dbPassword: HIDDEN, port: 5432 } }] },
      map: { plex_token: HIDDEN },
      login: { user: 'anna', passWord: HIDDEN },
      bare: { api_key: HIDDEN },
    });
  });

  test('whatever the value is', () => {
    expect(redact({ token: { a: 1 }, secret: ['hunter2'], password: 12345, pwd: 'x', cookie: new Date(0) })).toEqual({
      token: HIDDEN,
      secret: HIDDEN,
      password: HIDDEN,
      pwd: HIDDEN,
      cookie: HIDDEN,
    });
  });

  test('but nothing, a boolean, and the number of a plural', () => {
    const value = { password: null, token: '', secret: false, apiKey: true, tokens: 512, max_tokens: '100' };
    expect(redact(value)).toEqual(value);
    expect(redact({ tokens: ['hunter2'], passwords: 'hunter2' })).toEqual({ tokens: HIDDEN, passwords: HIDDEN });
  });

  test('auth as a text, not as an object', () => {
    expect(redact({ auth: 'anna:hunter2' })).toEqual({ auth: HIDDEN });
    expect(redact({ auth: { user: 'anna', pass: 'hunter2', attempts: 2 } })).toEqual({
      auth: { user: 'anna', pass: HIDDEN, attempts: 2 },
    });
  });

  test('in what an error has', () => {
    const error = Object.assign(new Error('refused: token=hunter2'), { password: 'hunter2', code: 'EAUTH' });
    error.cause = new Error('Bearer hunter2');
    expect(JSON.stringify(redact({ error }))).not.toContain('hunter2');
    expect(redact({ error })).toMatchObject({ error: { message: `refused: token=${HIDDEN}`, code: 'EAUTH' } });
  });

  test('also one called __proto__', () => {
    const value = JSON.parse('{"__proto__":{"password":"hunter2"},"a":1}') as unknown;
    expect(JSON.stringify(redact(value))).toBe(`{"__proto__":{"password":"${HIDDEN}"},"a":1}`);
  });
});

describe('by name', () => {
  test.each([
    ['a pair', ['x-plex-token', 'hunter2'], ['x-plex-token', HIDDEN]],
    [
      'pairs',
      [
        ['Authorization', 'hunter2'],
        ['Host', 'l'],
      ],
      [
        ['Authorization', HIDDEN],
        ['Host', 'l'],
      ],
    ],
    ['rawHeaders', ['Host', 'l', 'Cookie', 'hunter2', 'A', 'b'], ['Host', 'l', 'Cookie', HIDDEN, 'A', 'b']],
    ['a command line', ['psql', '--password', 'hunter2'], ['psql', '--password', HIDDEN]],
    ['an option with its value', ['psql', '--password=hunter2'], ['psql', `--password=${HIDDEN}`]],
    ['arguments of sudo', ['sudo', 'mysql', '-phunter2'], ['sudo', 'mysql', `-p${HIDDEN}`]],
    [
      'arguments of env',
      ['/usr/bin/env', 'A=1', 'curl', '-u', 'a:hunter2'],
      ['/usr/bin/env', 'A=1', 'curl', '-u', HIDDEN],
    ],
    [
      'arguments of nice',
      ['nice', '-n', '5', 'redis-cli', '-a', 'hunter2'],
      ['nice', '-n', '5', 'redis-cli', '-a', HIDDEN],
    ],
    [
      'arguments of docker',
      ['docker', 'exec', 'db', 'mysql', '-phunter2'],
      ['docker', 'exec', 'db', 'mysql', `-p${HIDDEN}`],
    ],
    ['a login', ['sudo', 'docker', 'login', '-p', 'hunter2'], ['sudo', 'docker', 'login', '-p', HIDDEN]],
    ['a password like a path', ['CURL.EXE', '-u', 'a:/hunter2'], ['CURL.EXE', '-u', HIDDEN]],
    ['a header', { name: 'Set-Cookie', value: 'hunter2' }, { name: 'Set-Cookie', value: HIDDEN }],
    ['a tag', { Key: 'dbPassword', Value: 'hunter2' }, { Key: 'dbPassword', Value: HIDDEN }],
    ['a value before its name', { values: ['hunter2'], header: 'token' }, { values: HIDDEN, header: 'token' }],
  ])('%s', (_, value, redacted) => {
    expect(redact(value)).toEqual(redacted);
  });

  test('a map whose keys are objects', () => {
    const map = new Map<unknown, unknown>([
      [{}, 'a'],
      ['password', 'hunter2'],
    ]);
    expect(JSON.stringify(redact(map))).not.toContain('hunter2');
  });

  test.each([
    ['ports', { argv: ['docker', 'run', '-p', '127.0.0.1:8080:80', 'x'] }],
    ['names of fields', { fields: ['email', 'password', 'name'] }],
    ['what is not a name', { name: 'Blue', value: 'Moon' }],
    ['a name without a value', { name: 'password', message: 'too short' }],
    ['sentences', ['the password is wrong', 'try again']],
  ])('not %s', (_, value) => {
    expect(redact(value)).toEqual(value);
  });
});

describe('by text', () => {
  test('in values and in keys', () => {
    expect(redact({ url: 'postgres://anna:hunter2@db/x', body: '{"password":"hunter2"}' })).toEqual({
      url: `postgres://${HIDDEN}@db/x`,
      body: `{"password":"${HIDDEN}"}`,
    });
    expect(redact({ 'http://a:hunter2@h/': 1, 'http://b:hunter2@h/': 2, plain: 3 })).toEqual({
      [`http://${HIDDEN}@h/`]: 1,
      [`http://${HIDDEN}@h/ (2)`]: 2,
      plain: 3,
    });
  });
});

describe('nothing is changed in place', () => {
  test('the same object where there is no secret', () => {
    const value: AnyValueMap = { a: { b: [1, 'two', { c: null }] }, bytes: new Uint8Array([1]) };
    expect(redactor.redactMap(value)).toBe(value);
  });

  test('a new one where there is, with the same parts', () => {
    const same = { b: 1 };
    const value: AnyValueMap = { same, list: [{ token: 'hunter2' }] };
    expect(redactor.redactMap(value)).toEqual({ same, list: [{ token: HIDDEN }] });
    expect(redactor.redactMap(value)['same']).toBe(same);
    expect(value).toEqual({ same, list: [{ token: 'hunter2' }] });
  });
});

test('keys that were forgotten are judged again', () => {
  const many = new ValueRedactor(new KeyJudge({ keys: [], allowedKeys: [] }));
  for (let i = 0; i < MAX_KEYS * 3; i++) many.redactMap({ [`key_${i}`]: i });
  expect(many.redactMap({ token: 'hunter2', title: 'Blue' })).toEqual({ token: HIDDEN, title: 'Blue' });
});

describe('strange objects do not throw', () => {
  test.each([
    [
      'a getter that throws',
      Object.defineProperty({}, 'password', {
        enumerable: true,
        get: () => {
          throw new Error('token=hunter2');
        },
      }),
    ],
    [
      'a getter of a secret',
      {
        get token() {
          return 'hunter2';
        },
      },
    ],
    ['a Proxy', new Proxy({ password: 'hunter2' }, { get: (target, key) => Reflect.get(target, key) as unknown })],
    [
      'a Proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('token=hunter2');
          },
        },
      ),
    ],
    ['a revoked Proxy', revoked()],
    ['toJSON', { toJSON: () => ({ apiKey: 'hunter2' }) }],
    ['a cycle', cycle()],
    [
      'strange keys',
      { '': 'a', ' ': 'b', '\u0000password': 'hunter2', '💿token': 'hunter2', ['x'.repeat(300)]: 'hunter2' },
    ],
  ])('%s', (_, value) => {
    const text = JSON.stringify(redact({ value }));
    expect(text).not.toContain('hunter2');
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function cycle(): object {
  const value: Record<string, unknown> = { password: 'hunter2' };
  value['self'] = value;
  return value;
}

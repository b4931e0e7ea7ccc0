import { inspect } from 'node:util';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { encodeRecord } from '../../../src/logs/encode.js';
import { createEntry } from '../../../src/logs/entry.js';
import { completeForeignRecord } from '../../../src/logs/foreign-record.js';
import { formatJson, formatReadable } from '../../../src/loggers/format.js';
import { emitEntry } from '../../../src/logs/record.js';
import { bury, createRandom, makeKey, makeSecret, pick, type Random, type Secret } from './secrets.js';
import { startTestLogs } from '../logs/test-logs.js';

const ROUNDS = 600;
const ANY_SIGN = [
  '',
  '-',
  '"',
  "'",
  '\\',
  ' ',
  '&',
  ',',
  ';',
  '@',
  '/',
  '://',
  '{',
  ']',
  '<',
  '>',
  '%',
  '=',
  ':',
  '\n',
  'é',
];
/** What a value without quotes may have within it: not a space, and not what may be the end of it. */
const PLAIN_SIGN = ['', '-', '_', '.', '!', '$', '*', '+', '/', '=', '@', '~', 'é', ',', ';'];

type Logged = Parameters<typeof createEntry>[0];

/** Makes of a call everything that a record is turned into: both kinds of line, and OTLP. */
function startEncoder(): (call: Omit<Logged, 'level' | 'logger'>) => string {
  let sent: readonly string[] = [];
  const onEmit = (record: Parameters<typeof encodeRecord>[0]): void => {
    sent = [encodeRecord(record)];
  };
  startTestLogs({ onEmit, forceFlush: async () => {}, shutdown: async () => {} });
  return (call) => {
    sent = [];
    const entry = createEntry({ level: 'ERROR', logger: 'test', ...call });
    emitEntry(entry);
    expect(sent).toHaveLength(1);
    return [formatJson(entry, 'barbossa'), formatReadable(entry, { color: false }), ...sent].join('\n');
  };
}

function expectHidden(encoded: string, { parts }: Secret, what: string): void {
  for (const part of parts) {
    if (encoded.includes(part)) expect.fail(`${part} of ${what} is in\n${encoded}`);
  }
}

/** Runs a property for many seeds, and names the one that fails. */
function forSeeds(run: (random: Random) => void): void {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    try {
      run(createRandom(seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}

describe('a secret is nowhere in what a record becomes', () => {
  test('whatever its key is called, and wherever it is', () => {
    const encodeAll = startEncoder();
    forSeeds((random) => {
      const secret = makeSecret(random, ANY_SIGN);
      const key = makeKey(random);
      const fields = bury(random, key, secret.text);
      expectHidden(encodeAll({ message: 'a line', fields }), secret, key);
      expectHidden(encodeAll({ message: fields }), secret, key);
    });
  });

  test('in JSON and in what the inspector prints, within a message', () => {
    const encodeAll = startEncoder();
    forSeeds((random) => {
      const secret = makeSecret(random, ANY_SIGN);
      const key = makeKey(random);
      let text = JSON.stringify({ a: 1, [key]: secret.text, b: { c: [2] } });
      for (let depth = Math.floor(random() * 3); depth > 0; depth--) text = JSON.stringify({ body: text, d: 1 });
      expectHidden(encodeAll({ message: `answer was ${text}` }), secret, text);
      // The inspector chooses its quotes by the text, and cuts nothing as short as this.
      const printed = inspect({ a: 1, [key]: secret.text, b: 2 }, { compact: pick(random, [true, false, 3]) });
      expectHidden(encodeAll({ message: `answer was ${printed}` }), secret, printed);
    });
  });

  test('without quotes, in a message, an error and a text of the fields', () => {
    const encodeAll = startEncoder();
    forSeeds((random) => {
      const secret = makeSecret(random, PLAIN_SIGN);
      const key = makeKey(random);
      const text = pick(random, [
        `refused: ${key}=${secret.text}`,
        `refused: ${key} = ${secret.text} for anna`,
        `refused (${key}: ${secret.text})`,
        `${key}: ${secret.text}\nHost: l`,
        `GET http://plex:32400/library?a=1&${key}=${encodeURIComponent(secret.text)}&b=2`,
        `GET /library?to=${encodeURIComponent(`http://plex/?${key}=${secret.text}`)}`,
        `sync --${key} ${secret.text} --all`,
        `<${key}>${secret.text}</${key}>`,
        `<Server a="1" ${key}="${secret.text}"/>`,
        `sent Authorization: Bearer ${secret.text}`,
        `sent ${key}: Basic ${secret.text}`,
        `connect postgres://anna:${encodeURIComponent(secret.text)}@db:5432/x`,
        `connect amqp://anna:${secret.text}@mq`,
        `Cookie: a=1; b=${secret.text}; c=${secret.text}`,
      ]);
      const error = new TypeError(text, { cause: new Error(text) });
      expectHidden(encodeAll({ message: text, fields: { text, list: [text] }, error }), secret, text);
    });
  });

  test('in a record of another library', () => {
    forSeeds((random) => {
      const secret = makeSecret(random, ANY_SIGN);
      const key = makeKey(random);
      const fields = bury(random, key, secret.text);
      const record = {
        hrTime: [0, 0] as [number, number],
        hrTimeObserved: [0, 0] as [number, number],
        body: pick(random, [fields, JSON.stringify({ [key]: secret.text })]),
        eventName: `token=${secret.parts[0]}`,
        severityText: `token=${secret.parts[0]}`,
        attributes: { [key]: secret.text, 'exception.message': JSON.stringify({ [key]: secret.text }) },
      };
      expectHidden(encodeRecord(completeForeignRecord(record, ROOT_CONTEXT)), secret, key);
    });
  });
});

test('what is redacted twice is as it was', () => {
  forSeeds((random) => {
    const fields = bury(random, makeKey(random), makeSecret(random, ANY_SIGN).text);
    const once = createEntry({ level: 'INFO', logger: 'test', message: fields, fields });
    const twice = createEntry({ level: 'INFO', logger: 'test', message: once.message, fields: once.extras });
    expect(twice.message).toBe(once.message);
    expect(twice.extras).toEqual(once.extras);
  });
});

test('what holds no secret comes out as it went in', () => {
  const active = context.active();
  forSeeds((random) => {
    const words = ['tokens_used', 'author', 'keyboard', 'cookiesEnabled', 'passwordless', 'track', 'session'];
    const fields = { [pick(random, words)]: makeSecret(random, ['', '-', '.', ' ']).text, count: 3, list: [1, 'two'] };
    const entry = createEntry({ level: 'INFO', logger: 'test', message: JSON.stringify(fields), fields });
    expect(entry).toMatchObject({ message: JSON.stringify(fields), extras: fields, context: active });
  });
});

import { ROOT_CONTEXT } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { configureFromConfig } from '../../../src/logs/configure.js';
import type { Delivery } from '../../../src/delivery/delivery.js';
import type { EncodedRecord } from '../../../src/delivery/segment.js';
import { createEntry } from '../../../src/logs/entry.js';
import { getLogger } from '../../../src/loggers/get-logger.js';
import { emitEntry, type LogEntry } from '../../../src/logs/record.js';
import { configureRedaction, redactEntry } from '../../../src/logs/redaction.js';
import { parseNames } from '../../../src/redaction/parse-names.js';
import { createLogProcessor, encodeResource } from '../../../src/otel/log-processor.js';
import { captureStream } from '../logs/test-logs.js';

const HIDDEN = '[redacted]';
const ENTRY: LogEntry = {
  id: '8a1f3a0e-1111-4222-8333-444455556666',
  timeMs: 0,
  level: 'INFO',
  severityNumber: 9,
  logger: 'library',
  message: 'a line',
  context: ROOT_CONTEXT,
};

/** Configures from an environment for the running test. */
function configure(env: NodeJS.ProcessEnv): readonly string[] {
  onTestFinished(() => configureRedaction({ enabled: true, keys: [], allowedKeys: [] }));
  const { config, problems } = loadConfig(env);
  return [...problems, ...configureFromConfig(config)];
}

describe('redactEntry', () => {
  test('gives the very entry back where there is nothing to hide', () => {
    const entry = { ...ENTRY, requestId: 'a', userId: 'anna', extras: { track: 1 } };
    expect(redactEntry(entry)).toBe(entry);
  });

  test('hides in each part that callers fill', () => {
    const text = 'token=hunter2';
    const entry = redactEntry({
      ...ENTRY,
      logger: text,
      message: text,
      requestId: text,
      userId: text,
      exception: { type: text, message: text, stacktrace: `Error: ${text}\n    at x` },
      extras: { password: 'hunter2', list: [text] },
    });
    expect(entry).toEqual({
      ...ENTRY,
      logger: `token=${HIDDEN}`,
      message: `token=${HIDDEN}`,
      requestId: `token=${HIDDEN}`,
      userId: `token=${HIDDEN}`,
      exception: {
        type: `token=${HIDDEN}`,
        message: `token=${HIDDEN}`,
        stacktrace: `Error: token=${HIDDEN}\n    at x`,
      },
      extras: { password: HIDDEN, list: [`token=${HIDDEN}`] },
    });
  });

  test('a message that is an object is redacted by its keys', () => {
    const message = { headers: [{ value: 'hunter2', name: 'X-Plex-Token' }] };
    expect(createEntry({ level: 'INFO', logger: 'test', message }).message).toBe(
      `{"headers":[{"value":"${HIDDEN}","name":"X-Plex-Token"}]}`,
    );
  });
});

describe('settings', () => {
  const log = (fields: object): unknown => createEntry({ level: 'INFO', logger: 'test', message: '', fields }).extras;

  test('on by default', () => {
    expect(configure({})).toEqual([]);
    expect(log({ password: 'hunter2', ssn: '1' })).toEqual({ password: HIDDEN, ssn: '1' });
  });

  test.each(['off', 'OFF', 'false', '0'])('BARBOSSA_REDACT=%s turns it off', (value) => {
    expect(configure({ BARBOSSA_REDACT: value })).toEqual([]);
    expect(log({ password: 'hunter2' })).toEqual({ password: 'hunter2' });
  });

  test('an unusable value leaves it on, with one warning', () => {
    expect(configure({ BARBOSSA_REDACT: 'offf' })).toEqual([
      'BARBOSSA_REDACT is "offf"; allowed: on or off; used instead: on',
    ]);
    expect(log({ password: 'hunter2' })).toEqual({ password: HIDDEN });
  });

  test('adds keys and allows others, in fields and in texts', () => {
    expect(
      configure({ BARBOSSA_REDACT_KEYS: ' ssn, Bank Account,', BARBOSSA_REDACT_ALLOW_KEYS: 'page_token' }),
    ).toEqual([]);
    expect(log({ userSsn: '1', bank_account_no: '2', pageToken: '3', token: '4', text: 'ssn=1 pageToken=3' })).toEqual({
      userSsn: HIDDEN,
      bank_account_no: HIDDEN,
      pageToken: '3',
      token: HIDDEN,
      text: `ssn=${HIDDEN} pageToken=3`,
    });
  });

  test('names that are none are left out with one warning, the others count', () => {
    const problems = configure({ BARBOSSA_REDACT_KEYS: 'ssn,i*ban,42', BARBOSSA_REDACT_ALLOW_KEYS: '/x/' });
    expect(problems).toEqual([
      'BARBOSSA_REDACT_KEYS has "i*ban", which is no name of a key; allowed: up to 100 names of 2 to 64 letters, ' +
        'digits, blanks, _ - and ., comma separated; used instead: the other 1',
      'BARBOSSA_REDACT_ALLOW_KEYS has "/x/", which is no name of a key; allowed: up to 100 names of 2 to 64 letters, ' +
        'digits, blanks, _ - and ., comma separated; used instead: none',
    ]);
    expect(log({ ssn: '1' })).toEqual({ ssn: HIDDEN });
  });

  test('a list that is too long is cut, and said so', () => {
    const { names, problem } = parseNames(Array.from({ length: 101 }, (_, i) => `key${i}`).join(','));
    expect(names).toHaveLength(100);
    expect(problem).toMatch(/^has 101 names; allowed: up to 100 names .+; used instead: the other 100$/);
  });
});

test('what getLogger prints has no secret, as JSON and readable', () => {
  const stdout = captureStream('stdout');
  for (const env of [{ NODE_ENV: 'production' }, {}]) {
    configure(env);
    const logger = getLogger('test').bind({ apiKey: 'hunter2' });
    logger.error('refused: Bearer hunter2', {
      error: new Error('postgres://u:hunter2@db/x'),
      header: ['Cookie', 'hunter2'],
    });
  }
  expect(stdout).toHaveLength(2);
  expect(stdout.join('')).not.toContain('hunter2');
  expect(stdout.join('')).toContain(HIDDEN);
});

describe('what the processor hands to the delivery', () => {
  function startProcessor(): EncodedRecord[] {
    const lines: EncodedRecord[] = [];
    const delivery = { append: (line: EncodedRecord) => lines.push(line) } as unknown as Delivery;
    logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [createLogProcessor(delivery)] }));
    onTestFinished(() => logs.disable());
    return lines;
  }

  test('of another library: body, attributes, exception, event name, scope', () => {
    const lines = startProcessor();
    logs.getLogger('token=hunter2').emit({
      severityNumber: SeverityNumber.INFO,
      severityText: 'token=hunter2',
      eventName: 'token=hunter2',
      body: { password: 'hunter2', list: ['token=hunter2'] },
      attributes: { 'http.request.header.authorization': 'hunter2', map: { api_key: 'hunter2' } },
      exception: new Error('refused: Bearer hunter2'),
    });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]?.record).toContain(`refused: Bearer ${HIDDEN}`);
  });

  test('of ours, once: an entry that was redacted is not redacted again', () => {
    const lines = startProcessor();
    emitEntry({ ...ENTRY, message: 'token=hunter2' });
    expect(lines[0]?.record).toContain('token=hunter2');
  });

  test('of the resource', () => {
    expect(encodeResource({ 'service.name': 'x', note: 'token=hunter2', deploy_token: 'hunter2' })).toBe(
      '{"attributes":[{"key":"service.name","value":{"stringValue":"x"}},' +
        `{"key":"note","value":{"stringValue":"token=${HIDDEN}"}},` +
        `{"key":"deploy_token","value":{"stringValue":"${HIDDEN}"}}],"droppedAttributesCount":0}`,
    );
  });
});

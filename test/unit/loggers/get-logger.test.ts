import { context, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { getLogger, type Logger } from '../../../src/loggers/get-logger.js';
import { parseLogLevels } from '../../../src/logs/quiet.js';
import { configureLogging, type LoggingOptions } from '../../../src/logs/settings.js';
import { withRequestScope } from '../../../src/context/request-context.js';
import { captureStream, SPAN_ID, startTestContext, startTestLogs, TRACE_ID, withTestSpan } from '../logs/test-logs.js';

const OPTIONS: LoggingOptions = {
  format: 'json',
  color: false,
  level: 'DEBUG',
  levels: new Map(),
  callerLevel: 'off',
  serviceName: 'barbossa',
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let stdout: string[];

beforeEach(() => {
  stdout = captureStream('stdout');
  configureLogging(OPTIONS);
});

/** The lines written so far. */
function lines(): Record<string, unknown>[] {
  return stdout.map((text) => JSON.parse(text) as Record<string, unknown>);
}

function lastLine(): Record<string, unknown> {
  return lines().at(-1) ?? {};
}

function anError(): Error {
  return Object.assign(new Error('no disk'), { stack: 'Error: no disk\n    at scan.js:1:2' });
}

describe('getLogger', () => {
  test.each([[''], [undefined], [null], [5], [{}], [['a']]])('%j is no name', (name) => {
    expect(() => getLogger(name as string)).toThrow(new TypeError('getLogger: name must be a non-empty string'));
  });

  test('cuts a long name', () => {
    expect(getLogger('x'.repeat(1_000)).name).toBe(`${'x'.repeat(200)}…[cut: 800 characters]`);
  });
});

describe('a line', () => {
  test.each([
    ['debug', 'DEBUG'],
    ['info', 'INFO'],
    ['warning', 'WARNING'],
    ['error', 'ERROR'],
    ['exception', 'ERROR'],
  ] as const)('of %s() is one write of one line at %s', (method, level) => {
    getLogger('library')[method]('scan done', { tracks: 12 });
    expect(stdout).toHaveLength(1);
    expect(stdout[0]).toMatch(/^[^\n]+\n$/);
    expect(lastLine()).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      level,
      logger: 'library',
      message: 'scan done',
      'service.name': 'barbossa',
      extras: { tracks: 12 },
    });
  });

  test('is the record that is sent', () => {
    const records = startTestLogs();
    getLogger('library').warning('disk is filling', { free: 0.1, error: anError(), user_id: 'anna' });
    const [record] = records();
    expect(record).toMatchObject({ body: 'disk is filling', severityNumber: 13, severityText: 'WARNING' });
    expect(record?.instrumentationScope.name).toBe('library');
    expect(record?.attributes).toEqual({
      'log.record.uid': expect.stringMatching(UUID) as unknown,
      'exception.type': 'Error',
      'exception.message': 'no disk',
      'exception.stacktrace': 'Error: no disk\n    at scan.js:1:2',
      user_id: 'anna',
      extras: { free: 0.1 },
    });
    const [seconds, nanos] = record?.hrTime ?? [0, 0];
    expect(new Date(seconds * 1_000 + nanos / 1e6).toISOString()).toBe(lastLine()['timestamp']);
  });

  test('has an id of its own', () => {
    const records = startTestLogs();
    for (let i = 0; i < 100; i++) getLogger('library').info('x');
    expect(new Set(records().map((record) => record.attributes['log.record.uid'])).size).toBe(100);
  });

  test('is readable where that is asked for, with colours where they are', () => {
    configureLogging({ ...OPTIONS, format: 'readable' });
    getLogger('library').info('scan done', { tracks: 12 });
    expect(stdout[0]).toMatch(/^\S+Z \| INFO {5}\| library \| scan done tracks=12\n$/);
    configureLogging({ ...OPTIONS, format: 'readable', color: true });
    getLogger('library').info('scan done');
    expect(stdout[1]).toContain(' | \u001b[32mINFO    \u001b[0m | library | scan done\n');
  });

  test.each<[string, () => unknown, string]>([
    ['text', () => 'hello', 'hello'],
    ['nothing', () => undefined, ''],
    ['null', () => null, 'null'],
    ['a number', () => 5, '5'],
    ['a BigInt', () => 5n, '5'],
    ['a symbol', () => Symbol('s'), 'Symbol(s)'],
    ['an object', () => ({ a: [1] }), '{"a":[1]}'],
    ['a Buffer', () => Buffer.from('a'), '[Buffer: 1 byte, 61]'],
    [
      'an object whose toString throws',
      () => ({
        toString: () => {
          throw new Error('no');
        },
      }),
      '{"toString":"[Function: toString]"}',
    ],
    ['10 MB', () => 'x'.repeat(10_485_760), `${'x'.repeat(32_768)}…[cut: 10452992 characters]`],
    ['lone surrogates', () => 'a\ud800', 'a\ufffd'],
  ])('may have %s for its message', (_, make, message) => {
    getLogger('library').info(make());
    expect(lastLine()).toMatchObject({ message });
  });

  test('with an Error for its message has it for its exception', () => {
    getLogger('library').error(anError());
    expect(lastLine()).toMatchObject({ message: 'no disk', exception: 'Error: no disk\n    at scan.js:1:2' });
  });

  test('methods need no this', async () => {
    const { error, info } = getLogger('library');
    await Promise.reject(anError()).catch(error);
    for (const text of ['a', 'b']) info(text);
    expect(lines().map((line) => line['message'])).toEqual(['no disk', 'a', 'b']);
  });
});

describe('levels', () => {
  test.each([
    ['DEBUG', ['DEBUG', 'INFO', 'WARNING', 'ERROR']],
    ['INFO', ['INFO', 'WARNING', 'ERROR']],
    ['WARNING', ['WARNING', 'ERROR']],
    ['ERROR', ['ERROR']],
  ] as const)('%s', (level, expected) => {
    const records = startTestLogs();
    configureLogging({ ...OPTIONS, level });
    const logger = getLogger('library');
    logger.debug('x');
    logger.info('x');
    logger.warning('x');
    logger.error('x');
    expect(lines().map((line) => line['level'])).toEqual(expected);
    expect(records().map((record) => record.severityText)).toEqual(expected);
    const enabled = (['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const).filter((name) => logger.isEnabled(name));
    expect(enabled).toEqual(expected);
  });

  test('single loggers are quieter, and children with them', () => {
    configureLogging({ ...OPTIONS, levels: parseLogLevels('library.scan=error').levels });
    getLogger('express').child('router').info('x');
    getLogger('express').warning('x');
    getLogger('library.scan').child('folder').warning('x');
    getLogger('library').child('scan').warning('x');
    getLogger('library').debug('x');
    expect(lines().map((line) => line['logger'])).toEqual(['express', 'library']);
  });

  test('apply to loggers that exist already', () => {
    const logger = getLogger('library');
    const bound = logger.bind({ a: 1 });
    logger.debug('1');
    configureLogging({ ...OPTIONS, level: 'ERROR' });
    logger.debug('2');
    bound.warning('3');
    configureLogging(OPTIONS);
    bound.debug('4');
    expect(lines().map((line) => line['message'])).toEqual(['1', '4']);
  });

  test('a line that is not written touches nothing it was given', () => {
    configureLogging({ ...OPTIONS, level: 'ERROR' });
    const touch = vi.fn();
    const fields = new Proxy<Record<string, unknown>>({}, { get: touch, ownKeys: touch, getPrototypeOf: touch });
    getLogger('library').info(fields, fields);
    expect(touch).not.toHaveBeenCalled();
  });

  test('isEnabled of what is no level is false', () => {
    expect(getLogger('library').isEnabled('LOUD' as 'DEBUG')).toBe(false);
  });
});

describe('fields', () => {
  test('with the names of the record stay in extras', () => {
    const fields = {
      timestamp: 't',
      level: 'l',
      logger: 'g',
      message: 'm',
      module: 'o',
      function: 'f',
      line: 1,
      trace_id: 'i',
      span_id: 's',
      'service.name': 'n',
      extras: {},
    };
    getLogger('library').info('scan done', fields);
    expect(lastLine()).toMatchObject({
      level: 'INFO',
      logger: 'library',
      message: 'scan done',
      'service.name': 'barbossa',
      extras: fields,
    });
    expect(lastLine()).not.toHaveProperty('trace_id');
  });

  test('request_id and user_id are the record’s own where they are text', () => {
    getLogger('library').info('x', { request_id: 'r', user_id: 'u', a: 1 });
    expect(lastLine()).toMatchObject({ request_id: 'r', user_id: 'u', extras: { a: 1 } });
    getLogger('library').info('x', { request_id: 5, user_id: null });
    expect(lastLine()).toMatchObject({ extras: { request_id: 5, user_id: null } });
    expect(lastLine()).not.toHaveProperty('request_id');
    getLogger('library').info('x', { user_id: 'u'.repeat(1_000) });
    expect(lastLine()['user_id']).toBe(`${'u'.repeat(128)}…[cut: 872 characters]`);
  });

  test.each(['error', 'err', 'exception'])('an Error called %s is the exception', (name) => {
    getLogger('library').warning('scan failed', { [name]: anError(), a: 1 });
    expect(lastLine()).toMatchObject({ exception: 'Error: no disk\n    at scan.js:1:2', extras: { a: 1 } });
    expect(lastLine()['extras']).not.toHaveProperty(name);
  });

  test.each(['error', 'err', 'exception'])('what is called %s and is no Error is a field', (name) => {
    getLogger('library').warning('scan failed', { [name]: 'no disk' });
    expect(lastLine()).toMatchObject({ extras: { [name]: 'no disk' } });
    expect(lastLine()).not.toHaveProperty('exception');
  });

  test('a second Error stays a field', () => {
    const second = Object.assign(new TypeError('other'), { stack: 'other' });
    getLogger('library').error('x', { error: anError(), err: second });
    expect(lastLine()).toMatchObject({
      exception: 'Error: no disk\n    at scan.js:1:2',
      extras: { err: { name: 'TypeError', message: 'other' } },
    });
  });

  test.each<[string, () => unknown, unknown]>([
    ['text', () => 'a', { value: 'a' }],
    ['a number', () => 0, { value: 0 }],
    ['null', () => null, { value: null }],
    ['a list', () => [1, 2], { value: [1, 2] }],
    ['a Map', () => new Map([['a', 1]]), { value: { a: 1 } }],
    ['a Date', () => new Date(0), { value: '1970-01-01T00:00:00.000Z' }],
    ['a Buffer', () => Buffer.from('a'), { value: '[Buffer: 1 byte, 61]' }],
    ['a class instance', () => Object.assign(new (class Track {})(), { id: 7 }), { id: 7 }],
    ['an object without prototype', () => Object.assign(Object.create(null), { id: 7 }), { id: 7 }],
    [
      'a revoked Proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
      { value: expect.stringContaining('unreadable') as unknown },
    ],
    [
      'a Proxy that cannot be listed',
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        ),
      { '…': '[unreadable: no]' },
    ],
    [
      'an object that holds itself',
      () => {
        const a: Record<string, unknown> = { id: 1 };
        a['a'] = a;
        return a;
      },
      { id: 1, a: '[Circular]' },
    ],
    [
      'a getter that throws',
      () => ({
        get a() {
          throw new Error('no');
        },
        b: 1,
      }),
      { a: '[unreadable: no]', b: 1 },
    ],
    [
      'too many fields',
      () => Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`k${i}`, 1])),
      expect.objectContaining({ k999: 1, '…': '[cut: 500 entries]' }),
    ],
    ['nothing', () => undefined, undefined],
    ['no fields', () => ({}), undefined],
    ['fields that are undefined', () => ({ a: undefined }), undefined],
  ])('may be anything: %s', (_, make, extras) => {
    getLogger('library').info('x', make() as Record<string, unknown>);
    expect(lines()).toHaveLength(1);
    expect(lastLine()['extras']).toEqual(extras);
  });
});

describe('exception', () => {
  test.each<[string, () => unknown, string]>([
    ['an Error', anError, 'Error: no disk\n    at scan.js:1:2'],
    ['text', () => 'no disk', 'string: no disk'],
    ['null', () => null, 'null: null'],
    ['a number', () => 5, 'number: 5'],
    ['a class instance', () => new (class Odd {})(), 'Odd: [Odd]'],
    ['fields with an Error', () => ({ error: anError() }), 'Error: no disk\n    at scan.js:1:2'],
  ])('logs what was thrown: %s', (_, make, exception) => {
    getLogger('library').exception('scan failed', make());
    expect(lastLine()).toMatchObject({ level: 'ERROR', message: 'scan failed', exception });
    expect(lastLine()).not.toHaveProperty('extras');
  });

  test('takes a plain object for fields, and needs nothing', () => {
    getLogger('library').exception('scan failed', { folder: '/music' });
    getLogger('library').exception('scan failed');
    expect(lines().map((line) => [line['exception'], line['extras']])).toEqual([
      [undefined, { folder: '/music' }],
      [undefined, undefined],
    ]);
  });
});

describe('bind and child', () => {
  test('bind adds fields to each line of the new logger, and the call’s fields win', () => {
    const logger = getLogger('library');
    const bound = logger.bind({ a: 1, b: 1 }).bind({ b: 2, user_id: 'anna' });
    bound.info('x', { c: 3 });
    bound.info('x', { a: 'call' });
    logger.info('x');
    expect(lines().map((line) => [line['extras'], line['user_id']])).toEqual([
      [{ a: 1, b: 2, c: 3 }, 'anna'],
      [{ a: 'call', b: 2 }, 'anna'],
      [undefined, undefined],
    ]);
    expect(bound.name).toBe('library');
  });

  test('child with text is a sub-logger with the same fields; with fields it is bind', () => {
    const logger = getLogger('library').bind({ a: 1 });
    logger.child('scan').child({ b: 2 }).child('').info('x');
    expect(lastLine()).toMatchObject({ logger: 'library.scan', extras: { a: 1, b: 2 } });
  });

  test('fields are bound as they are now', () => {
    const fields = { a: 1 };
    const logger = getLogger('library').bind(fields);
    fields.a = 2;
    logger.info('x');
    expect(lastLine()['extras']).toEqual({ a: 1 });
  });

  test.each<[string, () => unknown, unknown]>([
    ['undefined', () => undefined, { a: 1 }],
    ['null', () => null, { a: 1 }],
    ['a number', () => 5, { a: 1 }],
    ['__proto__', () => JSON.parse('{"__proto__": 5}') as unknown, JSON.parse('{"a": 1, "__proto__": 5}')],
    [
      'a getter that throws',
      () => ({
        get b() {
          throw new Error('no');
        },
      }),
      { a: 1, b: '[unreadable: no]' },
    ],
    [
      'a Proxy that cannot be listed',
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        ),
      { a: 1 },
    ],
  ])('bind never throws: %s', (_, make, extras) => {
    captureStream('stderr');
    getLogger('library')
      .bind({ a: 1 })
      .bind(make() as Record<string, unknown>)
      .info('x');
    expect(JSON.stringify(lastLine()['extras'])).toBe(JSON.stringify(extras));
  });
});

describe('context', () => {
  function inRequest<T>(run: () => T, parent: Context = ROOT_CONTEXT): T {
    return context.with(withRequestScope(withTestSpan(parent), { requestId: 'req-1', userId: 'anna' }), run);
  }

  test('a line carries the ids of its request and span', () => {
    startTestContext();
    const records = startTestLogs();
    inRequest(() => getLogger('library').info('x'));
    expect(lastLine()).toMatchObject({ request_id: 'req-1', user_id: 'anna', trace_id: TRACE_ID, span_id: SPAN_ID });
    expect(records()[0]?.spanContext).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID });
    expect(records()[0]?.attributes).toMatchObject({ request_id: 'req-1', user_id: 'anna' });
    getLogger('library').info('x');
    expect(lastLine()).not.toHaveProperty('request_id');
    expect(lastLine()).not.toHaveProperty('trace_id');
  });

  test('the caller’s fields win over the request’s', () => {
    startTestContext();
    inRequest(() => getLogger('library').info('x', { request_id: 'mine', user_id: 'bo' }));
    expect(lastLine()).toMatchObject({ request_id: 'mine', user_id: 'bo' });
  });

  test('a span whose ids are not valid is no span', () => {
    startTestContext();
    context.with(withTestSpan(ROOT_CONTEXT, '0'.repeat(32), SPAN_ID), () => getLogger('library').info('x'));
    expect(lastLine()).not.toHaveProperty('trace_id');
  });

  test('200 concurrent requests never mix', async () => {
    startTestContext();
    const logger = getLogger('library');
    const requests = Array.from({ length: 200 }, (_, i) =>
      context.with(withRequestScope(ROOT_CONTEXT, { requestId: `req-${i}` }), async () => {
        await new Promise((resolve) => setTimeout(resolve, i % 7));
        logger.info(`req-${i}`);
      }),
    );
    await Promise.all(requests);
    expect(lines()).toHaveLength(200);
    expect(lines().filter((line) => line['message'] !== line['request_id'])).toEqual([]);
  });
});

describe('the caller', () => {
  function logAll(logger: Logger): void {
    logger.debug('x');
    logger.info('x');
    logger.warning('x');
    logger.error('x');
    logger.exception('x');
  }

  test.each([
    ['off', 0],
    ['ERROR', 2],
    ['WARNING', 3],
    ['DEBUG', 5],
  ] as const)('with callerLevel %s', (callerLevel, count) => {
    configureLogging({ ...OPTIONS, callerLevel });
    logAll(getLogger('library').bind({ a: 1 }).child('scan'));
    const found = lines().filter((line) => line['module'] === 'get-logger.test' && line['function'] === 'logAll');
    expect(found).toHaveLength(count);
    expect(lines().filter((line) => 'line' in line)).toHaveLength(count);
  });
});

describe('never throws and never recurses', () => {
  test('a getter that logs: the inner line is dropped', () => {
    captureStream('stderr');
    const logger = getLogger('library');
    const fields = {
      get a() {
        logger.error('inner', fields);
        return 1;
      },
    };
    logger.info('outer', fields);
    logger.info('next');
    expect(lines().map((line) => line['message'])).toEqual(['outer', 'next']);
  });

  test('an SDK that logs: the inner line is dropped', () => {
    captureStream('stderr');
    const logger = getLogger('library');
    const records = startTestLogs({
      onEmit: () => logger.error('inner'),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    });
    logger.info('outer');
    expect(lines()).toHaveLength(1);
    expect(records()).toHaveLength(1);
  });

  test('a stdout that logs: the inner line is dropped', () => {
    captureStream('stderr');
    const logger = getLogger('library');
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout.push(String(text));
      logger.info('inner');
      return true;
    });
    onTestFinished(() => spy.mockRestore());
    logger.info('outer');
    expect(lines().map((line) => line['message'])).toEqual(['outer']);
  });

  test('a broken stdout does not keep the record from being sent', () => {
    captureStream('stderr');
    const records = startTestLogs();
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation(() => {
      throw new Error('no');
    });
    onTestFinished(() => spy.mockRestore());
    getLogger('library').info('x');
    expect(records()).toHaveLength(1);
  });

  test('a fault of our own ends in one line on stderr', () => {
    const stderr = captureStream('stderr');
    vi.spyOn(Date, 'now').mockReturnValue(Number.NaN);
    onTestFinished(() => vi.mocked(Date.now).mockRestore());
    getLogger('library').info('x');
    getLogger('library').info('x');
    expect(stdout).toEqual([]);
    expect(stderr).toEqual(['[barbossa-telemetry] warn: a line could not be logged: Invalid time value\n']);
  });

  test('works at the end of the stack', () => {
    captureStream('stderr');
    const logger = getLogger('library');
    const dive = (): void => {
      logger.info('deep', { a: { b: 1 } });
      dive();
    };
    // The application's own overflow is what comes out.
    configureLogging({ ...OPTIONS, level: 'INFO' });
    const spy = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    onTestFinished(() => spy.mockRestore());
    expect(dive).toThrow(RangeError);
    spy.mockRestore();
    stdout = captureStream('stdout');
    logger.info('after');
    expect(lastLine()).toMatchObject({ message: 'after' });
  });
});

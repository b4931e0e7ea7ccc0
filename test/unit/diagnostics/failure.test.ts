import { describe, expect, test } from 'vitest';
import { categoriseDatabaseError } from '../../../src/health/checks/database.js';
import { categoriseRedisError } from '../../../src/jobs/redis/errors.js';
import { categorise, KnownFailure } from '../../../src/diagnostics/failure.js';

function makeError(code: string, rest: object = {}): Error {
  return Object.assign(new Error(code), { code }, rest);
}

describe('an error is told as a category', () => {
  test.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'name not found'],
    ['EAI_AGAIN', 'name not found'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ECONNRESET', 'connection lost'],
    ['EACCES', 'permission'],
    ['CERT_HAS_EXPIRED', 'certificate'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
    ['EPROTO', 'protocol'],
    ['HPE_INVALID_CONSTANT', 'protocol'],
    ['toString', 'failed'],
  ])('%s', (code, category) => expect(categorise(makeError(code))).toBe(category));

  test('by its cause, and by the first of several', () => {
    const refused = makeError('ECONNREFUSED');
    expect(categorise(new TypeError('fetch failed', { cause: refused }))).toBe('refused');
    expect(categorise(new AggregateError([refused, makeError('EHOSTUNREACH')]))).toBe('refused');
    expect(categorise(new DOMException('', 'TimeoutError'))).toBe('timeout');
    expect(categorise(new KnownFailure('starting', 'soon'))).toBe('starting');
  });

  test('a socket file that is not there is a refusal, another file is not', () => {
    expect(categorise(makeError('ENOENT', { syscall: 'connect' }))).toBe('refused');
    expect(categorise(makeError('ENOENT', { syscall: 'open' }))).toBe('failed');
  });

  test('a circle of causes, and what is no error', () => {
    const error = new Error('round');
    error.cause = error;
    for (const thrown of [error, undefined, null, 'text', 7]) expect(categorise(thrown)).toBe('failed');
  });
});

describe('what PostgreSQL answers', () => {
  test.each([
    ['28P01', 'authentication'],
    ['28000', 'authentication'],
    ['53300', 'out of connections'],
    ['53200', 'out of memory'],
    ['57P03', 'starting'],
    ['57P01', 'connection lost'],
    ['08P01', 'protocol'],
    ['25006', 'read-only'],
    ['3D000', 'server error'],
  ])('%s', (code, category) => expect(categoriseDatabaseError(makeError(code, { severity: 'FATAL' }))).toBe(category));

  test.each([
    ['Connection terminated unexpectedly', 'connection lost'],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'authentication'],
    ['received invalid response: 48', 'protocol'],
    ['The server does not support SSL connections', 'protocol'],
    ['timeout exceeded when trying to connect', 'timeout'],
    ['something else', 'failed'],
  ])('%s', (message, category) => expect(categoriseDatabaseError(new Error(message))).toBe(category));
});

describe('what Redis answers', () => {
  test.each([
    ['NOAUTH Authentication required.', 'authentication'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'authentication'],
    ["NOPERM this user has no permissions to run the 'ping' command", 'authentication'],
    ['ERR max number of clients reached', 'out of connections'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'out of memory'],
    ["READONLY You can't write against a read only replica.", 'read-only'],
    ['LOADING Redis is loading the dataset in memory', 'starting'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'starting'],
    ['BUSY Redis is busy running a script.', 'server error'],
    ['ERR something new', 'server error'],
    ['Connection is closed.', 'connection lost'],
    ['Protocol error, got "H" as reply type byte', 'protocol'],
    ['no idea', 'failed'],
  ])('%s', (message, category) => expect(categoriseRedisError(new Error(message))).toBe(category));
});

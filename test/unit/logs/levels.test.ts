import { describe, expect, test } from 'vitest';
import winston from 'winston';
import { LEVEL_SEVERITY, parseLevel, toSeverity } from '../../../src/logs/levels.js';

const { cli, npm, syslog } = winston.config;

describe('toSeverity', () => {
  test.each([
    ['npm', npm.levels, { error: 17, warn: 13, info: 9, http: 7, verbose: 6, debug: 5, silly: 1 }],
    [
      'syslog',
      syslog.levels,
      { emerg: 21, alert: 19, crit: 18, error: 17, warning: 13, notice: 10, info: 9, debug: 5 },
    ],
    [
      'cli',
      cli.levels,
      {
        error: 17,
        warn: 13,
        help: 11,
        data: 10,
        info: 9,
        debug: 5,
        prompt: 4,
        verbose: 3,
        input: 2,
        silly: 1,
      },
    ],
  ])('knows every level of %s', (_, levels, expected) => {
    const found = Object.keys(levels).map((name) => [name, toSeverity(name, levels).severityNumber]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test.each([
    [21, 'ERROR'],
    [17, 'ERROR'],
    [13, 'WARNING'],
    [10, 'INFO'],
    [9, 'INFO'],
    [7, 'DEBUG'],
    [1, 'DEBUG'],
  ])('severity %i is %s', (severityNumber, level) => {
    const names = ['fatal', 'error', 'warn', 'notice', 'info', 'http', 'trace'];
    const found = names.map((name) => toSeverity(name)).find((severity) => severity.severityNumber === severityNumber);
    expect(found?.level).toBe(level);
  });

  test.each([
    ['between two known', 'audit', { error: 0, warn: 1, audit: 2, info: 3 }, 11],
    ['two between two known', 'b', { error: 0, a: 1, b: 2, info: 3 }, 12],
    ['above all known', 'panic', { panic: 0, error: 1, info: 2 }, 21],
    ['below all known', 'chatter', { error: 0, debug: 1, chatter: 2 }, 1],
    ['far below all known', 'c', { info: 0, a: 1, b: 2, c: 3 }, 1],
    ['no known names, most severe', 'high', { high: 0, mid: 1, low: 2 }, 17],
    ['no known names, in the middle', 'mid', { high: 0, mid: 1, low: 2 }, 11],
    ['no known names, least severe', 'low', { high: 0, mid: 1, low: 2 }, 5],
    ['the only level', 'all', { all: 0 }, 9],
    ['numbers with gaps, any order of keys', 'audit', { info: 300, audit: 200, warn: 100 }, 11],
    ['a known name, whatever its rank', 'fatal', { fatal: 7, error: 0 }, 21],
    ['critical', 'critical', { critical: 0, error: 1 }, 21],
    ['capitals', 'ERROR', { ERROR: 0, INFO: 1 }, 17],
    ['not in the set', 'nonsense', { high: 0, low: 1 }, 9],
    ['a name of Object.prototype', 'constructor', { high: 0, low: 1 }, 9],
    ['not a number', 'odd', { error: 0, odd: Number.NaN }, 9],
  ])('%s', (_, name, levels, expected) => {
    expect(toSeverity(name, levels as Record<string, number>).severityNumber).toBe(expected);
  });

  test.each([
    ['info', undefined, 9],
    ['Warn', undefined, 13],
    ['verbose', undefined, 6],
    ['nonsense', undefined, 9],
    ['debug', null, 5],
    [undefined, undefined, 9],
    [Symbol('level'), {}, 9],
  ])('without a usable set: %s', (name, levels, expected) => {
    expect(toSeverity(name as string, levels).severityNumber).toBe(expected);
  });

  test('gives the same object for the same level, and one for each set', () => {
    const first = { odd: 0, error: 1 };
    const second = { error: 0, odd: 1, info: 2 };
    expect(toSeverity('odd', first)).toBe(toSeverity('odd', first));
    expect(toSeverity('odd', first).severityNumber).toBe(21);
    expect(toSeverity('odd', second).severityNumber).toBe(13);
  });

  test('every number is from 1 to 24 and never rises as levels get less severe', () => {
    const levels = Object.fromEntries(Array.from({ length: 60 }, (_, rank) => [`level${rank}`, rank]));
    const numbers = Object.keys(levels).map((name) => toSeverity(name, levels).severityNumber);
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(24);
  });
});

test.each([
  ['debug', 'DEBUG'],
  ['INFO', 'INFO'],
  [' warn ', 'WARNING'],
  ['Warning', 'WARNING'],
  ['error', 'ERROR'],
  ['', undefined],
  ['fatal', undefined],
  ['constructor', undefined],
])('parseLevel(%j) is %s', (text, level) => {
  expect(parseLevel(text)).toBe(level);
});

test('the levels have the numbers of OpenTelemetry', () => {
  expect(LEVEL_SEVERITY).toEqual({ DEBUG: 5, INFO: 9, WARNING: 13, ERROR: 17 });
});

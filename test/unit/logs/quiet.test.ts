import { describe, expect, test } from 'vitest';
import { createThreshold, parseLogLevels } from '../../../src/logs/quiet.js';

describe('parseLogLevels', () => {
  test.each([
    ['nothing', '', {}],
    ['blanks and empty entries', ' , ,', {}],
    ['one entry', 'library=debug', { library: 'DEBUG' }],
    ['spaces and capitals', ' library.scan = Warn ', { 'library.scan': 'WARNING' }],
    ['a default overridden', 'express=info', { express: 'INFO' }],
    ['the last of two', 'a=info,a=error', { a: 'ERROR' }],
    ['a name with an equals sign', 'a=b=error', { 'a=b': 'ERROR' }],
    ['a name of Object.prototype', '__proto__=error', { ['__proto__']: 'ERROR' }],
  ])('adds to the defaults: %s', (_, text, added) => {
    const { levels, problems } = parseLogLevels(text);
    const expected = new Map([['express', 'WARNING'], ['http', 'WARNING'], ...Object.entries(added)]);
    expect(levels).toEqual(expected);
    expect(problems).toEqual([]);
  });

  test.each([
    ['library', '"library" has no "="; allowed: name=level'],
    ['=debug', '"=debug" has no logger name before "="'],
    ['library=', '"library=" has no known level; allowed: debug, info, warning or error'],
    ['library=loud', '"library=loud" has no known level; allowed: debug, info, warning or error'],
  ])('tells what is wrong with %j and uses the rest', (entry, problem) => {
    const { levels, problems } = parseLogLevels(`${entry},good=debug`);
    expect(problems).toEqual([problem]);
    expect([...levels.keys()]).toEqual(['express', 'http', 'good']);
  });

  test('a problem shows no more than the beginning of an entry, on one line', () => {
    const [problem = ''] = parseLogLevels(`a\n${'x'.repeat(10_000)}`).problems;
    expect(problem.length).toBeLessThan(200);
    expect(problem).not.toContain('\n');
  });
});

test.each([
  ['express', 'WARNING'],
  ['express.router', 'WARNING'],
  ['express.router.layer', 'ERROR'],
  ['express.router.layer.x', 'ERROR'],
  ['expressive', 'INFO'],
  ['other.express', 'INFO'],
  ['Express', 'INFO'],
  ['.', 'INFO'],
  ['..express', 'INFO'],
  ['express.', 'WARNING'],
  ['', 'INFO'],
])('the level of %j is %s', (name, level) => {
  const { levels } = parseLogLevels('express.router.layer=error');
  expect(createThreshold('INFO', levels)(name)).toBe(level);
});

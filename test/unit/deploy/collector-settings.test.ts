import { describe, expect, test } from 'vitest';
import { readCollectorFiles } from './collector-files.js';
import { listKeyPaths } from './yaml-keys.js';

const files = readCollectorFiles();

interface Setting {
  readonly variable: string;
  readonly fallback: string;
}

/** What a file takes from the environment. */
function listSettings(text: string): Setting[] {
  return Array.from(
    text.matchAll(/\$\{env:(\w+)(:-)?(\}?)/g),
    ({ index, 1: variable = '', 2: hasFallback, 3: end }) => {
      if (hasFallback === undefined || end === '}') return { variable, fallback: end === '}' ? '' : 'none' };
      return { variable, fallback: readFallback(text.slice(index + '${env:'.length + variable.length + 2)) };
    },
  );
}

/** The text up to the brace that closes the variable; braces inside are in pairs. */
function readFallback(text: string): string {
  let depth = 1;
  let end = 0;
  for (; depth > 0 && end < text.length; end += 1) {
    if (text[end] === '{' && text[end - 1] !== '\\') depth += 1;
    if (text[end] === '}') depth -= 1;
  }
  return text.slice(0, end - 1);
}

describe.each(files)('$name', ({ text, header }) => {
  test('lists at its top every variable that it reads, with the default', () => {
    const body = text.slice(header.length);
    for (const { variable, fallback } of listSettings(body)) {
      expect(header).toMatch(new RegExp(`^# +${variable} `, 'm'));
      // A regular expression is told in words.
      if (!/[\\[(]/.test(fallback)) expect(header, `${variable}, ${fallback}`).toContain(fallback);
    }
  });

  test('has a default for every variable', () => {
    expect(Array.from(text.matchAll(/\$\{env:\w+\}/g), ([found]) => found)).toStrictEqual([]);
  });

  test('holds no secret', () => {
    const secrets = text.split('\n').filter((line) => /^\s*\w*(password|token|secret|api_?key)\w*: +\S/i.test(line));
    for (const line of secrets) expect(line).toMatch(/: \$\{(file|env):/);
    expect(text).not.toMatch(/https?:\/\/[^\s/]*:[^\s/]*@/);
  });
});

test('nothing acknowledges a record before it is on disk', () => {
  const paths = files.flatMap(({ text }) => listKeyPaths(text));
  expect(paths).toContain('exporters > elasticsearch > sending_queue > storage');
  // Kafka's disk: the queue before it answers when Kafka has.
  expect(paths.filter((path) => /^processors > batch|wait_for_result/.test(path))).toStrictEqual([
    'exporters > kafka > sending_queue > wait_for_result',
  ]);
  const toKafka = files.find(({ name }) => name === 'agent-to-kafka.yaml')?.text;
  expect(toKafka).toMatch(/^ {6}wait_for_result: true$/m);
});

import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { readSetting, type Setting } from '../../../src/config/setting.js';
import { SETTINGS } from '../../../src/config/settings.js';
import { VARIABLES } from './nonsense.js';

const ALL = Object.values(SETTINGS).flatMap((group) => Object.values(group) as Setting<unknown>[]);
const CASES = ALL.map((setting) => [setting.variable, setting] as const);

test('the table of these tests has every variable, and nothing else', () => {
  expect(Object.keys(VARIABLES).toSorted()).toEqual(ALL.map(({ variable }) => variable).toSorted());
  expect(new Set(ALL.map(({ variable }) => variable)).size).toBe(ALL.length);
});

function rowOf(variable: string): (typeof VARIABLES)[string] {
  const row = VARIABLES[variable];
  if (row === undefined) throw new Error(`${variable} is not in the table`);
  return row;
}

test.each(CASES)(
  '%s: nonsense is one warning with what it was, what is allowed and what is used',
  (variable, setting) => {
    const { nonsense, fallback } = rowOf(variable);
    for (const text of nonsense) {
      const { problems } = loadConfig({ [variable]: text });
      expect(problems, JSON.stringify(text)).toHaveLength(1);
      const [start, allowed, used] = (problems[0] ?? '').split('; ');
      const shown =
        setting.secret === true ? 'not usable (value not shown)' : (expect.stringMatching(/^".*"$/s) as unknown);
      expect((start ?? '').split(' is ')).toEqual([variable, shown]);
      expect([allowed, used]).toEqual([`allowed: ${setting.allowed}`, `used instead: ${fallback}`]);
      expect(readSetting(setting, { [variable]: text }, [])).toEqual(setting.fallback);
    }
  },
);

test.each(CASES)('%s: what is allowed is used', (variable, setting) => {
  for (const [text, used] of rowOf(variable).valid) {
    const problems: string[] = [];
    expect(readSetting(setting, { [variable]: text }, problems), text).toEqual(used);
    expect(problems).toEqual([]);
  }
});

test.each(CASES)('%s: unset and blank are the default', (variable, setting) => {
  const problems: string[] = [];
  for (const env of [{}, { [variable]: '' }, { [variable]: ' \t\n' }]) {
    expect(readSetting(setting, env, problems)).toEqual(setting.fallback);
  }
  expect(problems).toEqual([]);
});

test('what is wrong is shown in short, on one line, without secrets', () => {
  const problemOf = (variable: string, text: string): string => loadConfig({ [variable]: text }).problems[0] ?? '';
  expect(problemOf('OTEL_EXPORTER_PROMETHEUS_PORT', 'x'.repeat(10_000)).length).toBeLessThan(250);
  expect(problemOf('OTEL_EXPORTER_PROMETHEUS_HOST', 'a\nb\u001b[31m')).not.toMatch(/\p{Cc}/u);
  const secret = 's3cret';
  for (const url of [
    `http://anne:${secret}@collector`,
    `http://anne:a/${secret}@collector`,
    `http://anne:a@${secret}@collector`,
    `http://${secret}@collector`,
    `http://anne:${secret.repeat(50)}@collector`,
    `anne:${secret}@collector:4318`,
    `ftp://collector/?key=${secret}`,
    `http://collector/?key=${secret}`,
    `http://collector/#${secret}`,
  ]) {
    for (const variable of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'BARBOSSA_ROLE']) {
      expect(problemOf(variable, url), url).toMatch(new RegExp(`^${variable} is "`));
      expect(problemOf(variable, url), url).not.toContain(secret);
    }
  }
  for (const variable of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_LOGS_HEADERS']) {
    expect(problemOf(variable, `authorization ${secret}`)).not.toContain(secret);
  }
});

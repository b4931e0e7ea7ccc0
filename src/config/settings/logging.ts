import { oneOf, setting } from '../setting.js';

const LEVELS = ['debug', 'info', 'warning', 'error'] as const;

/** A level of `LOG_LEVEL` and its relatives. */
export type LevelName = (typeof LEVELS)[number];

/** What loggers of `getLogger` print. */
export const LOGGING = {
  nodeEnv: setting<string | undefined>({
    variable: 'NODE_ENV',
    about: '`production` makes `getLogger` print JSON; anything else the readable line.',
    allowed: 'any text',
    fallback: undefined,
    parse: (text) => text,
  }),
  environment: setting<string | undefined>({
    variable: 'ENVIRONMENT',
    about: 'The same, as the Python Barbossa called it.',
    allowed: 'any text',
    fallback: undefined,
    parse: (text) => text,
  }),
  noColor: setting<string | undefined>({
    variable: 'NO_COLOR',
    about: 'Set to anything, readable lines have no color on a terminal either.',
    allowed: 'any text',
    fallback: undefined,
    parse: (text) => text,
  }),
  level: setting<LevelName>({
    variable: 'LOG_LEVEL',
    about: 'Least severe level that `getLogger` prints and sends.',
    allowed: 'debug, info, warning (or warn) or error',
    fallback: 'info',
    parse: parseLevel,
  }),
  levels: setting({
    variable: 'BARBOSSA_LOG_LEVELS',
    about:
      'Levels of single loggers of `getLogger`, by name and what is below it: `express=warning,library.scan=debug`.',
    allowed: 'name=level pairs, comma separated',
    fallback: '',
    fallbackText: 'express=warning,http=warning',
    parse: (text) => text,
  }),
  callerLevel: setting<LevelName | 'off'>({
    variable: 'BARBOSSA_LOG_CALLER',
    about: 'Least severe level at which `module`, `function` and `line` of the caller are looked up.',
    allowed: 'debug, info, warning, error or off',
    fallback: 'error',
    parse: (text) => (text.toLowerCase() === 'off' ? 'off' : parseLevel(text)),
  }),
} as const;

function parseLevel(text: string): LevelName | undefined {
  return text.toLowerCase() === 'warn' ? 'warning' : oneOf(LEVELS)(text);
}

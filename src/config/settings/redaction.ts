import { parseBoolean, setting } from '../setting.js';

/** What a list of key names may hold, in words. */
export const REDACT_NAMES = 'up to 100 names of 2 to 64 letters, digits, blanks, _ - and ., comma separated';

/** What no log record may show. */
export const REDACTION = {
  enabled: setting({
    variable: 'BARBOSSA_REDACT',
    about:
      'Replaces secrets in log records by `[redacted]` before they are printed by `getLogger`, written to the spool or sent; see docs/redaction.md. What the transports of winston print is left as the application made it.',
    allowed: 'on or off',
    fallback: true,
    fallbackText: 'on',
    parse: parseBoolean,
  }),
  keys: setting({
    variable: 'BARBOSSA_REDACT_KEYS',
    about: 'More keys whose values are secrets, in any spelling and with other words around them: `ssn,iban`.',
    allowed: REDACT_NAMES,
    fallback: '',
    fallbackText: 'no more',
    parse: (text) => text,
  }),
  allowedKeys: setting({
    variable: 'BARBOSSA_REDACT_ALLOW_KEYS',
    about: 'Keys that are no secrets although they look like one, in any spelling but whole: `next_page_token`.',
    allowed: REDACT_NAMES,
    fallback: '',
    fallbackText: 'none',
    parse: (text) => text,
  }),
} as const;

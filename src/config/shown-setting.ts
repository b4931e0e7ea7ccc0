import { hideSecrets, printValue, type Setting } from './setting.js';

/** A setting for people: nothing of a secret but whether it is set. */
export interface ShownSetting {
  readonly group: string;
  readonly variable: string;
  readonly value: string;
  /** Where the value comes from; `unusable`: what is set is not allowed, and the default holds. */
  readonly source: 'set' | 'default' | 'unusable';
}

const MAX_CHARS = 200;
/** Pairs hold tokens under any name; their row may not be secret as a whole. */
const PAIR_VALUE = /=[^,]*/g;

/** What `row` is in `env`. */
export function showSetting(group: string, row: Setting<unknown>, env: NodeJS.ProcessEnv): ShownSetting {
  const { variable } = row;
  const text = env[variable]?.trim() ?? '';
  const usual = row.fallbackText ?? printValue(row.fallback);
  if (text === '') return { group, variable, value: usual, source: 'default' };
  if (row.parse(text) === undefined) return { group, variable, value: usual, source: 'unusable' };
  if (row.secret === true) return { group, variable, value: '(hidden)', source: 'set' };
  const open = hideSecrets(variable.includes('HEADERS') ? text.replace(PAIR_VALUE, '=***') : text);
  return { group, variable, value: open.length > MAX_CHARS ? `${open.slice(0, MAX_CHARS)}…` : open, source: 'set' };
}

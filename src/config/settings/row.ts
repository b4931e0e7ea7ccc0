import type { Setting } from '../setting.js';

/** Narrow helper: a row keeps the type of its value. */
export function setting<T>(row: Setting<T>): Setting<T> {
  return row;
}

/** What is allowed, in words that several settings share. */
export const BOOLEAN = 'true or false';
export const URL_WORDS = 'an http:// or https:// URL without credentials, query and fragment';
export const HEADER_WORDS = 'key=value pairs, comma separated, values percent-encoded';

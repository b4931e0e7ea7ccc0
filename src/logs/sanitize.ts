import { types } from 'node:util';
import type { AnyValue, AnyValueMap } from '@opentelemetry/api-logs';
import { describeBuiltIn, describeNumber, describePrimitive } from './built-ins.js';
import { isError, readMessage, readStack, readType } from './exception.js';
import { bindGetter, isEnumerable, isPrimitive, readClassName, takeFirst } from './safe-read.js';
import { cutText, MAX_TEXT_CHARS, toWellFormed } from './text.js';

/** Deepest nesting that is kept; what lies below is `[cut: too deep]`. */
const MAX_DEPTH = 12;
/** Entries kept of one object, array, Map or Set; a mark says how many there were more. */
export const MAX_ENTRIES = 1_000;
/** Values kept of one record, all levels together. */
export const MAX_VALUES = 10_000;
/** UTF-16 units of keys and text kept of one record's values, all together. */
export const MAX_TOTAL_CHARS = 131_072;
/** Longest key, in UTF-16 units. */
const MAX_KEY_CHARS = 256;
/** The key under which an object says how many entries were left out. */
export const CUT_KEY = '…';

const MAX_REASON_CHARS = 200;
/** Told otherwise, or not worth telling twice. */
const ERROR_KEYS: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);
const readMapSize = bindGetter(Map.prototype, 'size');
const readSetSize = bindGetter(Set.prototype, 'size');

/**
 * Plain data for anything at all: what JSON and OTLP can carry, in fresh objects without cycles. Never throws.
 * Getters and `toJSON` run, each once; where they throw, a mark says so. The time is bounded by the limits above,
 * but for listing an object's keys, which the language cannot do in part.
 *
 * | value | becomes |
 * |---|---|
 * | `undefined`, symbol keys | left out of objects, `null` in lists |
 * | NaN, Infinity, BigInt, symbol, function, RegExp | text |
 * | Date | ISO text, or `Invalid Date` |
 * | Error | `name`, `message`, `stack`, `cause`, `errors`, and those of its own properties that are not objects |
 * | Map | an object where the keys are distinct primitives, else a list of pairs |
 * | Set, array | a list; holes are `null` |
 * | Buffer, typed array, ArrayBuffer | a summary with the first bytes or values: `[Buffer: 3 bytes, 010203]` |
 * | object with `toJSON` | what that returns; if it throws, a mark only, since it may be what hides secrets |
 * | class instance | its own enumerable properties; without any, its class: `[Promise]` |
 * | lone surrogate | U+FFFD |
 */
export function sanitize(value: unknown): AnyValue {
  return new Sanitizer().sanitize(value) ?? null;
}

/**
 * What is left of the fields of some objects, as plain data, when `take` has had those with a place of their own; later
 * objects win. Undefined where nothing is left. Never throws.
 * @param take Whether the field is taken. Sees the value as it is, or a mark where its getter throws.
 */
export function sanitizeFields(
  sources: readonly (object | undefined)[],
  take: (key: string, value: unknown) => boolean,
): AnyValueMap | undefined {
  const sanitizer = new Sanitizer();
  const fields: AnyValueMap = {};
  for (const source of sources) {
    if (source !== undefined) sanitizer.addFields(fields, source, take);
  }
  for (const _ in fields) return fields;
  return undefined;
}

/** Makes plain data of the values of one record, with one budget for them all. */
export class Sanitizer {
  #valuesLeft = MAX_VALUES;
  #charsLeft = MAX_TOTAL_CHARS;
  readonly #ancestors: object[] = [];

  /** As the function `sanitize`, except that undefined stays undefined. */
  sanitize(value: unknown): AnyValue {
    this.#valuesLeft--;
    switch (typeof value) {
      case 'string':
        return this.#keepText(value);
      case 'number':
        return describeNumber(value);
      case 'boolean':
      case 'undefined':
        return value;
      case 'object':
        return value === null ? null : this.#sanitizeObject(value);
      default:
        return this.#sanitizeExotic(value);
    }
  }

  /**
   * Hands each entry of `source` to `visit`, the value as it is, or a mark where its getter throws.
   * @returns How many entries were left out because of a limit. Throws where the keys cannot be listed.
   */
  visitEntries(source: object, visit: (key: string, value: unknown) => void): number {
    this.#ancestors.push(source);
    try {
      return this.#eachEntry(source, visit);
    } finally {
      this.#ancestors.pop();
    }
  }

  /** Adds the fields of `source` that `take` leaves. A mark says how many were left out, or why none can be listed. */
  addFields(into: AnyValueMap, source: object, take: (key: string, value: unknown) => boolean): void {
    try {
      const left = this.visitEntries(source, (key, value) => {
        if (!take(key, value)) this.#setEntry(into, key, this.sanitize(value));
      });
      if (left > 0) into[CUT_KEY] = markCut(left);
    } catch (error) {
      // A Proxy that cannot be listed: the line goes out without its fields, and says so.
      into[CUT_KEY] = markUnreadable(error);
    }
  }

  /** Adds an entry; undefined is left out. Any key is data, `__proto__` too. */
  #setEntry(into: AnyValueMap, key: string, value: AnyValue): void {
    if (value === undefined) return;
    const kept = key.length > MAX_KEY_CHARS ? cutText(key, MAX_KEY_CHARS) : toWellFormed(key);
    this.#charsLeft -= kept.length;
    if (kept === '__proto__') {
      Object.defineProperty(into, kept, { value, enumerable: true, configurable: true, writable: true });
    } else {
      into[kept] = value;
    }
  }

  get #spent(): boolean {
    return this.#valuesLeft <= 0 || this.#charsLeft <= 0;
  }

  #keepText(text: string): string {
    const maxChars = Math.min(MAX_TEXT_CHARS, Math.max(0, this.#charsLeft));
    this.#charsLeft -= Math.min(text.length, maxChars);
    return cutText(text, maxChars);
  }

  #sanitizeExotic(value: unknown): AnyValue {
    try {
      return this.#keepText(describePrimitive(value));
    } catch (error) {
      return markUnreadable(error);
    }
  }

  #sanitizeObject(value: object): AnyValue {
    if (this.#ancestors.includes(value)) return '[Circular]';
    if (this.#ancestors.length >= MAX_DEPTH) return '[cut: too deep]';
    this.#ancestors.push(value);
    try {
      return this.#convert(value);
    } catch (error) {
      return markUnreadable(error);
    } finally {
      this.#ancestors.pop();
    }
  }

  #convert(value: object): AnyValue {
    if (Array.isArray(value)) return this.#listOf(value, value.length);
    if (isError(value)) return this.#errorOf(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    const plain = prototype === Object.prototype || prototype === null;
    if (!plain) {
      if (types.isMap(value)) return this.#mapOf(value);
      if (types.isSet(value)) return this.#setOf(value);
      const described = describeBuiltIn(value);
      if (described !== undefined) return typeof described === 'string' ? this.#keepText(described) : described;
    }
    const { toJSON } = value as { toJSON?: (key: string) => unknown };
    return typeof toJSON === 'function' ? this.#jsonOf(value, toJSON, plain) : this.#recordOf(value, plain);
  }

  #jsonOf(value: object, toJSON: (key: string) => unknown, plain: boolean): AnyValue {
    const result: unknown = Reflect.apply(toJSON, value, ['']);
    return result === value ? this.#recordOf(value, plain) : this.sanitize(result);
  }

  #recordOf(value: object, plain: boolean): AnyValue {
    const record: AnyValueMap = {};
    let entries = 0;
    const left = this.#eachEntry(value, (key, entry) => {
      entries++;
      this.#setEntry(record, key, this.sanitize(entry));
    });
    if (left > 0) record[CUT_KEY] = markCut(left);
    return entries === 0 && !plain ? `[${readClassName(value) ?? 'Object'}]` : record;
  }

  #listOf(items: ArrayLike<unknown>, length: number): AnyValue[] {
    const list: AnyValue[] = [];
    const end = Math.min(length, MAX_ENTRIES);
    // NaN, as a Proxy may claim for its length, ends the loop at once.
    for (let i = 0; i < end && !this.#spent; i++) list.push(this.sanitize(read(items, i)) ?? null);
    if (length > list.length) list.push(markCut(length - list.length));
    return list;
  }

  #setOf(set: Set<unknown>): AnyValue {
    return this.#listOf(takeFirst(Set.prototype.values.call(set), MAX_ENTRIES), readSetSize(set));
  }

  #mapOf(map: Map<unknown, unknown>): AnyValue {
    const entries = takeFirst(Map.prototype.entries.call(map), MAX_ENTRIES) as [unknown, unknown][];
    const size = readMapSize(map);
    const names = new Set(entries.map(([key]) => (isPrimitive(key) ? String(key) : '')));
    if (names.size < entries.length || entries.some(([key]) => !isPrimitive(key))) return this.#listOf(entries, size);
    const record: AnyValueMap = {};
    let told = 0;
    for (const [key, value] of entries) {
      if (this.#spent) break;
      this.#setEntry(record, String(key), this.sanitize(value));
      told++;
    }
    if (size > told) record[CUT_KEY] = markCut(size - told);
    return record;
  }

  /** An error's own objects (a client's request, response and agent) stay out: they are huge, and hold secrets. */
  #errorOf(error: Error): AnyValue {
    const record: AnyValueMap = { name: this.#keepText(readType(error)), message: this.#keepText(readMessage(error)) };
    record['stack'] = this.#keepText(readStack(error));
    this.#eachEntry(error, (key, value) => {
      if (isPrimitive(value) && !ERROR_KEYS.has(key)) this.#setEntry(record, key, this.sanitize(value));
    });
    this.#setEntry(record, 'cause', this.sanitize(read(error, 'cause')));
    const errors = read(error, 'errors');
    if (Array.isArray(errors)) this.#setEntry(record, 'errors', this.sanitize(errors));
    return record;
  }

  #eachEntry(source: object, visit: (key: string, value: unknown) => void): number {
    // Object.keys asks a Proxy about each key that it claims to have, and it may claim millions.
    const proxy = types.isProxy(source);
    const keys: readonly (string | symbol)[] = proxy ? Reflect.ownKeys(source) : Object.keys(source);
    const end = Math.min(keys.length, MAX_ENTRIES);
    let i = 0;
    for (; i < end && !this.#spent; i++) {
      const key = keys[i];
      if (typeof key !== 'string' || (proxy && !isEnumerable(source, key))) continue;
      visit(key, read(source, key));
    }
    return keys.length - i;
  }
}

function read(source: object, key: string | number): unknown {
  try {
    return (source as Record<string | number, unknown>)[key];
  } catch (error) {
    return markUnreadable(error);
  }
}

/** What stands where reading threw, with the reason. */
function markUnreadable(error: unknown): string {
  return `[unreadable: ${cutText(readMessage(error), MAX_REASON_CHARS)}]`;
}

/** How an object or list says that entries of it were left out. */
export function markCut(entries: number): string {
  return `[cut: ${entries} entries]`;
}

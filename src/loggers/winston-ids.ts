import { inspect, types } from 'node:util';
import type { Info } from './winston-line.js';

export type Ids = Readonly<Record<string, string>>;

/** Ids that are on an object, which says whether they are still ours. */
export interface ShownIds {
  /** Whether the id of this name is ours: what the application has set itself is its own, the same value too. */
  readonly isOurs: (key: string | symbol) => boolean;
  /** Takes off what is still ours. */
  readonly takeOff: () => void;
}

/** Where an object keeps the ids that its accessors read. */
const IDS = Symbol('ids');

interface Showing {
  readonly [IDS]: Ids;
}

/** The same for all objects: with accessors of its own each would have a hidden class of its own. */
const ACCESSORS: Readonly<Record<string, PropertyDescriptor>> = {
  trace_id: makeAccessor('trace_id'),
  span_id: makeAccessor('span_id'),
  request_id: makeAccessor('request_id'),
};

function makeAccessor(name: string): PropertyDescriptor {
  return {
    get(this: Showing) {
      return this[IDS][name];
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
    },
    enumerable: true,
    configurable: true,
  };
}

/** `util.inspect` would print `[Getter/Setter]`: it gets the object with texts. */
const INSPECT: PropertyDescriptor = { value: inspectTexts, writable: true, configurable: true };

/** Whether a property of an object with ids on it is there for their sake. */
export function isHelper(key: string | symbol): boolean {
  return key === IDS || key === inspect.custom;
}

/**
 * Puts the ids on an object where it has none. They are accessors, so that a format that sets one is noticed: whoever
 * reads or copies them gets texts.
 */
export function showIds(object: Info, ids: Ids): ShownIds {
  const put: (string | symbol)[] = [];
  for (const name in ids) {
    if (object[name] === undefined) put.push(name);
  }
  const isOurs = (key: string | symbol): boolean => put.includes(key) && isAccessor(object, key as string);
  if (put.length === 0) return { isOurs, takeOff: () => {} };
  Object.defineProperty(object, IDS, { value: ids, configurable: true });
  // A class that says itself how it is inspected goes on to do so.
  const isInspectable = object[inspect.custom] === undefined;
  if (isInspectable) Object.defineProperty(object, inspect.custom, INSPECT);
  for (const name of put) Object.defineProperty(object, name, ACCESSORS[name as string] ?? {});
  const takeOff = (): void => {
    for (const name of put) if (isOurs(name)) Reflect.deleteProperty(object, name);
    if (isInspectable) Reflect.deleteProperty(object, inspect.custom);
    Reflect.deleteProperty(object, IDS);
  };
  return { isOurs, takeOff };
}

function isAccessor(object: object, name: string): boolean {
  return Reflect.getOwnPropertyDescriptor(object, name)?.get === ACCESSORS[name]?.get;
}

function inspectTexts(this: Info & Showing, depth: number, options: object): string {
  const names = Object.keys(this[IDS]).filter((name) => isAccessor(this, name));
  // Not deleted: a closed object would not take it back.
  Object.defineProperty(this, inspect.custom, { value: undefined });
  for (const name of names) {
    Object.defineProperty(this, name, { value: this[IDS][name], enumerable: true, configurable: true });
  }
  try {
    return inspect(this, { ...options, depth });
  } finally {
    Object.defineProperty(this, inspect.custom, INSPECT);
    for (const name of names) Object.defineProperty(this, name, ACCESSORS[name] ?? {});
  }
}

/**
 * A format may have gathered the fields of the line, and the ids with them, in an object: `format.metadata()`.
 * The id of a span is known to nobody else: where it is not, the application has gathered fields of its own.
 * @param before What stood in this place: its ids are the application's.
 */
export function withoutGathered(value: unknown, ids: Ids, before: unknown): unknown {
  if (!isPlain(value) || !isGathered(value, ids, before)) return value;
  const own = isPlain(before) ? before : {};
  return Object.fromEntries(
    Object.entries(value).filter(([name, id]) => !Object.hasOwn(ids, name) || id !== ids[name] || own[name] === id),
  );
}

function isGathered(value: Info, ids: Ids, before: unknown): boolean {
  const spanId = ids['span_id'];
  if (spanId !== undefined) return value['span_id'] === spanId && Object.hasOwn(value, 'span_id');
  return before === undefined && Object.keys(ids).some((name) => value[name] === ids[name]);
}

function isPlain(value: unknown): value is Info {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

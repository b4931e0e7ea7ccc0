import { types } from 'node:util';
import { isHelper, showIds, withoutGathered, type Ids, type ShownIds } from './winston-ids.js';
import type { Info } from './winston-line.js';

/** What the application's formats and transports get of a line: all that is in it, and the ids. */
export interface View {
  /** A copy of the line, or the line itself with the ids on it. */
  readonly shown: Info;
  /** Hands what the formats have done to the view on to the line itself, which has no ids of ours afterwards. */
  readonly giveBack: () => void;
  /** Whether the line still says what it said when the view was made. */
  readonly isCurrent: () => boolean;
}

/** Stands for the value of a property that is read and written through to the line itself. */
const BOUND = Symbol('bound');
/** Classes whose methods work on any object: no private fields, no internal slots. */
const PLAIN_PROTOTYPES: ReadonlySet<unknown> = new Set([
  null,
  Object.prototype,
  Array.prototype,
  ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError].map(
    ({ prototype }) => prototype as unknown,
  ),
]);

/**
 * The line itself with the ids on it until `giveBack`, for an object of a class: its identity, its private fields, its
 * internal slots and its methods cannot be copied. Undefined where the object is no such one, or is closed.
 */
export function lendIds(info: Info, ids: Ids): View | undefined {
  if (types.isProxy(info) || ArrayBuffer.isView(info) || !Object.isExtensible(info)) return undefined;
  if (PLAIN_PROTOTYPES.has(Object.getPrototypeOf(info))) return undefined;
  const before = new Map(Reflect.ownKeys(info).map((key) => [key, readData(info, key)]));
  const { takeOff } = showIds(info, ids);
  const takeBack = (): void => {
    takeOff();
    for (const key of Reflect.ownKeys(info)) {
      const value = readData(info, key);
      const kept = withoutGathered(value, ids, before.get(key));
      // Only what a format has put there: not what stood there.
      if (value !== before.get(key) && kept !== value) Reflect.set(info, key, kept);
    }
  };
  return { shown: info, giveBack: takeBack, isCurrent: () => true };
}

function readData(info: Info, key: string | symbol): unknown {
  return Reflect.getOwnPropertyDescriptor(info, key)?.value;
}

/**
 * A line may be the application's own object, an error that it goes on to answer with: nobody but winston and the
 * application's formats may change it. So the ids are on a copy with the same class, the same descriptors and the same
 * getters. What formats add to it, change in it and delete from it is done to the line too, as it would be without us.
 */
export function createView(info: Info, ids: Ids): View {
  // Its entries are its bytes. It prints as such, whatever properties it has.
  if (ArrayBuffer.isView(info)) return { shown: info, giveBack: () => {}, isCurrent: () => true };
  const seen: Partial<Seen> = {};
  const handBack = (): void => {
    try {
      if (isWhole(seen)) giveBack(seen);
    } catch {
      // The line refuses it, as it would have refused the format.
    }
  };
  const shown = createEmpty(info, handBack);
  const keys = Reflect.ownKeys(info);
  const values = types.isProxy(info) ? keys.map((key) => bind(shown, info, key)) : copyAll(shown, info, keys);
  const { isOurs } = showIds(shown, ids);
  if (!Object.isExtensible(info)) Object.preventExtensions(shown);
  Object.assign(seen, { shown, info, ids, keys, values, isOurs });
  const isCurrent = (): boolean =>
    Reflect.ownKeys(info).length === keys.length &&
    keys.every((key, i) => values[i] === BOUND || Object.is(info[key], values[i]));
  return { shown, giveBack: handBack, isCurrent };
}

/** Whether the view is made: until then its class may already be asked for something. */
function isWhole(seen: Partial<Seen>): seen is Seen {
  return seen.shown !== undefined;
}

function copyAll(shown: Info, info: Info, keys: readonly (string | symbol)[]): unknown[] {
  return keys.map((key) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(info, key);
    if (descriptor === undefined) return undefined;
    if (descriptor.get !== undefined || descriptor.set !== undefined) return bind(shown, info, key);
    Object.defineProperty(shown, key, descriptor);
    return descriptor.value;
  });
}

/** A property whose reading and writing may do anything: the line itself does it. */
function bind(shown: Info, info: Info, key: string | symbol): unknown {
  const { enumerable = false, get, set } = Reflect.getOwnPropertyDescriptor(info, key) ?? {};
  const isLength = Array.isArray(shown) && key === 'length';
  if (isLength) return BOUND;
  const isData = get === undefined && set === undefined;
  const write = (value: unknown): void => void (info[key] = value);
  const accessors = isData || set !== undefined ? { get: () => info[key], set: write } : { get: () => info[key] };
  Object.defineProperty(shown, key, { ...accessors, enumerable, configurable: true });
  return BOUND;
}

/** An object of the same kind and class, for what asks for its kind: `Array.isArray`, `util.types.isNativeError`. */
function createEmpty(info: Info, handBack: () => void): Info {
  const prototype = inherit(info, handBack);
  if (!Array.isArray(info) && !types.isNativeError(info)) return Object.create(prototype) as Info;
  const empty: object = Array.isArray(info) ? [] : new Error();
  if (Object.getPrototypeOf(empty) !== prototype) Object.setPrototypeOf(empty, prototype);
  return empty as Info;
}

/**
 * Methods and getters of a class may use its private fields, which a copy has not: they get the line itself, in the
 * state that the formats have brought it to.
 */
function inherit(info: Info, handBack: () => void): object | null {
  const prototype = Object.getPrototypeOf(info) as object | null;
  if (prototype === null || PLAIN_PROTOTYPES.has(prototype)) return prototype;
  return new Proxy(Object.create(prototype) as object, {
    get(_, key) {
      if (!Reflect.has(prototype, key) || key === 'constructor') return Reflect.get(prototype, key) as unknown;
      handBack();
      const value: unknown = Reflect.get(prototype, key, info);
      return typeof value === 'function' && value !== Reflect.get(Object.prototype, key)
        ? (value.bind(info) as unknown)
        : value;
    },
    set(target, key, value, receiver) {
      return Reflect.set(target, key, value, hasSetter(prototype, key) ? info : receiver);
    },
  });
}

function hasSetter(prototype: object, key: string | symbol): boolean {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const descriptor = Reflect.getOwnPropertyDescriptor(at, key);
    if (descriptor !== undefined) return descriptor.set !== undefined;
  }
  return false;
}

interface Seen {
  readonly shown: Info;
  readonly info: Info;
  readonly ids: Ids;
  readonly keys: readonly (string | symbol)[];
  readonly values: readonly unknown[];
  readonly isOurs: ShownIds['isOurs'];
}

function giveBack({ shown, info, ids, keys, values, isOurs }: Seen): void {
  for (const [i, key] of keys.entries()) {
    if (isOurs(key)) continue;
    if (!Object.hasOwn(shown, key)) Reflect.deleteProperty(info, key);
    else if (!isUntouched(shown, info, key, values[i])) handOn(shown, info, key, ids, values[i]);
  }
  const now = Reflect.ownKeys(shown).filter((key) => keys.includes(key) || !(isHelper(key) || isOurs(key)));
  for (const key of now) {
    if (isOurs(key)) continue;
    const isNew = !keys.includes(key) && !(Object.hasOwn(info, key) && Object.is(info[key], shown[key]));
    if (isNew || !Object.hasOwn(info, key)) handOn(shown, info, key, ids, undefined);
  }
  putInOrder(info, now);
  if (Object.isFrozen(shown) && !Object.isFrozen(info)) Object.freeze(info);
}

const isEnumerable = Object.prototype.propertyIsEnumerable;

/** @param value What it was. */
function isUntouched(shown: Info, info: Info, key: string | symbol, value: unknown): boolean {
  // Deleted and set again it is no longer bound.
  if (value === BOUND) {
    return Reflect.getOwnPropertyDescriptor(shown, key)?.get !== undefined || shown[key] === info[key];
  }
  return Object.is(shown[key], value) && isEnumerable.call(shown, key) === isEnumerable.call(info, key);
}

/** @param before What it was. */
function handOn(shown: Info, info: Info, key: string | symbol, ids: Ids, before: unknown): void {
  const descriptor = Reflect.getOwnPropertyDescriptor(shown, key);
  if (descriptor === undefined) return;
  if ('value' in descriptor) descriptor.value = withoutGathered(descriptor.value, ids, before);
  const isPlain = descriptor.writable === true && descriptor.enumerable === true;
  // An assignment, where the format has made one: that is what a Proxy has to see.
  if (isPlain && (!Object.hasOwn(info, key) || isEnumerable.call(info, key))) info[key] = descriptor.value;
  else Object.defineProperty(info, key, descriptor);
}

/** A property that a format has taken away and put back is the last one. */
function putInOrder(info: Info, keys: readonly (string | symbol)[]): void {
  const found = Reflect.ownKeys(info);
  let at = 0;
  while (at < keys.length && found[at] === keys[at]) at++;
  for (const key of keys.slice(at)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(info, key);
    if (descriptor?.configurable !== true) continue;
    Reflect.deleteProperty(info, key);
    Object.defineProperty(info, key, descriptor);
  }
}

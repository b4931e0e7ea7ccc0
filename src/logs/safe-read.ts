/** Reading from objects that may be broken or hostile. What reads an object's properties here never throws. */

/** Array.isArray, which throws for a revoked Proxy. */
export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whether a value is an object as `{}` or `Object.create(null)` make one. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    // A Proxy's trap threw.
    return false;
  }
}

/** Whether a value is neither an object nor a function. */
export function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

/** A property's value, or undefined where reading it throws. */
export function readProperty(from: object, key: string | number): unknown {
  try {
    return (from as Record<string | number, unknown>)[key];
  } catch {
    // A getter of the application: what else the object has is still told.
    return undefined;
  }
}

/** A property that is a string; else undefined. */
export function readText(from: object, key: string): string | undefined {
  const value = readProperty(from, key);
  return typeof value === 'string' ? value : undefined;
}

/** The name of an object's class; undefined where it has none. */
export function readClassName(object: object): string | undefined {
  const constructor = readProperty(object, 'constructor');
  if (typeof constructor !== 'function') return undefined;
  const name = readText(constructor, 'name');
  return name === '' ? undefined : name;
}

/** Whether an object has an own enumerable property of that name. Throws what a Proxy's trap throws. */
export function isEnumerable(object: object, key: string): boolean {
  return Reflect.getOwnPropertyDescriptor(object, key)?.enumerable === true;
}

/** The language's own getter, for objects whose class may have replaced it. */
export function bindGetter(prototype: object, key: string): (object: object) => number {
  const get = Object.getOwnPropertyDescriptor(prototype, key)?.get as () => number;
  return (object) => Reflect.apply(get, object, []);
}

/** The first `count` items. */
export function takeFirst<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length >= count) break;
    taken.push(item);
  }
  return taken;
}

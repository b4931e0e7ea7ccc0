/** A method, whatever it takes. */
export type Method<This = unknown> = (this: This, ...args: unknown[]) => unknown;

/** Gives a wrapper the name and the length of what it stands for. */
export function alike<T extends (...args: never[]) => unknown>(original: T, wrapper: T): T {
  const { name, length } = original;
  Object.defineProperty(wrapper, 'name', { value: name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: length, configurable: true });
  return wrapper;
}

/**
 * What a method of a prototype stands in front of: the prototype's own one of now, else what it inherits at the time of
 * the call, which may be another by then.
 */
export function findInherited(prototype: object, name: string): () => Method {
  const own = Object.getOwnPropertyDescriptor(prototype, name)?.value as Method | undefined;
  if (own !== undefined) return () => own;
  const above = Object.getPrototypeOf(prototype) as Record<string, Method>;
  return () => above[name] as Method;
}

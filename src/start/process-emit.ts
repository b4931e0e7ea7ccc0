/** `process.emit`, whoever it belongs to. */
export type ProcessEmit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;

/** What stands in the place of `process.emit` for a while. */
export interface EmitReplacement {
  /** How often it has been asked for. */
  readonly reads: number;
  /** Puts back what was there before. */
  readonly restore: () => void;
}

/**
 * Puts a function in the place of `process.emit`. It is there for as short as can be: the application must not find it.
 * @param make Is given what was there before.
 */
export function replaceEmit(make: (original: ProcessEmit) => ProcessEmit): EmitReplacement {
  const before = Object.getOwnPropertyDescriptor(process, 'emit');
  const own = make(process.emit as ProcessEmit);
  let reads = 0;
  const get = (): ProcessEmit => {
    reads += 1;
    return own;
  };
  // An assignment by the application holds, and takes ours away.
  const set = (value: unknown): void => define({ value, writable: true, enumerable: true, configurable: true });
  define({ get, set, enumerable: before?.enumerable ?? false, configurable: true });
  return {
    get reads() {
      return reads;
    },
    restore: () => {
      if (Object.getOwnPropertyDescriptor(process, 'emit')?.get !== get) return;
      if (before === undefined) Reflect.deleteProperty(process, 'emit');
      else define(before);
    },
  };
}

function define(descriptor: PropertyDescriptor): void {
  Object.defineProperty(process, 'emit', descriptor);
}

/** A field that nobody else can read. */
export interface PrivateField<T> {
  /** Gives the object; what has the field already keeps what it has. */
  readonly put: (object: object, value: T) => object;
  /** Undefined for what has none, whatever it is. */
  readonly read: (object: unknown) => T | undefined;
}

// oxlint-disable-next-line typescript/no-extraneous-class -- what it is for is its constructor
class Existing {
  constructor(existing: object) {
    return existing;
  }
}

/**
 * A field for objects that are there already, once for each of them. It shows in no list of keys, in no copy and in nothing
 * printed, and costs a garbage collection nothing, as a weak map would.
 */
export function createPrivateField<T>(): PrivateField<T> {
  class Field extends Existing {
    readonly #value: T;

    constructor(object: object, value: T) {
      super(object);
      this.#value = value;
    }

    static put(object: object, value: T): object {
      return #value in object ? object : new Field(object, value);
    }

    static read(object: unknown): T | undefined {
      return typeof object === 'object' && object !== null && #value in object ? object.#value : undefined;
    }
  }
  return { put: Field.put, read: Field.read };
}

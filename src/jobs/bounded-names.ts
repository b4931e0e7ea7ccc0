/** What stands for every name beyond the limit. */
export const OTHER = 'other';

/** Hands out names for a label: the first `max` different ones as they are, then `other`, for the life of the process. */
export class BoundedNames {
  readonly #max: number;
  readonly #known = new Set<string>();

  /** @param max Names that get a series of their own. */
  constructor(max: number) {
    this.#max = max;
  }

  /** The name itself, or `other`. */
  admit(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#max) return OTHER;
    this.#known.add(name);
    return name;
  }
}

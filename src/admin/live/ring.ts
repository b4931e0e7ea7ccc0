/** The last so many of something; each has a number, so that a reader knows what it has not had. */
export class Ring<T> {
  readonly #size: number;
  #items: T[] = [];
  #added = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** How many were added. */
  get added(): number {
    return this.#added;
  }

  add(item: T): void {
    this.#items[this.#added % this.#size] = item;
    this.#added += 1;
  }

  /** What was added after the first `seen`, as far as it is there, the oldest first. */
  readSince(seen: number): T[] {
    const count = Math.min(this.#added - seen, this.#items.length);
    return Array.from({ length: count }, (_, index) => this.#items[(this.#added - count + index) % this.#size] as T);
  }

  clear(): void {
    this.#items = [];
    this.#added = 0;
  }
}

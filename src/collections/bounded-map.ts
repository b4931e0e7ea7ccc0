/**
 * A map for what callers make up: keys, file names, messages. It never has more than `max` entries. Where a new key would be
 * one too many, all that are there are forgotten: they are made again at no more cost than the first time.
 */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  override set(key: K, value: V): this {
    if (this.size >= this.#max && !this.has(key)) this.clear();
    return super.set(key, value);
  }
}
